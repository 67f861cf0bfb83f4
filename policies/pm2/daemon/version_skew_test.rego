# METADATA
# title: tests of version_skew
package policies.pm2.daemon.version_skew_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.version_skew

_findings(daemon) := answer if {
	answer := version_skew.findings with input as object.union(fixtures.daemon, {"daemon": daemon})
}

test_says_nothing_where_the_versions_are_the_same_or_unknown if {
	every skew in ["no", "unknown"] {
		count(_findings({"version_skew": skew})) == 0
	}
}

test_shows_both_versions if {
	some finding in _findings({"version_skew": "yes", "command_version": "7.0.1"})
	finding.score == 100
	finding.severity == "info"
	contains(finding.reason, "the daemon is version 6.0.5 and the pm2 command 7.0.1: run pm2 update by hand")
}

test_says_nothing_about_a_daemon_that_does_not_serve if {
	every state in ["absent", "dead", "stuck", "foreign"] {
		count(_findings({"state": state, "version_skew": "yes"})) == 0
	}
}
