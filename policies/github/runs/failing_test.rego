# METADATA
# title: tests of failing
package policies.github.runs.failing_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.failing

_run := {
	"conclusion": "failure", "failure": "infrastructure", "failed_step": "test / Set up job", "rerun": "yes", "streak": 1,
	"run_attempt": 9, "job_attempt": 1, "run_age_s": 600, "backup_workflow": "rr-backup-ci.yml",
}

_changed(runs, attempts) := object.union(fixtures.runs, {"runs": object.union(_run, runs), "attempts": attempts})

_beside(runs, attempts, more) := object.union(_changed(runs, attempts), more)

_failed(rerun_failed, rerun, dispatch, backup) := {
	"github.rerun_failed": {"tried": rerun_failed, "failed": rerun_failed},
	"github.rerun": {"tried": rerun, "failed": rerun},
	"github.dispatch": {"tried": dispatch, "failed": dispatch},
	"github.dispatch_backup": {"tried": backup, "failed": backup},
}

# _ladder is every place in the ladder, from which every action and every alert
# may come.
_ladder := [{}, _failed(1, 0, 0, 0), _failed(1, 1, 0, 0), _failed(1, 1, 1, 0), _failed(1, 1, 1, 1)]

_issues := object.union(fixtures.config, {"github": {"issues": true}})

_rerun(which) := object.union(fixtures.config, {"github": {"runs": {"rerun": which}}})

_findings(input_) := answer if {
	answer := failing.findings with input as input_ with data.config as fixtures.config
}

_verbs_of(input_, config) := answer if {
	answer := {action.verb | some action in failing.actions} with input as input_ with data.config as config
}

_verbs(input_) := _verbs_of(input_, fixtures.config)

_alerts_of(input_, config) := answer if {
	answer := failing.alerts with input as input_ with data.config as config
}

_alerts(input_) := _alerts_of(input_, fixtures.config)

_exhausted(input_) if {
	some alert in _alerts(input_)
	alert.exhausted == true
}

test_says_nothing_about_a_workflow_that_does_not_fail if {
	every conclusion in ["none", "success", "cancelled", "action_required", "skipped", "neutral", "stale", "unknown"] {
		every failure in ["infrastructure", "deterministic", "unknown"] {
			every attempts in _ladder {
				other := _changed({"conclusion": conclusion, "failure": failure, "streak": 5, "backup_run_age_s": 60}, attempts)
				count(_findings(other)) == 0
				_verbs_of(other, _issues) == set()
				count(_alerts(other)) == 0
				count(_alerts(object.union(other, {"runs": {"run_age_s": 90000}}))) == 0
				count(_alerts(json.remove(other, ["runs/backup_run_age_s"]))) == 0
			}
		}
	}
}

test_warns_below_the_critical_streak_and_is_critical_from_it_on if {
	every conclusion in ["failure", "timed_out", "startup_failure"] {
		findings := _findings(_changed({"conclusion": conclusion, "streak": 2}, {}))
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		every streak in [3, 4] {
			worse := _findings(_changed({"conclusion": conclusion, "streak": streak}, {}))
			count(worse) == 1
			some bad in worse
			bad.score == 20
			bad.severity == "critical"
		}
	}
}

test_says_where_it_failed if {
	some finding in _findings(_changed({}, {}))
	finding.reason == "its newest run failed in test / Set up job, failed runs in a row: 1"
	some other in _findings(json.remove(_changed({"conclusion": "timed_out"}, {}), ["runs/failed_step"]))
	other.reason == "its newest run timed out, failed runs in a row: 1"
	some start in _findings(json.remove(_changed({"conclusion": "startup_failure"}, {}), ["runs/failed_step"]))
	start.reason == "GitHub could not start its newest run, failed runs in a row: 1"
}

test_has_not_failed_yet_while_a_run_is_in_work if {
	every streak in [1, 3] {
		every runs in [{"in_work": true}, {"backup_in_work": true}, {"active": 1}, {"in_work": true, "active": 2}] {
			some finding in _findings(_changed(object.union({"streak": streak}, runs), {}))
			finding.in_work == true
		}
		some at_rest in _findings(_changed({"streak": streak}, {}))
		at_rest.in_work == false
	}
}

test_climbs_one_rung_per_verified_failure if {
	_verbs(_changed({}, {})) == {"github.rerun_failed"}
	_verbs(_changed({}, _failed(1, 0, 0, 0))) == {"github.rerun"}
	_verbs(_changed({}, _failed(1, 1, 0, 0))) == {"github.dispatch"}
	_verbs(_changed({}, _failed(1, 1, 1, 0))) == {"github.dispatch_backup"}
	_verbs(_changed({}, _failed(1, 1, 1, 1))) == set()
	_verbs(_changed({}, _failed(2, 2, 2, 2))) == set()
}

