# METADATA
# title: tests of disabled
package policies.github.runs.disabled_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.disabled

_changed(runs, failed, more) := object.union(
	object.union(fixtures.runs, {"runs": runs, "attempts": {"github.enable": {"tried": failed, "failed": failed}}}),
	more,
)

_findings(runs) := answer if {
	answer := disabled.findings with input as _changed(runs, 0, {}) with data.config as fixtures.config
}

_verbs(runs, failed, more) := answer if {
	answer := {action.verb | some action in disabled.actions} with input as _changed(runs, failed, more) with data.config as fixtures.config
}

_alerts(runs, failed) := answer if {
	answer := disabled.alerts with input as _changed(runs, failed, {}) with data.config as fixtures.config
}

_inactive := {"state": "disabled_inactivity"}

test_says_nothing_about_a_workflow_that_is_not_disabled if {
	every state in ["active", "unknown"] {
		every definition in ["valid", "missing"] {
			count(_findings({"state": state, "definition": definition})) == 0
			_verbs({"state": state, "definition": definition}, 0, {}) == set()
			count(_alerts({"state": state, "definition": definition}, 1)) == 0
		}
	}
}

test_finds_one_critical_that_GitHub_disabled_for_inactivity if {
	findings := _findings(_inactive)
	count(findings) == 1
	some finding in findings
	finding.score == 40
	finding.severity == "critical"
}

test_enables_it_while_attempts_remain if {
	_verbs(_inactive, 0, {}) == {"github.enable"}
	_verbs(_inactive, 1, {}) == set()
	_verbs(_inactive, 2, {}) == set()
	_verbs(_inactive, 0, {"parent": {"actions": "unknown", "outage": "unknown"}}) == {"github.enable"}
}

test_does_not_enable_it_while_something_forbids_it if {
	every more in [
		{"parent": {"outage": "yes"}}, {"parent": {"limited": "primary"}}, {"parent": {"limited": "secondary"}},
		{"parent": {"state": "archived"}}, {"parent": {"actions": "disabled"}}, {"peers": {"startup_failure": 3, "total": 6}},
	] {
		_verbs(_inactive, 0, more) == set()
	}
}

test_tells_a_person_after_the_last_attempt if {
	count(_alerts(_inactive, 0)) == 0
	every failed in [1, 2] {
		alerts := _alerts(_inactive, failed)
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		endswith(alert.reason, "gh workflow enable ci.yml")
	}
}

test_leaves_alone_what_a_person_disabled if {
	every definition in ["valid", "missing"] {
		manually := {"state": "disabled_manually", "definition": definition}
		findings := _findings(manually)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		_verbs(manually, 0, {}) == set()
		count(_alerts(manually, 1)) == 0
	}
}

test_tells_a_person_of_a_fork_and_does_nothing if {
	findings := _findings({"state": "disabled_fork"})
	count(findings) == 1
	some finding in findings
	finding.score == 70
	finding.severity == "warning"
	_verbs({"state": "disabled_fork"}, 0, {}) == set()
	alerts := _alerts({"state": "disabled_fork"}, 1)
	count(alerts) == 1
	some alert in alerts
	alert.severity == "warning"
}

test_tells_a_person_of_one_that_GitHub_lost_and_the_checkout_has if {
	every definition in ["valid", "invalid", "unknown"] {
		gone := {"state": "deleted", "definition": definition}
		findings := _findings(gone)
		count(findings) == 1
		some finding in findings
		finding.score == 70
		finding.severity == "warning"
		_verbs(gone, 0, {}) == set()
		alerts := _alerts(gone, 1)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "warning"
	}
}

test_only_shows_one_that_nobody_has_any_more if {
	gone := {"state": "deleted", "definition": "missing"}
	findings := _findings(gone)
	count(findings) == 1
	some finding in findings
	finding.score == 100
	finding.severity == "info"
	count(_alerts(gone, 1)) == 0
}
