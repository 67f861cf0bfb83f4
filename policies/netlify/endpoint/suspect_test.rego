# METADATA
# title: tests of suspect
package policies.netlify.endpoint.suspect_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.endpoint.suspect

_findings(endpoint) := answer if {
	answer := suspect.findings with input as object.union(fixtures.endpoint, {"endpoint": endpoint}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"state": "failing"}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"state": "suspect"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		contains(finding.reason, "once")
	}
}
