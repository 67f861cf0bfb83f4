# METADATA
# title: tests of logrotate
package policies.pm2.daemon.logrotate_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.logrotate

_findings(daemon) := answer if {
	answer := logrotate.findings with input as object.union(fixtures.daemon, {"daemon": daemon})
}

test_says_nothing_where_it_runs_or_is_not_known if {
	every logrotate in ["online", "unknown"] {
		count(_findings({"logrotate": logrotate})) == 0
	}
}

test_shows_a_missing_module_and_takes_nothing_off_for_it if {
	some finding in _findings({"logrotate": "missing"})
	finding.score == 100
	finding.severity == "info"
}

test_warns_of_a_module_that_is_stopped if {
	some finding in _findings({"logrotate": "stopped"})
	finding.score == 85
	finding.severity == "warning"
}

test_says_nothing_about_a_daemon_that_does_not_serve if {
	every state in ["absent", "dead", "stuck", "foreign"] {
		count(_findings({"state": state, "logrotate": "missing"})) == 0
		count(_findings({"state": state, "logrotate": "stopped"})) == 0
	}
}
