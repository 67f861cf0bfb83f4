# METADATA
# title: tests of restarting
package policies.pm2.process.restarting_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.restarting

_restarts(n) := object.union(fixtures.process, {"process": {"restarts_1m": n, "restarts_10m": n}})

test_says_nothing_below_three_restarts_a_minute if {
	every n in [0, 2] {
		count(restarting.findings) == 0 with input as _restarts(n)
	}
}

test_shows_three_restarts_a_minute_and_more if {
	every n in [3, 40] {
		some finding in restarting.findings with input as _restarts(n)
		finding.score == 60
		finding.severity == "warning"
	}
}
