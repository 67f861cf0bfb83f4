# METADATA
# title: tests of phantom
package policies.pm2.process.phantom_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.phantom

_config := fixtures.config

_changed(process, attempts) := object.union(fixtures.process, {
	"process": object.union({"state": "phantom"}, process),
	"attempts": attempts,
})

_verbs(input_) := answer if {
	answer := {action.verb | some action in phantom.actions} with input as input_ with data.config as _config
}

_failed(restarts, stop_starts) := {
	"pm2.restart": {"tried": restarts, "failed": restarts},
	"pm2.stop_start": {"tried": stop_starts, "failed": stop_starts},
}

test_says_nothing_about_a_healthy_process if {
	count(phantom.findings) == 0 with input as fixtures.process with data.config as _config
	count(phantom.actions) == 0 with input as fixtures.process with data.config as _config
	count(phantom.alerts) == 0 with input as fixtures.process with data.config as _config
}

test_finds_it_critical if {
	some finding in phantom.findings with input as _changed({}, {}) with data.config as _config
	finding.score == 0
	finding.severity == "critical"
}

test_restarts_it_first if _verbs(_changed({}, {})) == {"pm2.restart"}

test_restarts_it_while_attempts_remain if _verbs(_changed({}, _failed(2, 0))) == {"pm2.restart"}

test_stops_and_starts_it_once_restarts_have_failed if _verbs(_changed({}, _failed(3, 0))) == {"pm2.stop_start"}

test_stops_and_starts_it_while_attempts_remain if _verbs(_changed({}, _failed(3, 1))) == {"pm2.stop_start"}

test_does_not_climb_while_an_attempt_is_pending if {
	pending := {"pm2.restart": {"tried": 3, "failed": 2, "pending": 1}}
	_verbs(_changed({}, pending)) == {"pm2.restart"}
}

test_leaves_out_a_rung_without_attempts if {
	config := object.union(_config, {"pm2": {"ladder": {"restart": {"attempts": 0}}}})
	verbs := {action.verb | some action in phantom.actions} with input as _changed({}, {}) with data.config as config
	verbs == {"pm2.stop_start"}
}

test_does_nothing_more_after_the_last_rung if _verbs(_changed({}, _failed(3, 2))) == set()

test_tells_a_person_after_the_last_rung if {
	some alert in phantom.alerts with input as _changed({}, _failed(3, 2)) with data.config as _config
	alert.exhausted == true
	alert.severity == "critical"
}

test_tells_nobody_before_the_last_rung if {
	count(phantom.alerts) == 0 with input as _changed({}, _failed(3, 1)) with data.config as _config
	count(phantom.alerts) == 0 with input as _changed({}, _failed(2, 2)) with data.config as _config
}

test_acts_where_autorestart_is_unknown if {
	_verbs(_changed({"autorestart": "unknown"}, {})) == {"pm2.restart"}
}

test_only_shows_what_pm2_must_not_restart if {
	count(phantom.findings) == 1 with input as _changed({"autorestart": "no"}, {}) with data.config as _config
	_verbs(_changed({"autorestart": "no"}, {})) == set()
	_verbs(_changed({"autorestart": "no"}, _failed(3, 0))) == set()
	count(phantom.alerts) == 0 with input as _changed({"autorestart": "no"}, _failed(3, 2)) with data.config as _config
}