test_takes_no_rung_before_those_below_it_have_failed if {
	_verbs(_changed({}, _failed(0, 1, 0, 0))) == {"github.rerun_failed"}
	_verbs(_changed({}, _failed(0, 0, 1, 0))) == {"github.rerun_failed"}
	_verbs(_changed({}, _failed(0, 1, 1, 1))) == {"github.rerun_failed"}
	_verbs(_changed({}, _failed(1, 0, 1, 1))) == {"github.rerun"}
	_verbs(_changed({}, _failed(1, 1, 0, 1))) == {"github.dispatch"}
	not _exhausted(_changed({}, _failed(0, 1, 1, 1)))
	not _exhausted(_changed({}, _failed(1, 0, 1, 1)))
	not _exhausted(_changed({}, _failed(1, 1, 0, 1)))
	not _exhausted(_changed({}, _failed(1, 1, 1, 0)))
}

test_runs_nothing_while_an_attempt_is_pending_or_a_run_in_work if {
	every attempts in _ladder {
		every verb in ["github.rerun_failed", "github.dispatch_backup", "github.open_issue"] {
			pending := _beside({}, attempts, {"attempts": {verb: {"pending": 1}}})
			_verbs_of(pending, _issues) == set()
			count(_alerts(pending)) == 0
		}
		every runs in [{"in_work": true}, {"backup_in_work": true}] {
			_verbs_of(_changed(runs, attempts), _issues) == set()
			count(_alerts(_changed(runs, attempts))) == 0
			count(_alerts(_changed(object.union(runs, {"rerun": "unknown"}), attempts))) == 0
		}
	}
}

test_runs_of_other_branches_do_not_keep_it_from_being_run_again if _verbs(_changed({"active": 3}, {})) == {"github.rerun_failed"}

test_tells_a_person_once_the_ladder_has_ended if {
	every attempts in [_failed(1, 1, 1, 1), _failed(2, 2, 2, 2)] {
		alerts := _alerts(_changed({}, attempts))
		count(alerts) == 1
		some alert in alerts
		alert.exhausted == true
		alert.severity == "critical"
		endswith(alert.reason, "https://github.com/acme/web/actions/runs/4242")
	}
	some other in _alerts(json.remove(_changed({}, _failed(1, 1, 1, 1)), ["runs/run_url"]))
	endswith(other.reason, "look at the runs of ci.yml")
}

test_tells_nobody_while_the_ladder_goes_on if {
	every attempts in [{}, _failed(1, 0, 0, 0), _failed(1, 1, 0, 0), _failed(1, 1, 1, 0)] {
		count(_alerts(_changed({}, attempts))) == 0
	}
}

test_opens_an_issue_once_and_only_where_configured_and_the_ladder_has_ended if {
	_verbs_of(_changed({}, _failed(1, 1, 1, 1)), _issues) == {"github.open_issue"}
	_verbs_of(_beside({}, _failed(1, 1, 1, 1), {"attempts": {"github.open_issue": {"tried": 1, "failed": 1}}}), _issues) == set()
	_verbs_of(_changed({}, _failed(1, 1, 1, 0)), _issues) == {"github.dispatch_backup"}
	_verbs_of(_changed({}, _failed(1, 1, 1, 1)), fixtures.config) == set()
}

test_leaves_out_what_cannot_be_started if {
	every dispatchable in ["no", "unknown"] {
		_verbs(_changed({"dispatchable": dispatchable}, _failed(1, 1, 0, 0))) == {"github.dispatch_backup"}
	}
	alone := json.remove(_changed({}, _failed(1, 1, 1, 0)), ["runs/backup_workflow"])
	_verbs(alone) == set()
	_exhausted(alone)
	neither := json.remove(_changed({"dispatchable": "no"}, _failed(1, 1, 0, 0)), ["runs/backup_workflow"])
	_verbs(neither) == set()
	_exhausted(neither)
}

test_leaves_out_a_rung_without_attempts if {
	verbs := {action.verb | some action in failing.actions} with input as _changed({}, {})
		with data.config as fixtures.config
		with data.config.github.ladder.rerun_failed.attempts as 0
	verbs == {"github.rerun"}
}

