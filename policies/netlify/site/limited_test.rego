# METADATA
# title: tests of limited
package policies.netlify.site.limited_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.limited

_findings(site) := answer if {
	answer := limited.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"limited": true}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		contains(finding.reason, "refuses")
	}
}
