# METADATA
# title: tests of actions_disabled
package policies.github.repo.actions_disabled_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.actions_disabled

_findings(repo) := answer if {
	answer := actions_disabled.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := actions_disabled.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_they_may_run_or_nobody_knows if {
	every actions in ["enabled", "unknown"] {
		count(_findings({"actions": actions})) == 0
		count(_alerts({"actions": actions})) == 0
	}
}

test_tells_a_person_where_they_may_not if {
	some finding in _findings({"actions": "disabled"})
	finding.score == 20
	finding.severity == "critical"
	some alert in _alerts({"actions": "disabled"})
	alert.severity == "critical"
	contains(alert.reason, "acme/web")
}
