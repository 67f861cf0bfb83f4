# METADATA
# title: tests of interrupted
package policies.pm2.process.interrupted_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.interrupted

_process(state, attempts) := object.union(fixtures.process, {"process": {"state": state}, "attempts": attempts})

test_says_nothing_about_what_a_person_stopped if {
	done := {"pm2.stop_start": {"tried": 1, "failed": 1, "unfinished": 0}}
	count(interrupted.findings) == 0 with input as _process("stopped", done) with data.config as fixtures.config
	count(interrupted.actions) == 0 with input as _process("stopped", done) with data.config as fixtures.config
	count(interrupted.alerts) == 0 with input as _process("stopped", done) with data.config as fixtures.config
}

test_says_nothing_about_what_runs_again if {
	count(interrupted.findings) == 0 with input as _process("online", {"pm2.stop_start": {"tried": 1, "unfinished": 1}})
		with data.config as fixtures.config
}

test_starts_what_rr_stopped if {
	every verb in ["pm2.restart", "pm2.stop_start"] {
		broken := {verb: {"tried": 1, "unfinished": 1}}
		some finding in interrupted.findings with input as _process("stopped", broken) with data.config as fixtures.config
		finding.score == 0
		some action in interrupted.actions with input as _process("stopped", broken) with data.config as fixtures.config
		action.verb == "pm2.restart"
		count(interrupted.alerts) == 0 with input as _process("stopped", broken) with data.config as fixtures.config
	}
}

test_starts_it_once_more_than_the_rung_allows if {
	attempts := data.policies.fixtures.pm2.config.pm2.ladder.restart.attempts
	last := {"pm2.restart": {"tried": attempts, "failed": attempts, "unfinished": 1}}
	count(interrupted.actions) == 1 with input as _process("stopped", last) with data.config as fixtures.config
	count(interrupted.alerts) == 0 with input as _process("stopped", last) with data.config as fixtures.config
}

test_tells_a_person_after_that if {
	attempts := data.policies.fixtures.pm2.config.pm2.ladder.restart.attempts
	over := {"pm2.restart": {"tried": attempts + 1, "failed": attempts + 1, "unfinished": 1}}
	count(interrupted.actions) == 0 with input as _process("stopped", over) with data.config as fixtures.config
	some alert in interrupted.alerts with input as _process("stopped", over) with data.config as fixtures.config
	alert.exhausted
}
