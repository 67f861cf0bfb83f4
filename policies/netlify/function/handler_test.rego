# METADATA
# title: tests of handler
package policies.netlify.function.handler_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.handler

_findings(function) := answer if {
	answer := handler.findings with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"handler": "unknown"}, {"handler": "no", "state": "invalid"}, {"handler": "no", "state": "missing"}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"handler": "no"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		contains(finding.reason, "exports no handler")
	}
}
