# METADATA
# title: tests of invalid
package policies.github.workflow.invalid_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.invalid

_changed(workflow, attempts) := object.union(fixtures.workflow, {
	"workflow": object.union({"state": "invalid", "problems": 1, "problem": "3:1: no jobs", "fixable": "yes"}, workflow),
	"attempts": attempts,
})

_failed(fixes, restores, issues) := {
	"github.fix_file": {"tried": fixes, "failed": fixes},
	"github.restore_file": {"tried": restores, "failed": restores},
	"github.open_issue": {"tried": issues, "failed": issues},
}

_config(changes, issues) := object.union(fixtures.config, {"github": {"changes": changes, "issues": issues}})

_findings(input_) := answer if {
	answer := invalid.findings with input as input_ with data.config as fixtures.config
}

_verbs(input_, config) := answer if {
	answer := {action.verb | some action in invalid.actions} with input as input_ with data.config as config
}

_alerts(input_, config) := answer if {
	answer := invalid.alerts with input as input_ with data.config as config
}

_leave := fixtures.config

test_says_nothing_about_a_file_of_another_state if {
	every state in ["valid", "missing"] {
		every restorable in ["yes", "no", "unknown"] {
			other := {"state": state, "restorable": restorable}
			every attempts in [{}, _failed(1, 0, 0), _failed(1, 1, 0)] {
				count(_findings(_changed(other, attempts))) == 0
				_verbs(_changed(other, attempts), _config("leave", true)) == set()
				count(_alerts(_changed(other, attempts), _leave)) == 0
				count(_alerts(_changed(other, attempts), _config("push", false))) == 0
			}
		}
	}
}

test_finds_it_critical_and_says_where if {
	some finding in _findings(_changed({}, {}))
	finding.score == 0
	finding.severity == "critical"
	finding.reason == "GitHub cannot run it: 3:1: no jobs"
}

test_finds_it_where_no_place_is_known if {
	some finding in invalid.findings with input as json.remove(_changed({}, {}), ["workflow/problem"]) with data.config as _leave
	contains(finding.reason, "rr github lint")
}

test_mends_a_known_corruption_first if _verbs(_changed({}, {}), _leave) == {"github.fix_file"}

test_restores_where_it_is_no_known_corruption if _verbs(_changed({"fixable": "no"}, {}), _leave) == {"github.restore_file"}

test_restores_once_mending_has_failed if {
	_verbs(_changed({}, _failed(1, 0, 0)), _leave) == {"github.restore_file"}
	_verbs(_changed({"restore_from": "1a2b3c"}, _failed(2, 0, 0)), _leave) == {"github.restore_file"}
}

test_says_where_it_is_restored_from if {
	some action in invalid.actions with input as _changed({"restore_from": "1a2b3c"}, _failed(1, 0, 0)) with data.config as _leave
	endswith(action.reason, "1a2b3c has a valid version")
	some other in invalid.actions with input as _changed({}, _failed(1, 0, 0)) with data.config as _leave
	endswith(other.reason, "git has a valid version")
}

test_does_not_climb_while_an_attempt_is_pending if {
	_verbs(_changed({}, {"github.fix_file": {"tried": 1, "pending": 1}}), _leave) == {"github.fix_file"}
}

test_tries_again_while_attempts_remain if {
	verbs := {action.verb | some action in invalid.actions} with input as _changed({}, _failed(1, 0, 0))
		with data.config as _leave
		with data.config.github.ladder.fix_file.attempts as 2
	verbs == {"github.fix_file"}
}

test_takes_no_rung_before_that_below_it_has_failed if {
	_verbs(_changed({}, _failed(0, 1, 0)), _leave) == {"github.fix_file"}
	count(_alerts(_changed({}, _failed(0, 1, 0)), _leave)) == 0
}

test_restores_nothing_that_is_not_surely_there if {
	every restorable in ["no", "unknown"] {
		_verbs(_changed({"restorable": restorable}, _failed(1, 0, 0)), _leave) == set()
	}
}

test_does_nothing_more_after_the_last_rung if {
	_verbs(_changed({}, _failed(1, 1, 0)), _leave) == set()
	_verbs(_changed({}, _failed(1, 2, 0)), _leave) == set()
}

test_tells_a_person_after_the_last_rung if {
	every attempts in [_failed(1, 1, 0), _failed(1, 2, 0)] {
		alerts := _alerts(_changed({}, attempts), _leave)
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		contains(alert.reason, "nothing that rr may do is left: 3:1: no jobs")
	}
}

test_tells_a_person_at_once_where_there_is_nothing_to_restore if {
	alerts := _alerts(_changed({"fixable": "no", "restorable": "no"}, {}), _leave)
	count(alerts) == 1
	some alert in alerts
	alert.exhausted == true
	contains(alert.reason, "nothing that rr may do is left")
}

test_tells_nobody_before_the_last_rung if {
	count(_alerts(_changed({}, {}), _leave)) == 0
	count(_alerts(_changed({}, _failed(1, 0, 0)), _leave)) == 0
	count(_alerts(_changed({"restorable": "unknown"}, {}), _leave)) == 0
}

test_says_that_it_cannot_tell_where_the_history_is_missing if {
	alerts := _alerts(_changed({"restorable": "unknown"}, _failed(1, 0, 0)), _leave)
	count(alerts) == 1
	some alert in alerts
	alert.exhausted == true
	alert.severity == "critical"
	contains(alert.reason, "cannot tell whether git holds a valid version")
}

test_opens_an_issue_only_where_configured_and_once if {
	_verbs(_changed({}, _failed(1, 1, 0)), _config("leave", true)) == {"github.open_issue"}
	_verbs(_changed({}, _failed(1, 1, 1)), _config("leave", true)) == set()
	_verbs(_changed({}, _failed(1, 0, 0)), _config("leave", true)) == {"github.restore_file"}
	_verbs(_changed({"restorable": "no"}, {}), _config("leave", true)) == {"github.fix_file"}
}

test_waits_for_what_is_on_its_way_through_GitHub if {
	every changes in ["pull_request", "push"] {
		every attempts in [_failed(1, 0, 0), _failed(1, 1, 0), {"github.fix_file": {"tried": 1, "pending": 1}}, {"github.restore_file": {"tried": 1, "failed": 1}}] {
			_verbs(_changed({}, attempts), _config(changes, true)) == set()
			alerts := _alerts(_changed({}, attempts), _config(changes, false))
			count(alerts) == 1
			some alert in alerts
			alert.exhausted == true
			alert.severity == "critical"
			contains(alert.reason, "was offered to acme/web: merge it, then pull it")
			_verbs(_changed({"restorable": "unknown"}, attempts), _config(changes, true)) == set()
			count(_alerts(_changed({"restorable": "unknown"}, attempts), _config(changes, false))) == 1
		}
	}
}

test_climbs_where_nothing_was_offered if {
	broken := {"github.fix_file": {"tried": 1, "failed": 1, "unfinished": 1}}
	_verbs(_changed({}, broken), _config("pull_request", false)) == {"github.restore_file"}
	_verbs(_changed({}, {}), _config("pull_request", false)) == {"github.fix_file"}
	_verbs(_changed({}, {"github.open_issue": {"tried": 1}, "github.generate_backup": {"tried": 1}}), _config("push", false)) == {"github.fix_file"}
}

test_waits_for_whoever_may_be_at_work_on_it if {
	config := object.union(fixtures.config, {"github": {"broken_for": 7}})
	every fixable in ["yes", "no"] {
		actions := invalid.actions with input as _changed({"fixable": fixable}, {}) with data.config as config
		{action.for_s | some action in actions} == {7}
	}
}