test_does_not_run_a_job_again_that_has_had_its_attempts if {
	_verbs(_changed({"job_attempt": 2}, {})) == {"github.rerun_failed"}
	_verbs(_changed({"job_attempt": 2}, _failed(1, 0, 0, 0))) == {"github.rerun"}
	every attempt in [3, 4] {
		_verbs(_changed({"job_attempt": attempt}, {})) == {"github.dispatch"}
		_verbs(_changed({"job_attempt": attempt}, _failed(1, 0, 0, 0))) == {"github.dispatch"}
	}
}

test_does_not_run_again_what_GitHub_would_not if {
	every rerun in ["too_old", "too_often", "no"] {
		_verbs(_changed({"rerun": rerun}, {})) == {"github.dispatch"}
		_verbs(_changed({"rerun": rerun}, _failed(1, 0, 0, 0))) == {"github.dispatch"}
		_exhausted(_changed({"rerun": rerun}, _failed(0, 0, 1, 1)))
	}
}

test_says_that_it_cannot_tell_whether_it_may_be_run_again if {
	every attempts in [{}, _failed(1, 0, 0, 0), _failed(0, 1, 1, 1)] {
		every unknown in [_changed({"rerun": "unknown"}, attempts), json.remove(_changed({}, attempts), ["runs/job_attempt"])] {
			_verbs_of(unknown, _issues) == set()
			alerts := _alerts(unknown)
			count(alerts) == 1
			some alert in alerts
			alert.severity == "warning"
			object.get(alert, "exhausted", false) == false
			contains(alert.reason, "cannot tell whether it may be run again")
		}
	}
	count(_alerts(_changed({"rerun": "unknown"}, _failed(1, 1, 0, 0)))) == 0
	_verbs(_changed({"rerun": "unknown"}, _failed(1, 1, 0, 0))) == {"github.dispatch"}
	count(_alerts(json.remove(_changed({"rerun": "no"}, {}), ["runs/job_attempt"]))) == 0
}

test_runs_all_jobs_of_what_did_not_start_since_none_failed if {
	start := {"conclusion": "startup_failure", "run_attempt": 1}
	_verbs(json.remove(_changed(start, {}), ["runs/job_attempt"])) == {"github.rerun"}
	_verbs(_changed(object.union(start, {"run_attempt": 2, "job_attempt": 9}), {})) == {"github.rerun"}
	_verbs(_changed(object.union(start, {"run_attempt": 3}), {})) == {"github.dispatch"}
	_verbs(_changed(start, _failed(0, 1, 0, 0))) == {"github.dispatch"}
	some alert in _alerts(json.remove(_changed(start, {}), ["runs/run_attempt"]))
	contains(alert.reason, "cannot tell")
}

test_runs_again_only_what_looks_like_infrastructure_or_is_flaky if {
	every failure in ["infrastructure", "flaky"] {
		_verbs(_changed({"failure": failure}, {})) == {"github.rerun_failed"}
		_verbs_of(_changed({"failure": failure}, {}), _rerun("any")) == {"github.rerun_failed"}
		_verbs_of(_changed({"failure": failure}, {}), _rerun("none")) == set()
	}
	every failure in ["unknown", "none"] {
		_verbs(_changed({"failure": failure}, {})) == set()
	}
	_verbs_of(_changed({"failure": "unknown"}, {}), _rerun("any")) == {"github.rerun_failed"}
}

test_never_runs_again_what_fails_the_same_way_each_time if {
	every which in ["infrastructure", "any", "none"] {
		every attempts in _ladder {
			_verbs_of(_changed({"failure": "deterministic", "streak": 3}, attempts), _rerun(which)) == set()
		}
	}
}

test_tells_a_person_at_once_of_what_fails_the_same_way_each_time if {
	every which in ["infrastructure", "any", "none"] {
		alerts := _alerts_of(_changed({"failure": "deterministic", "streak": 2}, {}), _rerun(which))
		count(alerts) == 1
		some alert in alerts
		alert.severity == "warning"
		contains(alert.reason, "the same way each time")
		worse := _alerts_of(_changed({"failure": "deterministic", "streak": 3}, {}), _rerun(which))
		count(worse) == 1
		some critical in worse
		critical.severity == "critical"
	}
}

test_tells_a_person_of_what_it_does_not_run_again_once_it_has_failed_often if {
	every streak in [3, 4] {
		alerts := _alerts(_changed({"failure": "unknown", "streak": streak}, {}))
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "rerun: \"infrastructure\" does not run it again")
		count(_alerts_of(_changed({"failure": "infrastructure", "streak": streak}, {}), _rerun("none"))) == 1
	}
	count(_alerts(_changed({"failure": "unknown", "streak": 2}, {}))) == 0
	count(_alerts_of(_changed({"failure": "unknown", "streak": 3}, {}), _rerun("any"))) == 0
}

