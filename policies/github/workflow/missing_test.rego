# METADATA
# title: tests of missing
package policies.github.workflow.missing_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.missing

_changed(workflow, attempts) := object.union(fixtures.workflow, {
	"workflow": object.union({"state": "missing"}, workflow),
	"attempts": attempts,
})

_failed(restores, issues) := {
	"github.restore_file": {"tried": restores, "failed": restores},
	"github.open_issue": {"tried": issues, "failed": issues},
}

_config(changes, issues) := object.union(fixtures.config, {"github": {"changes": changes, "issues": issues}})

_leave := fixtures.config

_findings(input_) := answer if {
	answer := missing.findings with input as input_ with data.config as fixtures.config
}

_verbs(input_, config) := answer if {
	answer := {action.verb | some action in missing.actions} with input as input_ with data.config as config
}

_alerts(input_, config) := answer if {
	answer := missing.alerts with input as input_ with data.config as config
}

test_says_nothing_about_a_file_that_is_there_or_not_expected if {
	every other in [{"state": "valid"}, {"state": "invalid"}, {"expected": false}] {
		every restorable in ["yes", "no", "unknown"] {
			every attempts in [{}, _failed(1, 0)] {
				asked := _changed(object.union(other, {"restorable": restorable}), attempts)
				count(_findings(asked)) == 0
				_verbs(asked, _config("leave", true)) == set()
				count(_alerts(asked, _leave)) == 0
				count(_alerts(asked, _config("push", true))) == 0
			}
		}
	}
}

test_finds_it_critical if {
	some finding in _findings(_changed({}, {}))
	finding.score == 0
	finding.severity == "critical"
}

test_restores_it_while_attempts_remain if {
	_verbs(_changed({}, {}), _leave) == {"github.restore_file"}
	_verbs(_changed({}, {"github.restore_file": {"tried": 1, "pending": 1}}), _leave) == {"github.restore_file"}
	_verbs(_changed({}, _failed(1, 0)), _leave) == set()
	_verbs(_changed({}, _failed(2, 0)), _leave) == set()
}

test_restores_nothing_that_is_not_surely_there if {
	every restorable in ["no", "unknown"] {
		_verbs(_changed({"restorable": restorable}, {}), _leave) == set()
	}
}

test_tells_nobody_while_attempts_remain if count(_alerts(_changed({}, {}), _leave)) == 0

test_tells_a_person_after_the_last_attempt if {
	every attempts in [_failed(1, 0), _failed(2, 0)] {
		alerts := _alerts(_changed({}, attempts), _leave)
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		contains(alert.reason, "nothing that rr may do is left")
	}
}

test_tells_a_person_at_once_where_no_version_is_known if {
	every attempts in [{}, _failed(1, 0)] {
		alerts := _alerts(_changed({"restorable": "no"}, attempts), _leave)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		object.get(alert, "exhausted", false) == false
		contains(alert.reason, "neither there nor in git")
	}
}

test_says_that_it_cannot_tell_where_the_history_is_missing if {
	every attempts in [{}, _failed(1, 0)] {
		alerts := _alerts(_changed({"restorable": "unknown"}, attempts), _leave)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "cannot tell")
	}
}

test_opens_an_issue_only_where_configured_and_once if {
	_verbs(_changed({}, _failed(1, 0)), _config("leave", true)) == {"github.open_issue"}
	_verbs(_changed({}, _failed(1, 1)), _config("leave", true)) == set()
	_verbs(_changed({}, {}), _config("leave", true)) == {"github.restore_file"}
	_verbs(_changed({"restorable": "no"}, {}), _config("leave", true)) == {"github.open_issue"}
	_verbs(_changed({"restorable": "no"}, {}), _leave) == set()
}

test_waits_for_what_is_on_its_way_through_GitHub if {
	every changes in ["pull_request", "push"] {
		every attempts in [_failed(1, 0), {"github.restore_file": {"tried": 1, "pending": 1}}] {
			every restorable in ["yes", "no", "unknown"] {
				_verbs(_changed({"restorable": restorable}, attempts), _config(changes, true)) == set()
				alerts := _alerts(_changed({"restorable": restorable}, attempts), _config(changes, false))
				count(alerts) == 1
				some alert in alerts
				alert.exhausted == true
				alert.severity == "critical"
				contains(alert.reason, "was offered to acme/web")
			}
		}
	}
}

test_tries_again_where_nothing_was_offered if {
	broken := {"github.restore_file": {"tried": 1, "failed": 0, "unfinished": 1}}
	_verbs(_changed({}, broken), _config("push", false)) == {"github.restore_file"}
	_verbs(_changed({}, {}), _config("push", false)) == {"github.restore_file"}
}

test_waits_for_whoever_may_be_at_work_on_it if {
	config := object.union(fixtures.config, {"github": {"broken_for": 7}})
	actions := missing.actions with input as _changed({"restorable": "yes"}, {}) with data.config as config
	{action.for_s | some action in actions} == {7}
}
