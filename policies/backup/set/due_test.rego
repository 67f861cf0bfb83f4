# METADATA
# title: tests of due
package policies.backup.set.due_test

import data.policies.backup.set.due
import data.policies.fixtures.backup as fixtures

_verbs(facts) := verbs if {
	verbs := {action.verb | some action in due.actions} with input as object.union(fixtures.set, {"set": facts})
		with data.config as fixtures.config
}

test_nothing_is_due_right_after_everything if _verbs({}) == set()

test_the_first_backup_is_due_at_once if {
	_verbs({"state": "missing", "backups": 0}) == {"backup.create"}
}

test_a_backup_is_due_at_its_time if {
	_verbs({"last_try_age_s": 899}) == set()
	_verbs({"last_try_age_s": 900}) == {"backup.create"}
	_verbs({"last_try_age_s": 900, "state": "invalid"}) == {"backup.create"}
}

test_a_damaged_one_is_replaced_at_once if _verbs({"state": "damaged"}) == {"backup.create"}

test_nothing_is_backed_up_where_nothing_is_or_may if {
	_verbs({"last_try_age_s": 9000, "state": "empty"}) == set()
	_verbs({"last_try_age_s": 9000, "state": "refused"}) == set()
}

test_a_mirror_that_is_behind_is_brought_up_to_date if {
	_verbs({"mirror": "behind"}) == {"backup.create"}
	_verbs({"mirror": "missing"}) == set()
}

test_all_are_read_again_at_their_time if {
	_verbs({"last_verify_age_s": 21599}) == set()
	_verbs({"last_verify_age_s": 21600}) == {"backup.verify"}
	_verbs({"last_verify_age_s": 21600, "backups": 0}) == set()
}

test_a_drill_is_due_at_its_time_and_where_there_never_was_one if {
	_verbs({"last_drill_age_s": 86399}) == set()
	_verbs({"last_drill_age_s": 86400}) == {"backup.drill"}
	_never == {"backup.drill"}
}

test_no_drill_without_a_key_or_of_a_damaged_one if {
	_verbs({"last_drill_age_s": 86400, "openable": "no"}) == set()
	_verbs({"last_drill_age_s": 86400, "state": "damaged"}) == {"backup.create"}
}

_never := verbs if {
	without := object.union(object.remove(fixtures.set, ["set"]), {"set": object.remove(fixtures.set.set, ["last_drill_age_s"])})
	verbs := {action.verb | some action in due.actions} with input as without with data.config as fixtures.config
}

test_what_keep_lets_go_is_pruned if _verbs({"prunable": 1}) == {"backup.prune"}
