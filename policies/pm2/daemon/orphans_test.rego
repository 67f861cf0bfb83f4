# METADATA
# title: tests of orphans
package policies.pm2.daemon.orphans_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.orphans

_findings(daemon) := answer if {
	answer := orphans.findings with input as object.union(fixtures.daemon, {"daemon": daemon})
}

test_says_nothing_where_there_are_none if count(_findings({"orphans": 0})) == 0

test_warns_of_them_and_leaves_them_to_a_person if {
	every orphans in [1, 7] {
		some finding in _findings({"orphans": orphans})
		finding.score == 60
		finding.severity == "warning"
		contains(finding.reason, "rr act pm2.end_orphans pm2/local/daemon/pm2")
	}
}

test_says_nothing_about_a_daemon_that_does_not_serve if {
	every state in ["absent", "dead", "stuck", "foreign"] {
		count(_findings({"state": state, "orphans": 1})) == 0
	}
}

test_says_nothing_where_they_were_not_counted if {
	count(orphans.findings) == 0 with input as json.remove(fixtures.daemon, ["daemon/orphans"])
}
