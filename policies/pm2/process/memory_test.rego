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

_score(input_) := answer if {
	answer := {finding.score | some finding in memory.findings} with input as input_ with data.config as fixtures.config
}

_actions(input_) := answer if {
	answer := memory.actions with input as input_ with data.config as fixtures.config
}

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
	count(_alerts(_after(99, 3, 3600))) == 0
}

test_restarts_it_once_it_has_been_over_for_long if {
	some action in _actions(_uses(100))
	action.verb == "pm2.restart"
	action.for_s == 30
}

test_restarts_it_while_attempts_remain if {
	count(_actions(_after(100, 2, 60))) == 1
	count(_actions(_after(100, 3, 60))) == 0
}

test_tells_a_person_after_the_last_attempt if {
	some alert in _alerts(_after(100, 3, 60))
	alert.exhausted == true
}

test_tells_nobody_before_the_last_attempt if count(_alerts(_after(100, 2, 60))) == 0

test_tells_nobody_before_it_has_been_over_for_long if {
	count(_alerts(_after(100, 3, 29))) == 0
	count(_alerts(_after(100, 3, 30))) == 1
	count(_alerts(_after(100, 3, 31))) == 1
}

test_says_nothing_where_memory_is_unknown if {
	unknown := object.remove(fixtures.process, ["process"])
	process := object.remove(fixtures.process.process, ["memory_pct"])
	_score(object.union(unknown, {"process": process})) == set()
	count(_actions(object.union(unknown, {"process": process}))) == 0
}

test_says_nothing_about_a_process_that_is_not_online if {
	stopped := object.union(_after(200, 3, 60), {"process": {"state": "stopped"}})
	_score(stopped) == set()
	count(_actions(stopped)) == 0
	count(_alerts(stopped)) == 0
}
