# METADATA
# title: tests of duplicates
package policies.pm2.daemon.duplicates_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.duplicates

_findings(daemon) := answer if {
	answer := duplicates.findings with input as object.union(fixtures.daemon, {"daemon": daemon})
}

_alerts(daemon) := answer if {
	answer := duplicates.alerts with input as object.union(fixtures.daemon, {"daemon": daemon})
}

test_says_nothing_about_a_daemon_that_is_alone if {
	count(_findings({"duplicates": 0})) == 0
	count(_alerts({"duplicates": 0})) == 0
}

test_warns_of_further_daemons_and_tells_a_person_how_to_end_them if {
	every duplicates in [1, 3] {
		some finding in _findings({"duplicates": duplicates})
		finding.score == 60
		finding.severity == "warning"
		some alert in _alerts({"duplicates": duplicates})
		alert.severity == "warning"
		contains(alert.reason, "God Daemon (/home/app/.pm2); end all but 4200 with kill -9")
	}
}

test_names_the_one_to_keep_where_its_pid_is_unknown if {
	alerts := duplicates.alerts with input as json.remove(
		object.union(fixtures.daemon, {"daemon": {"duplicates": 1}}),
		["daemon/pid"],
	)
	some alert in alerts
	contains(alert.reason, "end all but the one that has children")
}

test_says_nothing_where_they_were_not_counted if {
	unknown := json.remove(fixtures.daemon, ["daemon/duplicates"])
	count(duplicates.findings) == 0 with input as unknown
	count(duplicates.alerts) == 0 with input as unknown
}
