# METADATA
# title: tests of flaky
package policies.github.runs.flaky_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.flaky

_input(yes) := object.union(fixtures.runs, {"runs": {"flaky": yes}})

test_says_nothing_where_it_is_not_flaky_or_nobody_knows if {
	every yes in ["no", "unknown"] {
		count(flaky.findings) == 0 with input as _input(yes)
	}
}

test_shows_one_that_is if {
	some finding in flaky.findings with input as _input("yes")
	finding.score == 100
	finding.severity == "info"
	endswith(finding.reason, "; 97 % of 40 runs succeeded")
}

test_shows_one_of_which_no_share_is_known if {
	some finding in flaky.findings with input as json.remove(_input("yes"), ["runs/success_pct"])
	endswith(finding.reason, "on the same commit")
}
