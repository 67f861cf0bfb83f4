# METADATA
# title: tests of starved
package policies.github.runs.starved_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.starved

_input(yes) := object.union(fixtures.runs, {"runs": {"starved": yes}})

test_says_nothing_about_a_run_that_a_runner_took if {
	count(starved.findings) == 0 with input as _input(false)
	count(starved.alerts) == 0 with input as _input(false)
}

test_tells_a_person_of_one_that_no_runner_took if {
	some finding in starved.findings with input as _input(true)
	finding.score == 60
	finding.severity == "warning"
	some alert in starved.alerts with input as _input(true)
	alert.severity == "warning"
	contains(alert.reason, "ci.yml")
}
