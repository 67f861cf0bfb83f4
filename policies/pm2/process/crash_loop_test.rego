# METADATA
# title: tests of crash_loop
package policies.pm2.process.crash_loop_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.crash_loop

_looping := {"state": "crash_loop", "uptime_s": 2, "restarts": 300, "restarts_1m": 3, "restarts_10m": 30, "restarts_1h": 90}

_changed(process, attempts) := object.union(fixtures.process, {
	"process": object.union(_looping, process),
	"attempts": attempts,
})

_cluster(attempts) := _changed({"exec_mode": "cluster_mode"}, attempts)

_failed(restarts, stop_starts, recreates) := {
	"pm2.restart": {"tried": restarts, "failed": restarts},
	"pm2.stop_start": {"tried": stop_starts, "failed": stop_starts},
	"pm2.recreate": {"tried": recreates, "failed": recreates},
}

_reloaded(attempts) := object.union(attempts, {"pm2.reload": {"tried": 1, "failed": 1}})

_stopped(attempts) := object.union(attempts, {"pm2.stop": {"tried": 1, "failed": 1}})

_findings(input_) := answer if {
	answer := crash_loop.findings with input as input_ with data.config as fixtures.config
}

_verbs(input_) := _verbs_where(input_, 0)

_verbs_where(input_, stops) := answer if {
	answer := {action.verb | some action in crash_loop.actions} with input as input_
		with data.config as fixtures.config
		with data.config.pm2.ladder.stop.attempts as stops
}

_alerts(input_) := _alerts_where(input_, 0)

_alerts_where(input_, stops) := answer if {
	answer := crash_loop.alerts with input as input_
		with data.config as fixtures.config
		with data.config.pm2.ladder.stop.attempts as stops
}

test_says_nothing_about_a_process_of_another_state if {
	every state in ["online", "stopped", "waiting", "errored", "hidden_errored", "phantom", "missing", "unknown"] {
		every cause in ["none", "cwd_missing"] {
			other := {"state": state, "cause": cause}
			count(_findings(_changed(other, {}))) == 0
			_verbs(_changed(other, {})) == set()
			count(_alerts(_changed(other, _failed(2, 1, 1)))) == 0
			every uptime in [2, 4000] {
				count(_findings(_changed(object.union(other, {"uptime_s": uptime}), {}))) == 0
			}
		}
		there := {"state": state}
		_verbs(_changed(object.union(there, {"exec_mode": "cluster_mode"}), {})) == set()
		_verbs(_changed(there, _failed(2, 0, 0))) == set()
		_verbs(_changed(there, _failed(2, 1, 0))) == set()
		_verbs_where(_changed(there, _failed(2, 1, 1)), 1) == set()
	}
}

test_finds_it_critical_with_its_rates if {
	findings := _findings(_changed({}, {}))
	count(findings) == 1
	some finding in findings
	finding.score == 20
	finding.severity == "critical"
	finding.reason == "in a crash loop: restarted 3 times in the last minute, 30 in 10 minutes, 90 in the last hour"
}

test_restarts_it_first if _verbs(_changed({}, {})) == {"pm2.restart"}

test_restarts_it_while_attempts_remain if _verbs(_changed({}, _failed(1, 0, 0))) == {"pm2.restart"}

test_stops_and_starts_it_once_restarts_have_failed if _verbs(_changed({}, _failed(2, 0, 0))) == {"pm2.stop_start"}

test_recreates_it_once_that_has_failed if _verbs(_changed({}, _failed(2, 1, 0))) == {"pm2.recreate"}

test_does_nothing_more_after_the_last_rung if _verbs(_changed({}, _failed(2, 1, 1))) == set()

test_does_not_climb_while_an_attempt_is_pending if {
	pending := {"pm2.restart": {"tried": 2, "failed": 1, "pending": 1}}
	_verbs(_changed({}, pending)) == {"pm2.restart"}
}

test_takes_no_rung_before_those_below_it_have_failed if {
	_verbs(_changed({}, _failed(0, 1, 0))) == {"pm2.restart"}
	_verbs(_changed({}, _failed(0, 1, 1))) == {"pm2.restart"}
}

test_does_not_recreate_what_is_not_saved if {
	every saved in ["no", "unknown"] {
		_verbs(_changed({"saved": saved}, _failed(2, 1, 0))) == set()
		count(_alerts(_changed({"saved": saved}, _failed(2, 1, 0)))) == 1
	}
}

test_reloads_it_first_in_cluster_mode if {
	_verbs(_cluster({})) == {"pm2.reload"}
	_verbs(_cluster(_failed(2, 0, 0))) == {"pm2.reload"}
	_verbs(_cluster(_failed(2, 1, 0))) == {"pm2.reload"}
}

test_restarts_it_in_cluster_mode_once_a_reload_has_failed if {
	_verbs(_cluster(_reloaded({}))) == {"pm2.restart"}
	_verbs(_cluster(_reloaded(_failed(2, 0, 0)))) == {"pm2.stop_start"}
	_verbs(_cluster(_reloaded(_failed(2, 1, 0)))) == {"pm2.recreate"}
}

