# METADATA
# title: tests of unpublished
package policies.netlify.site.unpublished_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.unpublished

_findings(site) := answer if {
	answer := unpublished.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_the_newest_is_published if {
	every locked in [true, false] {
		count(_findings({"locked": locked})) == 0
		count(_findings({"locked": locked, "unpublished": ""})) == 0
	}
}

test_shows_one_that_is_not_and_takes_no_health_off if {
	every locked in [true, false] {
		findings := _findings({"locked": locked, "unpublished": "64f1"})
		count(findings) == 1
		some finding in findings
		finding.score == 80
		finding.severity == "warning"
		contains(finding.reason, "locked") == locked
		contains(finding.reason, "rolled back") != locked
	}
}
