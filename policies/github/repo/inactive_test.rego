# METADATA
# title: tests of inactive
package policies.github.repo.inactive_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.inactive

_findings(repo) := answer if {
	answer := inactive.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := inactive.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_before_that_many_days if {
	count(_findings({"inactive_days": 49})) == 0
	count(_alerts({"inactive_days": 49})) == 0
}

test_tells_a_person_from_that_day_on if {
	every days in [50, 51, 70] {
		some finding in _findings({"inactive_days": days})
		finding.score == 70
		finding.severity == "warning"
		startswith(finding.reason, sprintf("days without a commit: %d;", [days]))
		some alert in _alerts({"inactive_days": days})
		alert.severity == "warning"
	}
}

test_says_nothing_where_nobody_knows if {
	unknown := json.remove(fixtures.repo, ["repo/inactive_days"])
	count(inactive.findings) == 0 with input as unknown with data.config as fixtures.config
	count(inactive.alerts) == 0 with input as unknown with data.config as fixtures.config
}
