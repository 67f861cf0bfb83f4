# METADATA
# title: tests of commit_drift
package policies.netlify.site.commit_drift_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.commit_drift

_findings(site) := answer if {
	answer := commit_drift.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"commit_drift": "unknown"}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"commit_drift": "yes"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		contains(finding.reason, "another commit")
	}
}
