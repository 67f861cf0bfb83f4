# METADATA
# title: tests of foreign
package policies.pm2.daemon.foreign_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.foreign

_daemon(state) := object.union(fixtures.daemon, {"daemon": {"state": state}})

test_says_nothing_about_a_daemon_of_ones_own if {
	every state in ["serving", "absent", "dead", "stuck"] {
		count(foreign.findings) == 0 with input as _daemon(state)
	}
}

test_shows_a_daemon_of_another_user if {
	some finding in foreign.findings with input as _daemon("foreign")
	finding.score == 60
	finding.severity == "warning"
}
