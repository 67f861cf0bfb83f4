# METADATA
# title: tests of head_drift
package policies.github.repo.head_drift_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.head_drift

_findings(repo) := answer if {
	answer := head_drift.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_they_agree_or_nobody_knows if {
	every agrees in ["yes", "unknown"] {
		count(_findings({"head_agrees": agrees})) == 0
	}
}

test_shows_where_they_do_not if {
	some finding in _findings({"head_agrees": "no"})
	finding.score == 100
	finding.severity == "info"
	contains(finding.reason, "those of main,")
}
