# METADATA
# title: tests of deploy_failed
package policies.netlify.site.deploy_failed_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.deploy_failed

_bad := {"latest_state": "error", "latest_error": "build exit 1", "streak": 1}

_changed(site, failed) := object.union(fixtures.site, {"site": object.union(_bad, site), "attempts": {"netlify.trigger_build": {"tried": failed, "failed": failed}}})

_hook := object.union(fixtures.config, {"netlify": {"hook_env": "HOOK", "ladder": {"trigger_build": {"attempts": 1}}}})

_findings(site) := answer if {
	answer := deploy_failed.findings with input as _changed(site, 0) with data.config as fixtures.config
}

_verbs(site, failed, config) := answer if {
	answer := {action.verb | some action in deploy_failed.actions} with input as _changed(site, failed) with data.config as config
}

_alerts(site, failed, config) := answer if {
	answer := deploy_failed.alerts with input as _changed(site, failed) with data.config as config
}

test_says_nothing_about_a_deploy_that_did_not_fail if {
	every state in ["ready", "building", "none", "processing"] {
		every streak in [0, 3] {
			other := {"latest_state": state, "streak": streak}
			count(_findings(other)) == 0
			_verbs(other, 0, _hook) == set()
			count(_alerts(other, 1, _hook)) == 0
			count(_alerts(other, 0, fixtures.config)) == 0
		}
	}
}

test_warns_of_some_and_is_critical_from_three_on if {
	every state in ["error", "rejected"] {
		every streak in [1, 2] {
			findings := _findings({"latest_state": state, "streak": streak})
			count(findings) == 1
			some finding in findings
			finding.score == 60
			finding.severity == "warning"
			finding.in_work == false
			alerts := _alerts({"latest_state": state, "streak": streak}, 0, fixtures.config)
			count(alerts) == 1
			some alert in alerts
			alert.severity == "warning"
		}
		every streak in [3, 4] {
			findings := _findings({"latest_state": state, "streak": streak})
			count(findings) == 1
			some finding in findings
			finding.score == 30
			finding.severity == "critical"
			alerts := _alerts({"latest_state": state, "streak": streak}, 0, fixtures.config)
			count(alerts) == 1
			some alert in alerts
			alert.severity == "critical"
		}
	}
}

test_keeps_what_Netlify_says if {
	some finding in _findings({})
	finding.reason == "its newest deploy failed: build exit 1; failed deploys in a row: 1"
	some working in _findings({"in_work": true})
	working.in_work == true
}

test_triggers_a_build_only_where_configured if {
	_verbs({}, 0, _hook) == {"netlify.trigger_build"}
	_verbs({"blocked": "unknown"}, 0, object.union(fixtures.config, {"netlify": {"hook_file": "hook", "ladder": {"trigger_build": {"attempts": 1}}}})) == {"netlify.trigger_build"}
	_verbs({}, 1, _hook) == set()
	_verbs({}, 2, _hook) == set()
	_verbs({}, 0, object.union(fixtures.config, {"netlify": {"hook_env": "HOOK"}})) == set()
	_verbs({}, 0, object.union(fixtures.config, {"netlify": {"ladder": {"trigger_build": {"attempts": 1}}}})) == set()
}

test_triggers_none_while_something_forbids_it if {
	every site in [{"in_work": true}, {"limited": true}, {"blocked": "credits"}] {
		_verbs(site, 0, _hook) == set()
	}
}

test_tells_a_person_after_the_last_attempt if {
	count(_alerts({}, 0, _hook)) == 0
	every failed in [1, 2] {
		alerts := _alerts({}, failed, _hook)
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
	}
	count(_alerts({"in_work": true}, 1, _hook)) == 0
}

test_tells_a_person_at_once_where_no_build_is_to_be_triggered if {
	every config in [
		object.union(fixtures.config, {"netlify": {"hook_env": "HOOK"}}),
		object.union(fixtures.config, {"netlify": {"ladder": {"trigger_build": {"attempts": 1}}}}),
	] {
		every failed in [0, 1] {
			alerts := _alerts({}, failed, config)
			count(alerts) == 1
			some alert in alerts
			object.get(alert, "exhausted", false) == false
		}
	}
}
