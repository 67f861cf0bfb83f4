# METADATA
# title: tests of missing
package policies.pm2.process.missing_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.missing

_missing(in_ecosystem, saved, dump) := object.union(fixtures.process, {
	"process": {"state": "missing", "in_ecosystem": in_ecosystem, "saved": saved},
	"parent": {"dump": dump},
})

_after(input_, starts, resurrects) := object.union(input_, {"attempts": {
	"pm2.start_ecosystem": {"tried": starts, "failed": starts},
	"pm2.resurrect": {"tried": resurrects, "failed": resurrects},
}})

_findings(input_) := answer if {
	answer := missing.findings with input as input_ with data.config as fixtures.config
}

_verbs(input_) := answer if {
	answer := {action.verb | some action in missing.actions} with input as input_ with data.config as fixtures.config
}

_alerts(input_) := answer if {
	answer := missing.alerts with input as input_ with data.config as fixtures.config
}

_exhausted(input_) if {
	some alert in _alerts(input_)
	alert.exhausted == true
}

test_says_nothing_about_a_process_that_is_there if {
	every state in ["online", "stopped", "errored", "phantom"] {
		every cause in ["none", "cwd_missing"] {
			there := object.union(_missing("no", "no", "missing"), {"process": {"state": state, "cause": cause}})
			count(_findings(there)) == 0
			count(_alerts(there)) == 0
			_verbs(object.union(there, {"process": {"in_ecosystem": "yes"}})) == set()
			_verbs(object.union(there, {"process": {"saved": "yes"}})) == set()
			count(_alerts(_after(object.union(there, {"process": {"saved": "yes"}}), 1, 2))) == 0
		}
	}
}

test_says_nothing_about_one_that_is_to_be_stopped if {
	stopped := object.union(_missing("yes", "yes", "present"), {"process": {"wanted": "stopped"}})
	unheld := object.union(stopped, {"process": {"in_ecosystem": "no", "saved": "no"}})
	every cause in ["none", "cwd_missing"] {
		count(_findings(object.union(stopped, {"process": {"cause": cause}}))) == 0
		count(_alerts(_after(object.union(stopped, {"process": {"cause": cause}}), 1, 2))) == 0
		count(_alerts(object.union(unheld, {"process": {"cause": cause}}))) == 0
	}
	_verbs(stopped) == set()
	_verbs(_after(stopped, 1, 0)) == set()
}

test_finds_it_critical if {
	every wanted in ["running", "either"] {
		findings := _findings(object.union(_missing("yes", "yes", "present"), {"process": {"wanted": wanted}}))
		count(findings) == 1
		some finding in findings
		finding.score == 0
		finding.severity == "critical"
		object.get(finding, "cause", "") == ""
	}
}

test_starts_it_from_its_ecosystem_file_first if {
	every saved in ["yes", "no", "unknown"] {
		_verbs(_missing("yes", saved, "present")) == {"pm2.start_ecosystem"}
	}
}

test_starts_it_from_the_dump_once_that_has_failed if {
	_verbs(_after(_missing("yes", "yes", "present"), 1, 0)) == {"pm2.resurrect"}
	_verbs(_after(_missing("yes", "yes", "present"), 1, 1)) == {"pm2.resurrect"}
	_verbs(_after(_missing("yes", "yes", "present"), 1, 2)) == set()
}

test_starts_it_from_the_dump_where_no_ecosystem_file_names_it if {
	every in_ecosystem in ["no", "unknown"] {
		_verbs(_missing(in_ecosystem, "yes", "present")) == {"pm2.resurrect"}
	}
}

test_starts_it_from_a_dump_that_may_hold_it if {
	_verbs(_missing("no", "unknown", "present")) == {"pm2.resurrect"}
	every dump in ["missing", "invalid", "unknown"] {
		_verbs(_missing("no", "unknown", dump)) == set()
	}
}

test_does_not_start_it_from_a_dump_that_does_not_hold_it if {
	_verbs(_missing("no", "no", "present")) == set()
	_verbs(_after(_missing("yes", "no", "present"), 1, 0)) == set()
}

test_does_not_climb_while_an_attempt_is_pending if {
	pending := object.union(
		_missing("yes", "yes", "present"),
		{"attempts": {"pm2.start_ecosystem": {"tried": 1, "pending": 1}}},
	)
	_verbs(pending) == {"pm2.start_ecosystem"}
}

test_leaves_out_a_rung_without_attempts if {
	verbs := {action.verb | some action in missing.actions} with input as _missing("yes", "yes", "present")
		with data.config as fixtures.config
		with data.config.pm2.ladder.start_ecosystem.attempts as 0
	verbs == {"pm2.resurrect"}
}

