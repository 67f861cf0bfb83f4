# METADATA
# title: tests of warnings
package policies.netlify.function.warnings_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.warnings

_findings(function) := answer if {
	answer := warnings.findings with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"state": "invalid", "warnings": 1}, {"state": "missing", "warnings": 1}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"warnings": 1}, {"warnings": 1, "warning": "what rr netlify functions tells"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		contains(finding.reason, "warnings: 1, as in what rr netlify functions tells")
	}
}
