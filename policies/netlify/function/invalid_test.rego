# METADATA
# title: tests of invalid
package policies.netlify.function.invalid_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.invalid

_broken := {"state": "invalid", "cause": "syntax", "problems": 1, "problem": "netlify/functions/hello.mjs:3:1: unexpected end"}

_drifted := {"state": "drifted", "build_configured": true}

_hurt := {"functions_failing": ["hello"], "probes_failing": 1, "functions_invalid": ["hello"]}

_changed(function, attempts, more) := object.union(
	object.union(fixtures.function, {
		"function": object.union(_broken, function),
		"attempts": attempts,
		"parent": _drifted,
		"site": _hurt,
	}),
	more,
)

_failed(manifest, build, rollback, deploy, source) := {
	"netlify.manifest": {"tried": manifest, "failed": manifest},
	"netlify.build": {"tried": build, "failed": build},
	"netlify.restore_deploy": {"tried": rollback, "failed": rollback},
	"netlify.deploy": {"tried": deploy, "failed": deploy},
	"netlify.restore_source": {"tried": source, "failed": source},
}

# _ladder is every place in the ladder as it is by default.
_ladder := [{}, _failed(1, 0, 0, 0, 0), _failed(1, 1, 0, 0, 0), _failed(1, 1, 1, 0, 0), _failed(1, 1, 1, 0, 1)]

_deploying := object.union(fixtures.config, {"netlify": {"deploy": {"by": "rr"}, "ladder": {"deploy": {"attempts": 1}}}})

_findings(input_) := answer if {
	answer := invalid.findings with input as input_ with data.config as fixtures.config
}

_asked_of(input_, config) := answer if {
	answer := {[action.verb, object.get(action, "target", input_.id)] | some action in invalid.actions} with input as input_ with data.config as config
}

_asked(input_) := _asked_of(input_, fixtures.config)

_alerts(input_) := answer if {
	answer := invalid.alerts with input as input_ with data.config as fixtures.config
}

_list := {["netlify.manifest", "netlify/shop/manifest/functions"]}

_build := {["netlify.build", "netlify/shop/manifest/functions"]}

_rollback := {["netlify.restore_deploy", "netlify/shop/site/shop"]}

_deploy := {["netlify.deploy", "netlify/shop/site/shop"]}

_restore := {["netlify.restore_source", "netlify/shop/function/hello"]}

test_says_nothing_about_a_function_of_another_state if {
	every state in ["valid", "missing"] {
		every attempts in _ladder {
			every restorable in ["yes", "unknown"] {
				other := _changed({"state": state, "restorable": restorable}, attempts, {})
				count(_findings(other)) == 0
				_asked_of(other, _deploying) == set()
				count(_alerts(other)) == 0
			}
		}
	}
}

test_finds_it_critical_and_says_where if {
	some finding in _findings(_changed({}, {}, {}))
	finding.score == 0
	finding.severity == "critical"
	finding.reason == "cannot be deployed: netlify/functions/hello.mjs:3:1: unexpected end"
	some other in _findings(json.remove(_changed({}, {}, {}), ["function/problem"]))
	endswith(other.reason, "rr netlify functions")
}

test_climbs_one_rung_per_verified_failure_with_one_rollback if {
	_asked(_changed({}, {}, {})) == _list
	_asked(_changed({}, _failed(1, 0, 0, 0, 0), {})) == _build
	_asked(_changed({}, _failed(1, 1, 0, 0, 0), {})) == _rollback
	_asked(_changed({}, _failed(1, 1, 1, 0, 0), {})) == _restore
	_asked(_changed({}, _failed(1, 1, 1, 0, 1), {})) == set()
	_asked(_changed({}, _failed(2, 2, 2, 2, 2), {})) == set()
}

test_takes_no_rung_before_those_below_it_have_failed if {
	_asked(_changed({}, _failed(0, 1, 1, 1, 0), {})) == _list
	_asked(_changed({}, _failed(0, 1, 0, 0, 0), {})) == _list
	_asked(_changed({}, _failed(0, 1, 1, 1, 1), {})) == _list
	_asked(_changed({}, _failed(1, 0, 1, 1, 0), {})) == _build
	_asked(_changed({}, _failed(1, 0, 1, 1, 1), {})) == _build
	_asked(_changed({}, _failed(1, 1, 0, 1, 1), {})) == _rollback
	_asked_of(_changed({}, _failed(1, 0, 1, 0, 0), {}), _deploying) == _build
	_asked_of(_changed({}, _failed(0, 1, 1, 0, 0), {}), _deploying) == _list
	every attempts in [_failed(0, 1, 1, 1, 1), _failed(1, 0, 1, 1, 1), _failed(1, 1, 0, 1, 1), _failed(1, 1, 1, 0, 0)] {
		count(_alerts(_changed({}, attempts, {}))) == 0
	}
}

test_does_nothing_and_tells_nobody_while_an_attempt_is_pending if {
	every attempts in _ladder {
		every verb in ["netlify.manifest", "netlify.build", "netlify.restore_deploy", "netlify.deploy", "netlify.restore_source"] {
			every more in [{}, {"parent": {"state": "ok"}}, {"site": {"functions_failing": [], "unpublished": "64f0c0ffee"}}] {
				pending := object.union(_changed({}, attempts, more), {"attempts": {verb: {"tried": 1, "pending": 1}}})
				_asked_of(pending, _deploying) == set()
				count(_alerts(pending)) == 0
			}
		}
	}
}