test_tells_a_person_what_to_do_where_nothing_holds_it if {
	every in_ecosystem in ["no", "unknown"] {
		count(_alerts(_missing(in_ecosystem, "no", "present"))) == 1
		some alert in _alerts(_missing(in_ecosystem, "no", "present"))
		contains(alert.reason, "its dump (present) nor a backup of that holds it: start it with pm2 start")
		object.get(alert, "exhausted", false) == false
		some invalid in _alerts(_missing(in_ecosystem, "unknown", "invalid"))
		contains(invalid.reason, "its dump (invalid)")
	}
}

test_tells_a_person_after_the_last_attempt if {
	_exhausted(_after(_missing("yes", "yes", "present"), 1, 2))
	_exhausted(_after(_missing("yes", "no", "present"), 1, 0))
	_exhausted(_after(_missing("no", "yes", "present"), 0, 2))
	_exhausted(_after(_missing("no", "unknown", "present"), 0, 2))
}

test_tells_nobody_before_the_last_attempt if {
	count(_alerts(_after(_missing("yes", "yes", "present"), 1, 1))) == 0
	count(_alerts(_after(_missing("yes", "yes", "present"), 0, 2))) == 0
	count(_alerts(_after(_missing("yes", "no", "present"), 0, 0))) == 0
	count(_alerts(_after(_missing("no", "yes", "present"), 0, 1))) == 0
}

test_names_the_cause_and_starts_nothing_while_it_lasts if {
	gone := object.union(
		_missing("yes", "yes", "present"),
		{"process": {"cause": "script_missing", "cause_path": "/srv/api/server.js"}},
	)
	findings := _findings(gone)
	count(findings) == 1
	some finding in findings
	finding.cause == "script_missing /srv/api/server.js"
	finding.score == 0
	_verbs(gone) == set()
	_verbs(_after(gone, 1, 0)) == set()
	alerts := _alerts(_after(gone, 1, 2))
	count(alerts) == 1
	some alert in alerts
	contains(alert.reason, "its script /srv/api/server.js is gone: put it back")
	count(_alerts(object.union(gone, {"process": {"in_ecosystem": "no", "saved": "no"}}))) == 1
}

# _restorable is one that a backup holds.
_restorable(input_, restores) := object.union(input_, {
	"process": {"restorable": "yes"},
	"attempts": {"pm2.restore_app": {"tried": restores, "failed": restores}},
})

test_restores_what_only_a_backup_holds if {
	every in_ecosystem in ["no", "unknown"] {
		lost := _restorable(_missing(in_ecosystem, "no", "present"), 0)
		_verbs(lost) == {"pm2.restore_app"}
		count(_alerts(lost)) == 0
	}
}

test_restores_it_once_its_file_and_its_dump_have_failed if {
	both := _restorable(_missing("yes", "yes", "present"), 0)
	_verbs(both) == {"pm2.start_ecosystem"}
	_verbs(_after(both, 1, 1)) == {"pm2.resurrect"}
	_verbs(_after(both, 1, 2)) == {"pm2.restore_app"}
	_verbs(_after(both, 0, 2)) == {"pm2.start_ecosystem"}
	_verbs(_after(_restorable(_missing("yes", "no", "present"), 0), 1, 0)) == {"pm2.restore_app"}
	count(_alerts(_after(both, 1, 2))) == 0
}

test_restores_it_only_from_a_backup_that_there_is if {
	every restorable in ["no", "unknown"] {
		lost := object.union(_missing("no", "no", "present"), {"process": {"restorable": restorable}})
		_verbs(lost) == set()
		count(_alerts(lost)) == 1
	}
}

test_tells_a_person_after_the_last_restore if {
	spent := _restorable(_missing("no", "no", "present"), 1)
	_verbs(spent) == set()
	_exhausted(spent)
	count(_alerts(spent)) == 1
	_exhausted(_restorable(_after(_missing("yes", "yes", "present"), 1, 2), 1))
}

test_restores_nothing_that_is_there_or_is_to_be_stopped_or_could_not_run if {
	lost := _restorable(_missing("no", "no", "present"), 0)
	every change in [{"state": "online"}, {"state": "stopped"}, {"wanted": "stopped"}, {"cause": "cwd_missing"}] {
		_verbs(object.union(lost, {"process": change})) == set()
		count([alert | some alert in _alerts(object.union(lost, {"process": change})); alert.exhausted]) == 0
	}
}
