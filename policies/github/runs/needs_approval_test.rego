# METADATA
# title: tests of needs_approval
package policies.github.runs.needs_approval_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.needs_approval

_input(yes) := object.union(fixtures.runs, {"runs": {"needs_approval": yes}})

test_says_nothing_about_a_run_that_waits_for_nobody if {
	count(needs_approval.findings) == 0 with input as _input(false)
	count(needs_approval.alerts) == 0 with input as _input(false)
}

test_tells_a_person_of_one_that_waits_for_a_person if {
	some finding in needs_approval.findings with input as _input(true)
	finding.score == 70
	finding.severity == "warning"
	some alert in needs_approval.alerts with input as _input(true)
	alert.severity == "warning"
	contains(alert.reason, "ci.yml")
}
