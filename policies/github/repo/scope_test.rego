# METADATA
# title: tests of scope
package policies.github.repo.scope_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.scope

_findings(repo) := answer if {
	answer := scope.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := scope.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_changing(changes) := object.union(fixtures.config, {"github": {"changes": changes}})

_none := object.union(fixtures.repo, {"repo": {"workflow_scope": "no"}})

test_says_nothing_where_nothing_is_written if {
	count(_findings({"workflow_scope": "no"})) == 0
	count(_alerts({"workflow_scope": "no"})) == 0
}

test_says_nothing_where_it_may_or_nobody_knows if {
	every may in ["yes", "unknown"] {
		able := object.union(fixtures.repo, {"repo": {"workflow_scope": may}})
		count(scope.findings) == 0 with input as able with data.config as _changing("push")
		count(scope.alerts) == 0 with input as able with data.config as _changing("push")
	}
}

test_tells_a_person_where_it_may_not if {
	every changes in ["pull_request", "push"] {
		some finding in scope.findings with input as _none with data.config as _changing(changes)
		finding.score == 60
		finding.severity == "warning"
		endswith(finding.reason, sprintf("changes is %s", [changes]))
		some alert in scope.alerts with input as _none with data.config as _changing(changes)
		alert.severity == "warning"
		contains(alert.reason, "acme/web")
	}
}
