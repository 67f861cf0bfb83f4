# METADATA
# title: tests of debris
package policies.netlify.function.debris_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.debris

_findings(function) := answer if {
	answer := debris.findings with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"debris": false}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"debris": true}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 70
		finding.severity == "warning"
		contains(finding.reason, "netlify/functions/hello.mjs looks like")
	}
}
