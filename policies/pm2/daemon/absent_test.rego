# METADATA
# title: tests of absent
package policies.pm2.daemon.absent_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.absent

_daemon(state) := object.union(fixtures.daemon, {"daemon": {"state": state}})

_score(state, expect) := answer if {
	answer := {finding.score | some finding in absent.findings} with input as _daemon(state)
		with data.config as fixtures.config
		with data.config.pm2.expect as expect
}

_alerts(state, expect) := answer if {
	answer := absent.alerts with input as _daemon(state)
		with data.config as fixtures.config
		with data.config.pm2.expect as expect
}

test_says_nothing_about_a_daemon_that_is_there if {
	every state in ["serving", "dead", "stuck", "foreign"] {
		_score(state, ["api"]) == set()
		_score(state, []) == set()
		count(_alerts(state, ["api"])) == 0
	}
}

test_warns_where_nothing_is_expected if _score("absent", []) == {60}

test_is_critical_where_one_process_is_expected if _score("absent", ["api"]) == {0}

test_is_critical_where_two_processes_are_expected if _score("absent", ["api", "worker"]) == {0}

test_tells_a_person_only_where_processes_are_expected if {
	count(_alerts("absent", ["api"])) == 1
	count(_alerts("absent", [])) == 0
}
