# METADATA
# title: tests of schedule
package policies.github.runs.schedule_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.schedule

_late := {"schedule_late_s": 7201, "schedule_missed": 1, "run_age_s": 90000}

_changed(runs, failed, more) := object.union(
	object.union(fixtures.runs, {"runs": runs, "attempts": {"github.dispatch": {"tried": failed, "failed": failed}}}),
	more,
)

_findings(runs) := answer if {
	answer := schedule.findings with input as _changed(runs, 0, {}) with data.config as fixtures.config
}

_verbs(runs, failed, more) := answer if {
	answer := {action.verb | some action in schedule.actions} with input as _changed(runs, failed, more) with data.config as fixtures.config
}

_alerts(runs, failed) := answer if {
	answer := schedule.alerts with input as _changed(runs, failed, {}) with data.config as fixtures.config
}

test_says_nothing_where_none_is_due_or_GitHub_is_as_late_as_ever if {
	every runs in [{}, {"schedule_late_s": 7199, "run_age_s": 90000}, {"schedule_late_s": 7200, "run_age_s": 90000}, {"schedule_late_s": 7200, "run_age_s": 60}] {
		every dispatchable in ["yes", "no"] {
			asked := object.union(runs, {"dispatchable": dispatchable})
			count(_findings(asked)) == 0
			_verbs(asked, 0, {}) == set()
			count(_alerts(asked, 1)) == 0
		}
	}
}

test_warns_of_one_that_did_not_come if {
	findings := _findings(_late)
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	finding.in_work == false
	some working in _findings(object.union(_late, {"in_work": true}))
	working.in_work == true
}

test_warns_where_it_never_ran if {
	never := json.remove(_changed(_late, 0, {}), ["runs/run_age_s"])
	count(schedule.findings) == 1 with input as never with data.config as fixtures.config
	count(schedule.actions) == 1 with input as never with data.config as fixtures.config
}

test_shows_earlier_ones_that_did_not_come if {
	every late in [{}, {"schedule_late_s": 60}] {
		findings := _findings(object.union(late, {"schedule_missed": 1}))
		count(findings) == 1
		some finding in findings
		finding.score == 80
		finding.severity == "warning"
		finding.reason == "scheduled runs that did not come: 1"
		_verbs(object.union(late, {"schedule_missed": 1}), 0, {}) == set()
	}
}

test_is_content_where_another_run_has_ended_since if {
	made_good := object.union(_late, {"run_age_s": 7200})
	findings := _findings(made_good)
	count(findings) == 1
	some finding in findings
	finding.score == 80
	finding.severity == "warning"
	endswith(finding.reason, "another one has ended since")
	_verbs(made_good, 0, {}) == set()
	count(_alerts(made_good, 1)) == 0
	count(_alerts(object.union(made_good, {"dispatchable": "no"}), 0)) == 0
	_verbs(object.union(_late, {"run_age_s": 7201}), 0, {}) == {"github.dispatch"}
}

test_starts_it_while_attempts_remain if {
	_verbs(_late, 0, {}) == {"github.dispatch"}
	_verbs(_late, 1, {}) == set()
	_verbs(_late, 2, {}) == set()
	_verbs(object.union(_late, {"definition": "unknown"}), 0, {"parent": {"outage": "unknown", "actions": "unknown"}}) == {"github.dispatch"}
}

test_does_not_start_it_while_something_forbids_it if {
	every runs in [
		{"in_work": true}, {"dispatchable": "no"}, {"dispatchable": "unknown"}, {"state": "disabled_manually"}, {"state": "unknown"},
		{"definition": "invalid"}, {"definition": "missing"},
	] {
		_verbs(object.union(_late, runs), 0, {}) == set()
	}
	every more in [
		{"parent": {"outage": "yes"}}, {"parent": {"limited": "primary"}}, {"parent": {"limited": "secondary"}},
		{"parent": {"state": "archived"}}, {"parent": {"actions": "disabled"}}, {"peers": {"startup_failure": 3, "total": 6}},
	] {
		_verbs(_late, 0, more) == set()
	}
}

test_tells_a_person_where_it_cannot_be_started if {
	every dispatchable in ["no", "unknown"] {
		every failed in [0, 1] {
			alerts := _alerts(object.union(_late, {"dispatchable": dispatchable}), failed)
			count(alerts) == 1
			some alert in alerts
			alert.severity == "warning"
			endswith(alert.reason, "give it on: workflow_dispatch")
		}
		count(_alerts(object.union(_late, {"dispatchable": dispatchable, "in_work": true}), 0)) == 0
	}
}

test_tells_a_person_after_the_last_attempt if {
	count(_alerts(_late, 0)) == 0
	every failed in [1, 2] {
		alerts := _alerts(_late, failed)
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
	}
	count(_alerts(object.union(_late, {"in_work": true}), 1)) == 0
}
