# METADATA
# title: tests of unproven
package policies.backup.set.unproven_test

import data.policies.backup.set.unproven
import data.policies.fixtures.backup as fixtures

_scores(facts) := scores if {
	scores := {finding.score | some finding in unproven.findings} with input as object.union(fixtures.set, {"set": facts})
		with data.config as fixtures.config
}

_alerts(verb) := number if {
	failed := object.union(fixtures.set, {"attempts": {verb: {"failed": 1}}})
	number := count(unproven.alerts) with input as failed with data.config as fixtures.config
}

test_what_was_read_and_practised_is_proven if _scores({}) == set()

test_not_read_for_long_is_a_warning if {
	_scores({"last_verify_age_s": 50400}) == set()
	_scores({"last_verify_age_s": 50401}) == {65}
	_scores({"last_verify_age_s": 50401, "backups": 0}) == set()
}

test_not_practised_for_long_is_a_warning if {
	_scores({"last_drill_age_s": 180000}) == set()
	_scores({"last_drill_age_s": 180001}) == {65}
}

test_without_a_key_it_is_told_and_no_drill_missed if {
	_scores({"last_drill_age_s": 180001, "openable": "no"}) == {100}
}

test_a_person_is_told_of_a_failure if {
	_alerts("backup.verify") == 1
	_alerts("backup.drill") == 1
	_alerts("backup.prune") == 1
	_alerts("backup.create") == 0
}
