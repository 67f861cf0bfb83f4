# METADATA
# title: tests of rejected
package policies.github.runs.rejected_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.rejected

_input(yes) := object.union(fixtures.runs, {"runs": {"file_rejected": yes}})

test_says_nothing_where_GitHub_accepts_it_or_nobody_knows if {
	every yes in ["no", "unknown"] {
		count(rejected.findings) == 0 with input as _input(yes)
		count(rejected.alerts) == 0 with input as _input(yes)
	}
}

test_tells_a_person_of_one_that_it_does_not_accept if {
	some finding in rejected.findings with input as _input("yes")
	finding.score == 30
	finding.severity == "critical"
	some alert in rejected.alerts with input as _input("yes")
	alert.severity == "critical"
	contains(alert.reason, "ci.yml")
}
