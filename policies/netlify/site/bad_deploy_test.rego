# METADATA
# title: tests of bad_deploy
package policies.netlify.site.bad_deploy_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.bad_deploy

_bad := {"functions_failing": ["hello"], "probes_failing": 1}

_changed(site, attempts) := object.union(fixtures.site, {"site": object.union(_bad, site), "attempts": {"netlify.restore_deploy": attempts}})

_findings(site, attempts) := answer if {
	answer := bad_deploy.findings with input as _changed(site, attempts) with data.config as fixtures.config
}

_verbs(site, attempts) := answer if {
	answer := {action.verb | some action in bad_deploy.actions} with input as _changed(site, attempts) with data.config as fixtures.config
}

_alerts(site, attempts) := answer if {
	answer := bad_deploy.alerts with input as _changed(site, attempts) with data.config as fixtures.config
}

_well := {"functions_failing": [], "probes_failing": 0}

_over := {"tried": 1, "failed": 1}

test_says_nothing_about_a_deploy_that_is_well if {
	every site in [_well, object.union(_well, {"functions_missing": ["hello"]}), object.union(_well, {"latest_state": "error", "streak": 5})] {
		every age in [10, 86400] {
			aged := object.union(site, {"published_age_s": age})
			count(_findings(aged, {})) == 0
			_verbs(aged, {}) == set()
			count(_alerts(aged, _over)) == 0
		}
	}
}

test_finds_one_critical_that_answers_wrongly_or_has_lost_a_function if {
	some failing in _findings({}, {})
	failing.score == 20
	failing.severity == "critical"
	failing.reason == "the published deploy is bad: answering wrongly: hello"
	failing.in_work == false
	some lost in _findings(object.union(_well, {"functions_lost": ["b", "a"]}), {})
	lost.score == 20
	lost.reason == "the published deploy is bad: lost: a, b"
	some both in _findings({"functions_lost": ["a"]}, {})
	both.reason == "the published deploy is bad: answering wrongly: hello; lost: a"
	count(_findings({"functions_lost": ["a"]}, {})) == 1
}

test_rolls_it_back if {
	_verbs({}, {}) == {"netlify.restore_deploy"}
	_verbs(object.union(_well, {"functions_lost": ["a"]}), {}) == {"netlify.restore_deploy"}
	_verbs({"blocked": "unknown"}, {}) == {"netlify.restore_deploy"}
	count(_alerts({}, {})) == 0
}

test_rolls_back_once_an_incident if {
	_verbs({}, _over) == set()
	_verbs({}, {"tried": 2, "failed": 2}) == set()
}

test_concludes_nothing_within_the_settle_time_of_a_deploy if {
	every age in [0, 299] {
		findings := _findings({"published_age_s": age}, {})
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		finding.in_work == true
		_verbs({"published_age_s": age}, {}) == set()
		count(_alerts({"published_age_s": age, "locked": true}, _over)) == 0
	}
	every age in [300, 301] {
		findings := _findings({"published_age_s": age}, {})
		count(findings) == 1
		some finding in findings
		finding.score == 20
		_verbs({"published_age_s": age}, {}) == {"netlify.restore_deploy"}
		count(_alerts({"published_age_s": age}, _over)) == 1
	}
}

test_shows_it_and_does_nothing_where_its_age_is_not_known if {
	unknown := json.remove(_changed({}, {}), ["site/published_age_s"])
	some finding in bad_deploy.findings with input as unknown with data.config as fixtures.config
	finding.score == 20
	count(bad_deploy.actions) == 0 with input as unknown with data.config as fixtures.config
}

test_concludes_nothing_from_probes_that_get_no_answer if {
	silent := {"functions_failing": [], "probes_failing": 2}
	findings := _findings(silent, {})
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	startswith(finding.reason, "probes that get no answer at all: 2;")
	_verbs(silent, {}) == set()
	count(_alerts(silent, _over)) == 0
	count(_findings({"probes_failing": 2}, {})) == 2
}

test_does_nothing_while_something_forbids_it if {
	every site in [{"in_work": true}, {"limited": true}, {"blocked": "credits"}] {
		_verbs(site, {}) == set()
		count(_alerts(site, {})) == 0
	}
}

test_leaves_what_an_invalid_source_has_hurt_to_its_function if {
	every site in [{"functions_invalid": ["hello"]}, object.union(_well, {"functions_lost": ["a"], "functions_invalid": ["a", "b"]})] {
		count(_findings(site, {})) == 1
		_verbs(site, {}) == set()
		count(_alerts(site, _over)) == 0
		count(_alerts(object.union(site, {"locked": true}), {})) == 0
	}
	_verbs({"functions_invalid": ["other"]}, {}) == {"netlify.restore_deploy"}
	_verbs({"functions_lost": ["a"], "functions_invalid": ["hello"]}, {}) == {"netlify.restore_deploy"}
}

test_says_why_it_is_not_rolled_back if {
	every case in [
		[{"locked": true}, {}, "a person pinned"], [{"unpublished": "64f1"}, {}, "rolled back already"],
		[{"rollback_id": ""}, {}, "no older one"], [{}, _over, "did not help"], [{}, {"tried": 2, "failed": 2}, "did not help"],
		[{"locked": true, "unpublished": "64f1", "rollback_id": ""}, _over, "a person pinned"],
	] {
		_verbs(case[0], case[1]) == set()
		alerts := _alerts(case[0], case[1])
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		contains(alert.reason, case[2])
		contains(alert.reason, "shop-acme is bad: answering wrongly: hello;")
	}
	none := json.remove(_changed({}, {}), ["site/rollback_id"])
	count(bad_deploy.alerts) == 1 with input as none with data.config as fixtures.config
	count(bad_deploy.actions) == 0 with input as none with data.config as fixtures.config
}

test_waits_until_it_is_known_whether_a_rollback_helped if {
	some finding in _findings({"unpublished": "64f1"}, {"tried": 1, "pending": 1})
	finding.in_work == true
	count(_alerts({"unpublished": "64f1"}, {"tried": 1, "pending": 1})) == 0
}
