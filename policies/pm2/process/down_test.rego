# METADATA
# title: tests of down
package policies.pm2.process.down_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.down

_process(changes, stops) := object.union(fixtures.process, {
	"process": changes,
	"attempts": {"pm2.stop": {"tried": stops}},
})

_findings(input_, allowed) := answer if {
	answer := down.findings with input as input_
		with data.config as fixtures.config
		with data.config.pm2.ladder.stop.attempts as allowed
}

_alerts(input_, allowed) := answer if {
	answer := down.alerts with input as input_
		with data.config as fixtures.config
		with data.config.pm2.ladder.stop.attempts as allowed
}

test_says_nothing_about_a_process_of_another_state if {
	every state in ["online", "launching", "stopping", "finished", "waiting", "errored", "crash_loop"] {
		count(_findings(_process({"state": state, "wanted": "running"}, 0), 1)) == 0
		count(_findings(_process({"state": state, "wanted": "running"}, 1), 1)) == 0
		count(_alerts(_process({"state": state, "wanted": "running"}, 1), 1)) == 0
	}
}

test_shows_a_process_that_is_to_run_and_is_stopped if {
	some finding in _findings(_process({"state": "stopped", "wanted": "running"}, 0), 0)
	finding.score == 60
	finding.severity == "warning"
}

test_tells_nobody_of_what_a_person_stopped if {
	count(_alerts(_process({"state": "stopped", "wanted": "running"}, 0), 1)) == 0
	count(_alerts(_process({"state": "stopped", "wanted": "running"}, 1), 0)) == 0
}

test_says_nothing_about_a_process_that_may_be_stopped if {
	every wanted in ["stopped", "either"] {
		count(_findings(_process({"state": "stopped", "wanted": wanted}, 0), 1)) == 0
	}
}

test_is_critical_and_tells_a_person_where_rr_stopped_it if {
	every wanted in ["running", "stopped", "either"] {
		findings := _findings(_process({"state": "stopped", "wanted": wanted}, 1), 1)
		count(findings) == 1
		some finding in findings
		finding.score == 20
		finding.severity == "critical"
		some alert in _alerts(_process({"state": "stopped", "wanted": wanted}, 1), 1)
		alert.exhausted == true
		contains(alert.reason, "then run pm2 restart api")
	}
}

test_takes_a_stop_by_hand_for_one_where_rr_may_not_stop_anything if {
	some finding in _findings(_process({"state": "stopped", "wanted": "running"}, 1), 0)
	finding.score == 60
}
