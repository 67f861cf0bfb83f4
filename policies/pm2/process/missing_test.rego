# METADATA
# title: tests of missing
package policies.pm2.process.missing_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.missing

_missing(dump, failed) := object.union(fixtures.process, {
	"process": {"state": "missing"},
	"parent": {"dump": dump},
	"attempts": {"pm2.resurrect": {"tried": failed, "failed": failed}},
})

_verbs(input_) := answer if {
	answer := {action.verb | some action in missing.actions} with input as input_ with data.config as fixtures.config
}

test_says_nothing_about_a_healthy_process if {
	count(missing.findings) == 0 with input as fixtures.process with data.config as fixtures.config
	count(missing.actions) == 0 with input as fixtures.process with data.config as fixtures.config
	count(missing.alerts) == 0 with input as fixtures.process with data.config as fixtures.config
}

test_finds_it_critical if {
	some finding in missing.findings with input as _missing("present", 0) with data.config as fixtures.config
	finding.score == 0
	finding.severity == "critical"
}

test_starts_it_from_the_dump_while_attempts_remain if {
	_verbs(_missing("present", 0)) == {"pm2.resurrect"}
	_verbs(_missing("present", 1)) == {"pm2.resurrect"}
}

test_does_nothing_more_after_the_last_attempt if _verbs(_missing("present", 2)) == set()

test_does_nothing_without_a_dump if {
	every dump in ["missing", "invalid", "unknown"] {
		_verbs(_missing(dump, 0)) == set()
	}
}

test_tells_a_person_what_to_do_without_a_dump if {
	some alert in missing.alerts with input as _missing("invalid", 0) with data.config as fixtures.config
	contains(alert.reason, "its dump is invalid: start it with pm2 start")
	not alert.exhausted
}

test_tells_a_person_after_the_last_attempt if {
	some alert in missing.alerts with input as _missing("present", 2) with data.config as fixtures.config
	alert.exhausted == true
}

test_tells_nobody_before_the_last_attempt if {
	count(missing.alerts) == 0 with input as _missing("present", 1) with data.config as fixtures.config
}
