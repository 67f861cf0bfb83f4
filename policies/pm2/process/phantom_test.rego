# METADATA
# title: tests of phantom
package policies.pm2.process.phantom_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.phantom

_changed(process, attempts) := object.union(fixtures.process, {
	"process": object.union({"state": "phantom"}, process),
	"attempts": attempts,
})

_failed(restarts, stop_starts, recreates) := {
	"pm2.restart": {"tried": restarts, "failed": restarts},
	"pm2.stop_start": {"tried": stop_starts, "failed": stop_starts},
	"pm2.recreate": {"tried": recreates, "failed": recreates},
}

_gone := {"cause": "cwd_missing", "cause_path": "/srv/api"}

_findings(input_) := answer if {
	answer := phantom.findings with input as input_ with data.config as fixtures.config
}

_verbs(input_) := answer if {
	answer := {action.verb | some action in phantom.actions} with input as input_ with data.config as fixtures.config
}

_alerts(input_) := answer if {
	answer := phantom.alerts with input as input_ with data.config as fixtures.config
}

test_says_nothing_about_a_process_of_another_state if {
	every state in ["online", "stopped", "waiting", "crash_loop", "errored", "hidden_errored", "missing", "unknown"] {
		every cause in ["none", "cwd_missing"] {
			other := _changed({"state": state, "cause": cause}, _failed(2, 1, 1))
			count(_findings(other)) == 0
			_verbs(_changed({"state": state, "cause": cause}, {})) == set()
			_verbs(_changed({"state": state}, _failed(2, 0, 0))) == set()
			_verbs(_changed({"state": state}, _failed(2, 1, 0))) == set()
			count(_alerts(other)) == 0
		}
	}
}

test_finds_it_critical if {
	some finding in _findings(_changed({}, {}))
	finding.score == 0
	finding.severity == "critical"
	object.get(finding, "cause", "") == ""
}

test_restarts_it_first if _verbs(_changed({}, {})) == {"pm2.restart"}

test_restarts_it_while_attempts_remain if _verbs(_changed({}, _failed(1, 0, 0))) == {"pm2.restart"}

test_stops_and_starts_it_once_restarts_have_failed if _verbs(_changed({}, _failed(2, 0, 0))) == {"pm2.stop_start"}

test_recreates_it_once_that_has_failed if _verbs(_changed({}, _failed(2, 1, 0))) == {"pm2.recreate"}

test_does_not_climb_while_an_attempt_is_pending if {
	pending := {"pm2.restart": {"tried": 2, "failed": 1, "pending": 1}}
	_verbs(_changed({}, pending)) == {"pm2.restart"}
}

test_leaves_out_a_rung_without_attempts if {
	verbs := {action.verb | some action in phantom.actions} with input as _changed({}, {})
		with data.config as fixtures.config
		with data.config.pm2.ladder.restart.attempts as 0
	verbs == {"pm2.stop_start"}
}

test_does_nothing_more_after_the_last_rung if _verbs(_changed({}, _failed(2, 1, 1))) == set()

test_takes_no_rung_before_those_below_it_have_failed if {
	_verbs(_changed({}, _failed(0, 1, 0))) == {"pm2.restart"}
	_verbs(_changed({}, _failed(0, 1, 1))) == {"pm2.restart"}
}

test_does_not_recreate_what_is_not_saved if {
	every saved in ["no", "unknown"] {
		_verbs(_changed({"saved": saved}, _failed(2, 1, 0))) == set()
		some alert in _alerts(_changed({"saved": saved}, _failed(2, 1, 0)))
		alert.exhausted == true
	}
}

test_tells_a_person_after_the_last_rung if {
	some alert in _alerts(_changed({}, _failed(2, 1, 1)))
	alert.exhausted == true
	alert.severity == "critical"
}

test_tells_nobody_before_the_last_rung if {
	count(_alerts(_changed({}, _failed(2, 1, 0)))) == 0
	count(_alerts(_changed({}, _failed(2, 0, 1)))) == 0
	count(_alerts(_changed({}, _failed(1, 1, 1)))) == 0
}

test_acts_where_autorestart_is_unknown if _verbs(_changed({"autorestart": "unknown"}, {})) == {"pm2.restart"}

