# METADATA
# title: tests of stale
package policies.backup.set.stale_test

import data.policies.backup.set.stale
import data.policies.fixtures.backup as fixtures

_scores(facts) := scores if {
	scores := {finding.score | some finding in stale.findings} with input as object.union(fixtures.set, {"set": facts})
		with data.config as fixtures.config
}

_told(facts, failed) := told if {
	facing := object.union(fixtures.set, {"set": facts, "attempts": {"backup.create": {"failed": failed}}})
	told := {alert.severity | some alert in stale.alerts} with input as facing with data.config as fixtures.config
}

test_a_set_that_is_backed_up_is_healthy if _scores({}) == set()

test_a_set_without_any_is_a_warning if {
	_scores({"state": "missing"}) == {70}
	_scores({"state": "invalid", "backups": 0, "problem": "ci.yml: 3:1: no jobs"}) == {70}
}

test_what_is_invalid_now_is_told_and_left_to_its_own_policies if _scores({"state": "invalid"}) == {90}

test_an_old_one_is_a_warning if {
	_scores({"last_good_age_s": 8100}) == set()
	_scores({"last_good_age_s": 8101}) == {60}
}

test_a_person_is_told_when_the_rungs_are_used_up if {
	_told({}, 2) == set()
	_told({}, 3) == {"critical"}
}

test_a_person_is_told_when_it_stays_old if {
	_told({"last_good_age_s": 15300}, 0) == set()
	_told({"last_good_age_s": 15301}, 0) == {"warning"}
}
