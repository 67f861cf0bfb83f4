# METADATA
# title: tests of unreadable
package policies.netlify.site.unreadable_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.unreadable

_findings(site) := answer if {
	answer := unreadable.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"unreadable": ["b", "a"]}, {"unreadable": ["a, b"]}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		contains(finding.reason, "read it: a, b")
	}
}
