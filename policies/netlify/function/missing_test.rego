# METADATA
# title: tests of missing
package policies.netlify.function.missing_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.missing

_changed(function, failed) := object.union(fixtures.function, {
	"function": object.union({"state": "missing"}, function),
	"attempts": {"netlify.restore_source": {"tried": failed, "failed": failed}},
})

_verbs(function, failed) := answer if {
	answer := {action.verb | some action in missing.actions} with input as _changed(function, failed) with data.config as fixtures.config
}

_findings(function) := answer if {
	answer := missing.findings with input as _changed(function, 0) with data.config as fixtures.config
}

_alerts(function, failed) := answer if {
	answer := missing.alerts with input as _changed(function, failed) with data.config as fixtures.config
}

test_says_nothing_about_a_function_that_is_there_or_not_expected if {
	every other in [{"state": "valid"}, {"state": "invalid"}, {"expected": false}] {
		every restorable in ["yes", "no", "unknown"] {
			function := object.union(other, {"restorable": restorable})
			count(_findings(function)) == 0
			_verbs(function, 0) == set()
			count(_alerts(function, 1)) == 0
		}
	}
}

test_finds_it_critical if {
	some finding in _findings({})
	finding.score == 0
	finding.severity == "critical"
}

test_restores_it_while_attempts_remain if {
	_verbs({}, 0) == {"netlify.restore_source"}
	_verbs({}, 1) == set()
	_verbs({}, 2) == set()
	_verbs({"restorable": "no"}, 0) == set()
	_verbs({"restorable": "unknown"}, 0) == set()
}

test_tells_a_person_after_the_last_attempt if {
	count(_alerts({}, 0)) == 0
	every failed in [1, 2] {
		alerts := _alerts({}, failed)
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
	}
}

test_tells_a_person_at_once_where_no_version_is_known if {
	every failed in [0, 1] {
		alerts := _alerts({"restorable": "no"}, failed)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "neither there nor in git")
		unknown := _alerts({"restorable": "unknown"}, failed)
		count(unknown) == 1
		some other in unknown
		other.severity == "critical"
		contains(other.reason, "cannot tell")
	}
}

test_waits_for_whoever_may_be_at_work_on_it if {
	config := object.union(fixtures.config, {"netlify": {"broken_for": 7}})
	actions := missing.actions with input as _changed({"restorable": "yes"}, 0) with data.config as config
	{action.for_s | some action in actions} == {7}
}
