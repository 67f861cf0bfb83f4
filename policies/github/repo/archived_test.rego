# METADATA
# title: tests of archived
package policies.github.repo.archived_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.archived

_findings(repo) := answer if {
	answer := archived.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := archived.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_about_one_in_which_workflows_run if {
	count(_findings({})) == 0
	count(_alerts({})) == 0
}

test_tells_a_person_of_one_in_which_none_runs if {
	every state in ["archived", "disabled"] {
		some finding in _findings({"state": state})
		finding.score == 0
		finding.severity == "critical"
		finding.reason == sprintf("the repository is %s: no workflow runs", [state])
		some alert in _alerts({"state": state})
		alert.severity == "critical"
		startswith(alert.reason, sprintf("acme/web is %s,", [state]))
	}
}
