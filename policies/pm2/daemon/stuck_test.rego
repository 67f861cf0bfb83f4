# METADATA
# title: tests of stuck
package policies.pm2.daemon.stuck_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.stuck

_daemon(state) := object.union(fixtures.daemon, {"daemon": {"state": state}})

test_says_nothing_about_a_daemon_that_is_not_stuck if {
	every state in ["serving", "absent", "dead", "foreign"] {
		count(stuck.findings) == 0 with input as _daemon(state)
		count(stuck.alerts) == 0 with input as _daemon(state)
	}
}

test_finds_it_critical if {
	some finding in stuck.findings with input as _daemon("stuck")
	finding.score == 0
	finding.severity == "critical"
}

test_tells_a_person if {
	some alert in stuck.alerts with input as _daemon("stuck")
	alert.severity == "critical"
}
