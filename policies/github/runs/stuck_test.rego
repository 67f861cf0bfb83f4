# METADATA
# title: tests of stuck
package policies.github.runs.stuck_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.stuck

_changed(runs, cancel, more) := object.union(
	object.union(fixtures.runs, {"runs": object.union({"active": 1, "active_run_id": 4243}, runs), "attempts": {"github.cancel": cancel}}),
	more,
)

_findings(runs, cancel) := answer if {
	answer := stuck.findings with input as _changed(runs, cancel, {}) with data.config as fixtures.config
}

_verbs(runs, cancel, more) := answer if {
	answer := {action.verb | some action in stuck.actions} with input as _changed(runs, cancel, more) with data.config as fixtures.config
}

_alerts(runs, cancel) := answer if {
	answer := stuck.alerts with input as _changed(runs, cancel, {}) with data.config as fixtures.config
}

_hanging := {"running_s": 3601}

test_says_nothing_where_nothing_is_active if {
	count(_findings({}, {})) == 0
	_verbs({}, {}, {}) == set()
	count(_alerts({}, {"tried": 1, "failed": 1})) == 0
}

test_says_nothing_within_the_limits if {
	fine := {"queued_s": 1800, "running_s": 3600}
	count(_findings(fine, {})) == 0
	_verbs(fine, {}, {}) == set()
	count(_alerts(fine, {"tried": 1, "failed": 1})) == 0
}

test_tells_of_what_waits_for_a_runner_and_does_not_cancel_it if {
	findings := _findings({"queued_s": 1801}, {})
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	_verbs({"queued_s": 1801}, {}, {}) == set()
	alerts := _alerts({"queued_s": 1801}, {})
	count(alerts) == 1
	some alert in alerts
	alert.severity == "warning"
	object.get(alert, "exhausted", false) == false
}

test_cancels_what_runs_too_long_once if {
	findings := _findings(_hanging, {})
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	finding.in_work == false
	_verbs(_hanging, {}, {}) == {"github.cancel"}
	_verbs(_hanging, {"tried": 1, "pending": 1}, {}) == set()
	count(_alerts(_hanging, {"tried": 1, "pending": 1})) == 0
}

test_measures_by_what_its_own_runs_take if {
	slow := {"running_p95_s": 2000}
	count(_findings(object.union(slow, {"running_s": 6000}), {})) == 0
	_verbs(object.union(slow, {"running_s": 6000}), {}, {}) == set()
	_verbs(object.union(slow, {"running_s": 6001}), {}, {}) == {"github.cancel"}
	count(stuck.findings) == 1 with input as json.remove(_changed(_hanging, {}, {}), ["runs/running_p95_s"])
		with data.config as fixtures.config
}

test_has_not_failed_yet_while_GitHub_cancels_it if {
	some finding in _findings(_hanging, {"tried": 1, "pending": 1})
	finding.in_work == true
}

test_does_not_cancel_another_run_than_the_one_that_hangs if {
	_verbs(object.union(_hanging, {"queued_s": 3600}), {}, {}) == {"github.cancel"}
	_verbs(object.union(_hanging, {"queued_s": 3601}), {}, {}) == set()
	_verbs(object.union(_hanging, {"queued_s": 9999}), {}, {}) == set()
}

test_cancels_nothing_while_GitHub_is_out_or_refuses if {
	every more in [
		{"parent": {"outage": "yes"}}, {"parent": {"limited": "primary"}}, {"parent": {"limited": "secondary"}},
		{"peers": {"startup_failure": 3, "total": 6}},
	] {
		_verbs(_hanging, {}, more) == set()
	}
	_verbs(_hanging, {}, {"parent": {"outage": "unknown"}}) == {"github.cancel"}
}

test_tells_a_person_where_that_has_failed if {
	count(_alerts(_hanging, {})) == 0
	every failed in [1, 2] {
		alerts := _alerts(_hanging, {"tried": failed, "failed": failed})
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		_verbs(_hanging, {"tried": failed, "failed": failed}, {}) == set()
	}
}
