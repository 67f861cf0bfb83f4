# METADATA
# title: tests of event_loop
package policies.pm2.process.event_loop_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.event_loop

_scores(process) := answer if {
	answer := {finding.score | some finding in event_loop.findings} with input as object.union(fixtures.process, {"process": process})
}

test_says_nothing_about_a_process_that_does_not_lag if {
	_scores({}) == set()
	_scores({"event_loop_p95_ms": 199}) == set()
}

test_warns_where_it_lags if {
	every ms in [200, 201, 999] {
		_scores({"event_loop_p95_ms": ms}) == {80}
	}
}

test_is_not_healthy_where_it_hardly_answers if {
	every ms in [1000, 1001] {
		_scores({"event_loop_p95_ms": ms}) == {50}
	}
}

test_warns_where_its_heap_is_nearly_full if {
	_scores({"heap_pct": 94}) == set()
	_scores({"heap_pct": 95}) == {80}
	_scores({"heap_pct": 96}) == {80}
}

test_every_finding_is_a_warning if {
	every ms in [200, 1000] {
		findings := event_loop.findings with input as object.union(
			fixtures.process,
			{"process": {"event_loop_p95_ms": ms, "heap_pct": 95}},
		)
		every finding in findings {
			finding.severity == "warning"
		}
	}
}

test_says_nothing_about_a_process_that_is_not_online if {
	every ms in [200, 1000] {
		_scores({"state": "stopped", "event_loop_p95_ms": ms, "heap_pct": 100}) == set()
	}
}

test_says_nothing_where_the_app_does_not_report if {
	count(event_loop.findings) == 0 with input as json.remove(fixtures.process, ["process/event_loop_p95_ms", "process/heap_pct"])
}
