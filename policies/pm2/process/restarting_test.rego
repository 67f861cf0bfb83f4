# METADATA
# title: tests of restarting
package policies.pm2.process.restarting_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.restarting

_restarts(n, uptime) := object.union(fixtures.process, {"process": {"restarts_1m": n, "restarts_10m": n, "uptime_s": uptime}})

test_says_nothing_below_three_restarts_a_minute if {
	every n in [0, 2] {
		count(restarting.findings) == 0 with input as _restarts(n, 1) with data.config as fixtures.config
	}
}

test_shows_three_restarts_a_minute_and_more if {
	every n in [3, 40] {
		some finding in restarting.findings with input as _restarts(n, 1) with data.config as fixtures.config
		finding.score == 60
		finding.severity == "warning"
	}
}

test_shows_it_until_it_has_lived_for_two_thirds_of_the_settle_time if {
	fixtures.config.settle == 30
	count(restarting.findings) == 1 with input as _restarts(3, 19) with data.config as fixtures.config
	count(restarting.findings) == 0 with input as _restarts(3, 20) with data.config as fixtures.config
}
