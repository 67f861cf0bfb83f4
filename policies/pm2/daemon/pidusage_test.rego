# METADATA
# title: tests of pidusage
package policies.pm2.daemon.pidusage_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.pidusage

_findings(daemon) := answer if {
	answer := pidusage.findings with input as object.union(fixtures.daemon, {"daemon": daemon})
}

test_says_nothing_while_PM2_measures_or_is_not_known_to_fail if {
	every pidusage in ["working", "unknown"] {
		count(_findings({"pidusage": pidusage})) == 0
	}
}

test_warns_that_memory_limits_are_off if {
	some finding in _findings({"pidusage": "broken"})
	finding.score == 70
	finding.severity == "warning"
	contains(finding.reason, "max_memory_restart is off for all apps")
}

test_says_nothing_about_a_daemon_that_does_not_serve if {
	every state in ["absent", "dead", "stuck", "foreign"] {
		count(_findings({"state": state, "pidusage": "broken"})) == 0
	}
}