test_restarts_it_where_its_mode_is_unknown if {
	_verbs(json.remove(_changed({}, {}), ["process/exec_mode"])) == {"pm2.restart"}
}

test_stops_nothing_unless_it_is_allowed_to if {
	_verbs_where(_changed({}, _failed(2, 1, 1)), 0) == set()
	_verbs_where(_changed({}, _failed(2, 1, 1)), 1) == {"pm2.stop"}
}

test_stops_it_only_after_everything_else if {
	_verbs_where(_changed({}, _failed(2, 1, 0)), 1) == {"pm2.recreate"}
	_verbs_where(_cluster(_failed(2, 1, 1)), 1) == {"pm2.reload"}
	_verbs_where(_changed({"saved": "no"}, _failed(2, 1, 0)), 1) == {"pm2.stop"}
}

test_stops_it_no_more_after_the_last_attempt if {
	_verbs_where(_changed({}, _stopped(_failed(2, 1, 1))), 1) == set()
	count(_alerts_where(_changed({}, _stopped(_failed(2, 1, 1))), 1)) == 1
}

test_never_stops_what_cron_would_start_again if {
	cron := _changed({"cron_restart": "0 * * * *"}, _failed(2, 1, 1))
	_verbs_where(cron, 1) == set()
	count(_alerts_where(cron, 1)) == 1
	_verbs_where(_changed({"cron_restart": ""}, _failed(2, 1, 1)), 1) == {"pm2.stop"}
}

test_tells_a_person_after_the_last_rung if {
	some alert in _alerts(_changed({}, _failed(2, 1, 1)))
	alert.severity == "critical"
	alert.exhausted == true
}

test_tells_nobody_before_the_last_rung if {
	count(_alerts(_changed({}, _failed(2, 1, 0)))) == 0
	count(_alerts(_changed({}, _failed(2, 0, 1)))) == 0
	count(_alerts(_changed({}, _failed(1, 1, 1)))) == 0
	count(_alerts(_cluster(_failed(2, 1, 1)))) == 0
	count(_alerts_where(_changed({}, _failed(2, 1, 1)), 1)) == 0
}

test_leaves_alone_what_has_outlived_twice_its_mean_life if {
	every uptime in [39, 40] {
		_verbs(_changed({"uptime_s": uptime}, {})) == {"pm2.restart"}
		scores := {finding.score | some finding in _findings(_changed({"uptime_s": uptime}, {}))}
		scores == {20}
	}
	calm := {"uptime_s": 41}
	_verbs(_changed(calm, {})) == set()
	_verbs(_cluster({})) == {"pm2.reload"}
	_verbs(object.union(_cluster({}), {"process": calm})) == set()
	_verbs(_changed(calm, _failed(2, 0, 0))) == set()
	_verbs_where(_changed(calm, _failed(2, 1, 1)), 1) == set()
	count(_alerts(_changed(calm, _failed(2, 1, 1)))) == 0
	findings := _findings(_changed(calm, {}))
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	contains(finding.reason, "up for 41 s now")
}

test_acts_where_its_uptime_is_unknown if {
	_verbs(json.remove(_changed({}, {}), ["process/uptime_s"])) == {"pm2.restart"}
}

test_names_the_cause_and_does_nothing_while_it_lasts if {
	every uptime in [2, 4000] {
		full := {"cause": "disk_full", "cause_path": "/var", "uptime_s": uptime}
		findings := _findings(_changed(full, {}))
		count(findings) == 1
		some finding in findings
		finding.score == 20
		finding.cause == "disk_full /var"
		_verbs(_changed(full, {})) == set()
		_verbs(_changed(full, _failed(2, 0, 0))) == set()
		_verbs(_changed(full, _failed(2, 1, 0))) == set()
		_verbs_where(_changed(full, _failed(2, 1, 1)), 1) == set()
		some alert in _alerts(_changed(full, _failed(2, 1, 1)))
		contains(alert.reason, "the disk of /var is full: make room")
		object.get(alert, "exhausted", false) == false
	}
}

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
	_verbs(_restorable({"uptime_s": 4000}, _failed(2, 1, 1), 0)) == set()
}

test_reloads_it_before_it_restores_it if {
	cluster := {"exec_mode": "cluster_mode"}
	_verbs(_restorable(cluster, _failed(2, 1, 1), 0)) == {"pm2.reload"}
	_verbs(_restorable(cluster, _reloaded(_failed(2, 1, 1)), 0)) == {"pm2.restore_app"}
}

test_stops_it_only_after_a_restore if {
	_verbs_where(_restorable({}, _failed(2, 1, 1), 0), 1) == {"pm2.restore_app"}
	_verbs_where(_restorable({}, _failed(2, 1, 1), 1), 1) == {"pm2.stop"}
}