test_writes_no_list_that_is_right_or_not_wanted_or_would_be_empty if {
	every parent in [{"state": "ok"}, {"wanted": false}, {"directory_found": "missing"}, {"toml_state": "invalid"}] {
		_asked(_changed({}, {}, {"parent": parent})) == _build
	}
	every parent in [{"state": "missing"}, {"state": "invalid"}, {"toml_state": "missing"}] {
		_asked(_changed({}, {}, {"parent": parent})) == _list
	}
}

test_builds_only_what_it_was_told_how_to if {
	_asked(_changed({}, _failed(1, 0, 0, 0, 0), {"parent": {"build_configured": false}})) == _rollback
}

test_rolls_back_where_it_is_failing_or_lost if {
	_asked(_changed({}, _failed(1, 1, 0, 0, 0), {"site": {"functions_failing": [], "functions_lost": ["hello"]}})) == _rollback
}

test_rolls_nothing_back_that_it_does_not_hurt if {
	every site in [
		{"functions_failing": []}, {"functions_failing": ["other"], "functions_lost": ["another"]}, {"functions_failing": [], "functions_missing": ["hello"]},
		{"functions_failing": [], "latest_state": "error", "streak": 3}, {"functions_failing": [], "probes_failing": 2},
	] {
		_asked(_changed({}, _failed(1, 1, 0, 0, 0), {"site": site})) == _restore
		_asked_of(_changed({}, _failed(1, 1, 0, 0, 0), {"site": site}), _deploying) == _restore
	}
}

test_rolls_nothing_back_where_something_forbids_it if {
	every site in [
		{"published_age_s": 299}, {"rollback_id": ""}, {"unpublished": "64f0c0ffef"}, {"blocked": "credits"},
		{"in_work": true}, {"limited": true}, {"locked": true},
	] {
		_asked(_changed({}, _failed(1, 1, 0, 0, 0), {"site": site})) == _restore
	}
	every path in ["site/published_age_s", "site/rollback_id", "site"] {
		_asked(json.remove(_changed({}, _failed(1, 1, 0, 0, 0), {}), [path])) == _restore
	}
}

test_rolls_back_once_a_deploy_has_settled if {
	every age in [300, 301] {
		_asked(_changed({}, _failed(1, 1, 0, 0, 0), {"site": {"published_age_s": age, "blocked": "unknown"}})) == _rollback
	}
}

test_deploys_only_where_configured if {
	_asked_of(_changed({}, _failed(1, 1, 1, 0, 0), {}), _deploying) == _deploy
	_asked_of(_changed({}, _failed(1, 1, 1, 0, 0), {"site": {"functions_failing": [], "functions_lost": ["hello"]}}), _deploying) == _deploy
	_asked_of(_changed({}, _failed(1, 1, 1, 1, 0), {}), _deploying) == _restore
	_asked_of(_changed({}, _failed(1, 1, 1, 2, 0), {}), _deploying) == _restore
	_asked_of(_changed({}, _failed(1, 1, 0, 0, 0), {}), _deploying) == _rollback
	_asked_of(_changed({}, _failed(1, 1, 1, 0, 0), {}), object.union(_deploying, {"netlify": {"deploy": {"by": "none"}}})) == _restore
	every site in [{"blocked": "credits"}, {"in_work": true}, {"limited": true}, {"locked": true}, {"functions_failing": ["other"]}] {
		_asked_of(_changed({}, _failed(1, 1, 1, 0, 0), {"site": site}), _deploying) == _restore
	}
	_asked_of(json.remove(_changed({}, _failed(1, 1, 1, 0, 0), {}), ["site"]), _deploying) == _restore
}

test_restores_nothing_that_is_not_surely_there if {
	every restorable in ["no", "unknown"] {
		_asked(_changed({"restorable": restorable}, _failed(1, 1, 1, 0, 0), {})) == set()
	}
}

test_says_where_it_is_restored_from if {
	every from in ["1a2b3c", "git"] {
		some action in invalid.actions with input as _changed({"restore_from": from}, _failed(1, 1, 1, 0, 0), {}) with data.config as fixtures.config
		startswith(action.reason, sprintf("%s has a valid version; syntax: ", [from]))
	}
	some other in invalid.actions with input as _changed({}, _failed(1, 1, 1, 0, 0), {}) with data.config as fixtures.config
	startswith(other.reason, "git has a valid version")
}

test_tells_a_person_once_the_ladder_has_ended if {
	every attempts in [_failed(1, 1, 1, 0, 1), _failed(2, 2, 2, 2, 2)] {
		alerts := _alerts(_changed({}, attempts, {}))
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		contains(alert.reason, "nothing that rr may do is left")
	}
	count(_alerts(_changed({"restorable": "no"}, _failed(1, 1, 1, 0, 0), {}))) == 1
	count(invalid.alerts) == 0 with input as _changed({}, _failed(1, 1, 1, 0, 1), {}) with data.config as _deploying
}

test_says_that_it_cannot_tell_where_the_history_is_missing if {
	alerts := _alerts(_changed({"restorable": "unknown"}, _failed(1, 1, 1, 0, 0), {}))
	count(alerts) == 1
	some alert in alerts
	alert.exhausted == true
	alert.severity == "critical"
	contains(alert.reason, "cannot tell whether git holds a valid version")
}
