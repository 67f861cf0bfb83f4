# METADATA
# title: tests of memory
package policies.pm2.process.memory_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.memory

_uses(pct) := object.union(fixtures.process, {"process": {"memory_pct": pct}})

_after(pct, failed, unhealthy_s) := object.union(_uses(pct), {
	"attempts": {"pm2.restart": {"tried": failed, "failed": failed}},
	"unhealthy_s": unhealthy_s,
})

_cluster(input_, failed) := object.union(input_, {
	"process": {"exec_mode": "cluster_mode"},
	"attempts": {"pm2.reload": {"tried": failed, "failed": failed}},
})

_score(input_) := answer if {
	answer := {finding.score | some finding in memory.findings} with input as input_ with data.config as fixtures.config
}

_actions(input_) := answer if {
	answer := memory.actions with input as input_ with data.config as fixtures.config
}

_verbs(input_) := {action.verb | some action in _actions(input_)}

_alerts(input_) := answer if {
	answer := memory.alerts with input as input_ with data.config as fixtures.config
}

test_says_nothing_below_the_warning if _score(_uses(89)) == set()

test_warns_from_the_warning_on if {
	_score(_uses(90)) == {70}
	_score(_uses(91)) == {70}
	_score(_uses(99)) == {70}
}

test_is_worse_from_the_restart_on if {
	_score(_uses(100)) == {40}
	_score(_uses(101)) == {40}
}

test_does_nothing_below_the_restart if {
	count(_actions(_uses(99))) == 0
	count(_actions(_cluster(_uses(99), 0))) == 0
	count(_alerts(_after(99, 2, 3600))) == 0
}

test_restarts_it_once_it_has_been_over_for_long if {
	some action in _actions(_uses(100))
	action.verb == "pm2.restart"
	action.for_s == 30
}

test_restarts_it_while_attempts_remain if {
	count(_actions(_after(100, 1, 60))) == 1
	count(_actions(_after(100, 2, 60))) == 0
}

test_reloads_it_in_cluster_mode if {
	some action in _actions(_cluster(_uses(100), 0))
	action.verb == "pm2.reload"
	action.for_s == 30
	_verbs(_cluster(_uses(100), 0)) == {"pm2.reload"}
}

test_restarts_it_in_cluster_mode_once_a_reload_has_failed if {
	_verbs(_cluster(_uses(100), 1)) == {"pm2.restart"}
	_verbs(_cluster(_after(100, 2, 60), 1)) == set()
}

test_restarts_it_where_its_mode_is_unknown if {
	_verbs(json.remove(_uses(100), ["process/exec_mode"])) == {"pm2.restart"}
}

test_does_not_restart_what_could_not_start_again if {
	every cause in ["script_missing", "cwd_missing", "interpreter_missing", "not_executable", "disk_full"] {
		gone := object.union(_uses(100), {"process": {"cause": cause}})
		_score(gone) == {40}
		_verbs(gone) == set()
		_verbs(_cluster(gone, 0)) == set()
		_verbs(_cluster(gone, 1)) == set()
	}
}

test_tells_a_person_what_would_keep_it_from_starting_again if {
	gone := object.union(_after(100, 0, 60), {"process": {"cause": "cwd_missing", "cause_path": "/srv/api"}})
	some alert in _alerts(gone)
	contains(alert.reason, "its folder /srv/api is gone")
	count(_alerts(object.union(gone, {"unhealthy_s": 29}))) == 0
	count(_alerts(object.union(gone, {"process": {"memory_pct": 99}}))) == 0
}

test_tells_a_person_after_the_last_attempt if {
	some alert in _alerts(_after(100, 2, 60))
	alert.exhausted == true
}

test_tells_nobody_before_the_last_attempt if {
	count(_alerts(_after(100, 1, 60))) == 0
	count(_alerts(_cluster(_after(100, 2, 60), 0))) == 0
	count(_alerts(_cluster(_after(100, 2, 60), 1))) == 1
}

test_tells_nobody_before_it_has_been_over_for_long if {
	count(_alerts(_after(100, 2, 29))) == 0
	count(_alerts(_after(100, 2, 30))) == 1
	count(_alerts(_after(100, 2, 31))) == 1
}

test_says_nothing_where_memory_is_unknown if {
	unknown := json.remove(_after(100, 2, 3600), ["process/memory_pct"])
	_score(unknown) == set()
	count(_alerts(unknown)) == 0
	count(_actions(json.remove(_uses(100), ["process/memory_pct"]))) == 0
}

test_says_nothing_about_a_process_that_is_not_online if {
	stopped := object.union(_after(200, 2, 60), {"process": {"state": "stopped"}})
	_score(stopped) == set()
	_score(object.union(_uses(95), {"process": {"state": "stopped"}})) == set()
	count(_actions(object.union(_uses(200), {"process": {"state": "stopped"}}))) == 0
	count(_actions(_cluster(object.union(_uses(200), {"process": {"state": "stopped"}}), 0))) == 0
	count(_alerts(stopped)) == 0
}
