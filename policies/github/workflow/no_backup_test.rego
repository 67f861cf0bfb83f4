# METADATA
# title: tests of no_backup
package policies.github.workflow.no_backup_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.no_backup

_changed(workflow, attempts) := object.union(json.remove(fixtures.workflow, ["workflow/backed_up_by"]), {
	"workflow": workflow,
	"attempts": {"github.generate_backup": attempts},
})

_config(attempts, changes) := object.union(fixtures.config, {"github": {"changes": changes, "ladder": {"generate_backup": {"attempts": attempts}}}})

_findings(input_, attempts) := answer if {
	answer := no_backup.findings with input as input_ with data.config as _config(attempts, "leave")
}

_verbs(input_, config) := answer if {
	answer := {action.verb | some action in no_backup.actions} with input as input_ with data.config as config
}

_alerts(input_, config) := answer if {
	answer := no_backup.alerts with input as input_ with data.config as config
}

test_says_nothing_where_none_is_needed if {
	every other in [{"state": "invalid"}, {"state": "missing"}, {"generated": true}, {"backed_up_by": "rr-backup-ci.yml"}, {"triggers": []}, {"triggers": ["workflow_call"]}] {
		every attempts in [0, 1] {
			count(_findings(_changed(other, {}), attempts)) == 0
			_verbs(_changed(other, {}), _config(1, "leave")) == set()
			count(_alerts(_changed(other, {"tried": 1, "failed": 1}), _config(1, "leave"))) == 0
		}
	}
}

test_only_shows_it_by_default if {
	findings := _findings(_changed({}, {}), 0)
	count(findings) == 1
	some finding in findings
	finding.score == 100
	finding.severity == "info"
	_verbs(_changed({}, {}), fixtures.config) == set()
	count(_alerts(_changed({}, {}), fixtures.config)) == 0
}

test_warns_where_one_is_to_be_written if {
	findings := _findings(_changed({"triggers": ["push", "workflow_call"]}, {}), 1)
	count(findings) == 1
	some finding in findings
	finding.score == 70
	finding.severity == "warning"
}

test_writes_one_while_attempts_remain if {
	_verbs(_changed({}, {}), _config(1, "leave")) == {"github.generate_backup"}
	_verbs(_changed({}, {"tried": 1, "failed": 1}), _config(2, "leave")) == {"github.generate_backup"}
	_verbs(_changed({}, {"tried": 1, "failed": 1}), _config(1, "leave")) == set()
	_verbs(_changed({}, {"tried": 2, "failed": 2}), _config(1, "leave")) == set()
}

test_tells_a_person_after_the_last_attempt if {
	count(_alerts(_changed({}, {}), _config(1, "leave"))) == 0
	every failed in [1, 2] {
		some alert in _alerts(_changed({}, {"tried": failed, "failed": failed}), _config(1, "leave"))
		alert.exhausted == true
		alert.severity == "warning"
	}
}

test_waits_for_what_is_on_its_way_through_GitHub if {
	every changes in ["pull_request", "push"] {
		_verbs(_changed({}, {"tried": 1, "failed": 1}), _config(2, changes)) == set()
		_verbs(_changed({}, {"tried": 1, "failed": 1, "unfinished": 1}), _config(2, changes)) == {"github.generate_backup"}
		_verbs(_changed({}, {}), _config(2, changes)) == {"github.generate_backup"}
	}
}
