# METADATA
# title: tests of dead
package policies.pm2.daemon.dead_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.dead

_dead(dump, failed) := object.union(fixtures.daemon, {
	"daemon": {"state": "dead", "dump": dump, "restorable": "no"},
	"attempts": {"pm2.resurrect": {"tried": failed, "failed": failed}},
})

# _with_a_backup is one of which a backup holds another dump.
_with_a_backup(dump, failed, restored) := object.union(_dead(dump, failed), {
	"daemon": {"restorable": "yes"},
	"attempts": {"pm2.restore_dump": {"tried": restored, "failed": restored}},
})

_verbs(input_) := {action.verb | some action in _actions(input_)}

_actions(input_) := answer if {
	answer := dead.actions with input as input_ with data.config as fixtures.config
}

_alerts(input_) := answer if {
	answer := dead.alerts with input as input_ with data.config as fixtures.config
}

test_says_nothing_about_a_daemon_that_is_not_dead if {
	every state in ["serving", "absent", "stuck", "foreign"] {
		living := object.union(_dead("present", 2), {"daemon": {"state": state}})
		count(dead.findings) == 0 with input as living
		count(_actions(object.union(living, {"attempts": fixtures.daemon.attempts}))) == 0
		count(_alerts(living)) == 0
		count(_alerts(object.union(_dead("missing", 0), {"daemon": {"state": state}}))) == 0
	}
}

test_finds_it_critical if {
	some finding in dead.findings with input as _dead("present", 0)
	finding.score == 0
	finding.severity == "critical"
}

test_brings_it_back_once_it_has_been_dead_for_long if {
	some action in _actions(_dead("present", 0))
	action.verb == "pm2.resurrect"
	action.for_s == 10
}

test_brings_it_back_while_attempts_remain if {
	count(_actions(_dead("present", 1))) == 1
	count(_actions(_dead("present", 2))) == 0
}

test_does_nothing_without_a_dump_and_without_a_backup if {
	every dump in ["missing", "invalid", "unknown"] {
		count(_actions(_dead(dump, 0))) == 0
	}
}

test_tells_a_person_what_to_do_without_a_dump if {
	some alert in _alerts(_dead("missing", 0))
	contains(alert.reason, "its dump is missing and no backup holds a good one: start its processes with pm2 start")
	not alert.exhausted
	count(_alerts(_dead("missing", 2))) == 1
}

test_does_not_call_backups_empty_that_it_could_not_read if {
	some alert in _alerts(object.union(_dead("missing", 0), {"daemon": {"restorable": "unknown"}}))
	contains(alert.reason, "whether a backup holds a good one cannot be told")
}

test_tells_a_person_after_the_last_attempt if {
	some alert in _alerts(_dead("present", 2))
	alert.exhausted == true
}

test_tells_nobody_before_the_last_attempt if count(_alerts(_dead("present", 1))) == 0

test_restores_a_dump_that_is_lost if {
	every dump in ["missing", "invalid"] {
		_verbs(_with_a_backup(dump, 0, 0)) == {"pm2.restore_dump"}
		count(_alerts(_with_a_backup(dump, 0, 0))) == 0
	}
	some action in _actions(_with_a_backup("invalid", 0, 0))
	action.for_s == 10
	action.reason == "PM2 crashed and its dump is invalid"
}

test_restores_a_dump_that_did_not_bring_it_back if {
	_verbs(_with_a_backup("present", 1, 0)) == {"pm2.resurrect"}
	_verbs(_with_a_backup("present", 2, 0)) == {"pm2.restore_dump"}
	count(_alerts(_with_a_backup("present", 2, 0))) == 0
}

test_restores_nothing_over_a_dump_that_it_cannot_see if {
	_verbs(_with_a_backup("unknown", 2, 0)) == set()
	count(_alerts(_with_a_backup("unknown", 2, 0))) == 1
}

test_restores_nothing_under_a_daemon_that_is_not_dead if {
	every state in ["serving", "absent", "stuck", "foreign"] {
		_verbs(object.union(_with_a_backup("invalid", 0, 0), {"daemon": {"state": state}})) == set()
	}
}

test_tells_a_person_after_the_last_restore if {
	every dump in ["present", "missing", "invalid"] {
		_verbs(_with_a_backup(dump, 2, 1)) == set()
		some alert in _alerts(_with_a_backup(dump, 2, 1))
		alert.exhausted == true
		contains(alert.reason, "neither did that of a backup, which is dump.pm2 now")
	}
}
