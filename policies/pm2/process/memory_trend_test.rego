# METADATA
# title: tests of memory_trend
package policies.pm2.process.memory_trend_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.memory_trend

_findings(process) := answer if {
	answer := memory_trend.findings with input as object.union(fixtures.process, {"process": process})
}

_scores(full_s) := {[finding.score, finding.severity] | some finding in _findings({"memory_full_s": full_s})}

test_says_nothing_where_it_does_not_grow if count(_findings({})) == 0

test_warns_where_it_is_full_within_10_minutes if {
	every full_s in [0, 599, 600] {
		_scores(full_s) == {[80, "warning"]}
	}
}

test_tells_where_it_is_full_within_the_hour if {
	every full_s in [601, 3599, 3600] {
		_scores(full_s) == {[90, "info"]}
	}
}

test_says_nothing_beyond if _scores(3601) == set()

test_says_nothing_about_a_process_that_is_not_online if {
	every full_s in [600, 3600] {
		count(_findings({"memory_full_s": full_s, "state": "stopping"})) == 0
	}
}
