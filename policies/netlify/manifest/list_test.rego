# METADATA
# title: tests of list
package policies.netlify.manifest.list_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.manifest.list

_findings(manifest) := answer if {
	answer := list.findings with input as object.union(fixtures.manifest, {"manifest": manifest}) with data.config as fixtures.config
}

_asked(manifest, failed) := object.union(fixtures.manifest, {"manifest": manifest, "attempts": {"netlify.manifest": {"tried": failed, "failed": failed}}})

_verbs(manifest, failed) := answer if {
	answer := {action.verb | some action in list.actions} with input as _asked(manifest, failed) with data.config as fixtures.config
}

_told(manifest, failed) := answer if {
	answer := list.alerts with input as _asked(manifest, failed) with data.config as fixtures.config
}

test_says_nothing_about_one_that_is_right_or_not_wanted if {
	count(_findings({})) == 0
	_verbs({}, 0) == set()
	count(_told({}, 1)) == 0
	every state in ["missing", "invalid", "drifted"] {
		unwanted := {"wanted": false, "state": state}
		count(_findings(unwanted)) == 0
		_verbs(unwanted, 0) == set()
		count(_told(unwanted, 1)) == 0
	}
}

test_finds_what_is_wrong_with_it if {
	every state in ["missing", "invalid"] {
		findings := _findings({"state": state})
		count(findings) == 1
		some finding in findings
		finding.score == 40
		finding.severity == "critical"
	}
	drifted := _findings({"state": "drifted", "ghosts": ["b", "a"], "orphans": ["c"]})
	count(drifted) == 1
	some difference in drifted
	difference.score == 60
	difference.severity == "warning"
	endswith(difference.reason, "disagree: without source: a, b; not listed: c")
	some otherwise in _findings({"state": "drifted", "drift": ["d"]})
	endswith(otherwise.reason, "disagree: listed otherwise: d")
}

test_writes_it_anew_while_attempts_remain if {
	every state in ["missing", "invalid", "drifted"] {
		_verbs({"state": state}, 0) == {"netlify.manifest"}
		_verbs({"state": state, "toml_state": "missing"}, 0) == {"netlify.manifest"}
		_verbs({"state": state}, 1) == set()
		_verbs({"state": state}, 2) == set()
	}
}

test_writes_none_that_would_be_empty if {
	every cause in [{"directory_found": "missing"}, {"toml_state": "invalid"}] {
		_verbs(object.union({"state": "drifted"}, cause), 0) == set()
		count(_told(object.union({"state": "drifted"}, cause), 1)) == 0
	}
}

test_tells_a_person_after_the_last_attempt if {
	every state in ["missing", "invalid", "drifted"] {
		count(_told({"state": state}, 0)) == 0
		every failed in [1, 2] {
			alerts := _told({"state": state}, failed)
			count(alerts) == 1
			some alert in alerts
			alert.exhausted == true
			alert.severity == "critical"
		}
	}
}