test_leaves_alone_what_failed_long_ago_and_says_so if {
	_verbs(_changed({"run_age_s": 86399}, {})) == {"github.rerun_failed"}
	_verbs(_changed({"run_age_s": 86400}, {})) == {"github.rerun_failed"}
	count(_alerts(_changed({"run_age_s": 86400}, {}))) == 0
	every attempts in _ladder {
		_verbs_of(_changed({"run_age_s": 86401}, attempts), _issues) == set()
		alerts := _alerts(_changed({"run_age_s": 86401}, attempts))
		count(alerts) == 1
		some alert in alerts
		alert.severity == "warning"
		contains(alert.reason, "too long ago")
	}
	count(_alerts(_changed({"run_age_s": 86401, "failure": "unknown"}, {}))) == 0
	some critical in _alerts(_changed({"run_age_s": 86401, "streak": 3}, {}))
	critical.severity == "critical"
}

test_does_nothing_where_its_age_is_not_known if {
	unknown := json.remove(_changed({}, {}), ["runs/run_age_s"])
	_verbs(unknown) == set()
	count(_findings(unknown)) == 1
	count(_findings(object.union(unknown, {"runs": {"backup_run_age_s": 1}}))) == 1
	some finding in _findings(object.union(unknown, {"runs": {"backup_run_age_s": 1}}))
	finding.score == 60
}

test_does_nothing_while_something_forbids_it if {
	every attempts in _ladder {
		every runs in [
			{"definition": "invalid"}, {"definition": "missing"}, {"file_rejected": "yes"},
			{"state": "disabled_manually"}, {"state": "disabled_inactivity"}, {"state": "deleted"}, {"state": "unknown"},
		] {
			_verbs_of(_changed(runs, attempts), _issues) == set()
			count(_alerts(_changed(runs, attempts))) == 0
			count(_alerts(_changed(object.union(runs, {"rerun": "unknown"}), attempts))) == 0
		}
		every more in [
			{"parent": {"outage": "yes"}}, {"parent": {"limited": "primary"}}, {"parent": {"limited": "secondary"}},
			{"parent": {"state": "archived"}}, {"parent": {"actions": "disabled"}}, {"peers": {"startup_failure": 3, "total": 6}},
		] {
			_verbs_of(_beside({}, attempts, more), _issues) == set()
			count(_alerts(_beside({}, attempts, more))) == 0
		}
	}
}

test_acts_where_it_is_only_unknown if {
	every runs in [{"definition": "unknown"}, {"file_rejected": "unknown"}] {
		_verbs(_changed(runs, {})) == {"github.rerun_failed"}
	}
	every more in [{"parent": {"outage": "unknown"}}, {"parent": {"actions": "unknown"}}, {"peers": {"startup_failure": 2, "total": 2}}] {
		_verbs(_beside({}, {}, more)) == {"github.rerun_failed"}
	}
}

test_leaves_to_startup_failure_what_GitHub_is_out_for if {
	out := _beside({"conclusion": "startup_failure", "streak": 5, "failure": "deterministic"}, {}, {"parent": {"outage": "yes"}})
	count(_findings(out)) == 0
	count(_alerts(out)) == 0
	count(_findings(_beside({}, {}, {"parent": {"outage": "yes"}}))) == 1
}

test_is_content_once_another_one_stood_in_for_it if {
	every attempts in _ladder {
		stood := _changed({"streak": 5, "backup_run_age_s": 599}, attempts)
		findings := _findings(stood)
		count(_findings(object.union(stood, {"runs": {"streak": 1}}))) == 1
		count(findings) == 1
		some finding in findings
		finding.score == 80
		finding.severity == "warning"
		endswith(finding.reason, "; rr-backup-ci.yml has succeeded since")
		_verbs_of(stood, _issues) == set()
		count(_alerts(stood)) == 0
		count(_alerts(object.union(stood, {"runs": {"failure": "deterministic"}}))) == 0
		count(_alerts(object.union(stood, {"runs": {"failure": "unknown"}}))) == 0
		count(_alerts(object.union(stood, {"runs": {"run_age_s": 90000}}))) == 0
	}
	_verbs(_changed({"backup_run_age_s": 600}, {})) == {"github.rerun_failed"}
	some unnamed in _findings(json.remove(_changed({"backup_run_age_s": 1}, {}), ["runs/backup_workflow"]))
	endswith(unnamed.reason, "; its backup has succeeded since")
}