test_only_shows_what_pm2_must_not_restart if {
	once := {"autorestart": "no"}
	count(_findings(_changed(once, {}))) == 1
	_verbs(_changed(once, {})) == set()
	_verbs(_changed(once, _failed(2, 0, 0))) == set()
	_verbs(_changed(once, _failed(2, 1, 0))) == set()
	count(_alerts(_changed(once, _failed(2, 1, 1)))) == 0
	count(_alerts(_changed(object.union(once, _gone), {}))) == 0
}

test_names_the_cause_so_that_those_who_share_it_are_one_incident if {
	some finding in _findings(_changed(_gone, {}))
	finding.cause == "cwd_missing /srv/api"
	finding.score == 0
	contains(finding.reason, "its folder /srv/api is gone: put it back")
	count(_findings(_changed(_gone, {}))) == 1
}

test_names_a_cause_without_a_path if {
	some finding in _findings(_changed({"cause": "disk_full"}, {}))
	finding.cause == "disk_full"
}

test_does_nothing_while_the_cause_lasts if {
	every cause in ["script_missing", "cwd_missing", "interpreter_missing", "not_executable", "disk_full"] {
		_verbs(_changed({"cause": cause}, {})) == set()
		_verbs(_changed({"cause": cause}, _failed(2, 0, 0))) == set()
		_verbs(_changed({"cause": cause}, _failed(2, 1, 0))) == set()
	}
}

test_tells_a_person_of_the_cause_at_once if {
	some alert in _alerts(_changed(_gone, {}))
	alert.severity == "critical"
	contains(alert.reason, "put it back")
	object.get(alert, "exhausted", false) == false
	count(_alerts(_changed(_gone, _failed(2, 1, 1)))) == 1
}

test_restarts_it_once_the_cause_is_gone if _verbs(_changed({"cause": "none"}, {})) == {"pm2.restart"}

# _restorable is one of which a backup holds another entry.
_restorable(process, attempts, restores) := _changed(
	object.union({"restorable": "yes"}, process),
	object.union(attempts, {"pm2.restore_app": {"tried": restores, "failed": restores}}),
)

test_restores_it_from_a_backup_once_nothing_else_has_helped if {
	_verbs(_restorable({}, _failed(2, 1, 1), 0)) == {"pm2.restore_app"}
	count(_alerts(_restorable({}, _failed(2, 1, 1), 0))) == 0
	every saved in ["no", "unknown"] {
		_verbs(_restorable({"saved": saved}, _failed(2, 1, 0), 0)) == {"pm2.restore_app"}
		count(_alerts(_restorable({"saved": saved}, _failed(2, 1, 0), 0))) == 0
	}
}

test_restores_it_not_before_the_other_rungs_have_failed if {
	_verbs(_restorable({}, _failed(1, 1, 1), 0)) == {"pm2.restart"}
	_verbs(_restorable({}, _failed(2, 0, 1), 0)) == {"pm2.stop_start"}
	_verbs(_restorable({}, _failed(2, 1, 0), 0)) == {"pm2.recreate"}
}

test_restores_it_only_from_a_backup_that_there_is if {
	every restorable in ["no", "unknown"] {
		_verbs(_restorable({"restorable": restorable}, _failed(2, 1, 1), 0)) == set()
		some alert in _alerts(_restorable({"restorable": restorable}, _failed(2, 1, 1), 0))
		alert.exhausted == true
	}
}

test_tells_a_person_after_the_last_restore if {
	_verbs(_restorable({}, _failed(2, 1, 1), 1)) == set()
	some alert in _alerts(_restorable({}, _failed(2, 1, 1), 1))
	alert.exhausted == true
}

test_restores_nothing_that_is_left_alone if {
	every state in ["online", "stopped", "waiting", "launching", "unknown"] {
		_verbs(_restorable({"state": state}, _failed(2, 1, 1), 0)) == set()
	}
	_verbs(_restorable({"cause": "cwd_missing"}, _failed(2, 1, 1), 0)) == set()
	_verbs(_restorable({"autorestart": "no"}, _failed(2, 1, 1), 0)) == set()
}
