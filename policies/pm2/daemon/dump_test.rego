# METADATA
# title: tests of dump
package policies.pm2.daemon.dump_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.daemon.dump

_findings(daemon) := answer if {
	answer := dump.findings with input as object.union(fixtures.daemon, {"daemon": daemon})
}

test_says_nothing_about_a_dump_that_holds_what_runs if {
	count(_findings({})) == 0
	count(_findings({"unstarted": []})) == 0
	count(_findings({"dump": "unknown", "unsaved": ["api"]})) == 0
	count(_findings({"dump": "present", "unsaved": []})) == 0
}

test_names_what_runs_and_is_not_saved_and_takes_nothing_off_for_it if {
	some finding in _findings({"dump": "present", "unsaved": ["worker", "api"]})
	finding.score == 100
	finding.severity == "info"
	contains(finding.reason, "not in dump.pm2: api, worker;")
}

test_says_nothing_about_an_old_dump if count(_findings({"dump_age_s": 99999999})) == 0

test_shows_where_there_is_none_and_apps_run if {
	some finding in _findings({"dump": "missing", "unsaved": ["api"]})
	finding.score == 100
	finding.severity == "info"
	contains(finding.reason, "run pm2 save")
}

test_says_nothing_where_there_is_none_and_no_app_runs if {
	count(_findings({"dump": "missing"})) == 0
	count(_findings({"dump": "missing", "unsaved": []})) == 0
}

test_warns_where_it_cannot_be_read if {
	some finding in _findings({"dump": "invalid"})
	finding.score == 60
	finding.severity == "warning"
}

test_names_what_it_holds_and_PM2_does_not_know if {
	some finding in _findings({"unstarted": ["worker", "cron"]})
	finding.score == 70
	finding.severity == "warning"
	contains(finding.reason, "PM2 does not know them: cron, worker;")
}

test_says_nothing_about_a_daemon_that_does_not_serve if {
	every state in ["absent", "dead", "stuck", "foreign"] {
		count(_findings({"state": state, "dump": "invalid", "unsaved": ["api"], "unstarted": ["api"]})) == 0
	}
}

test_leaves_the_dump_of_a_dead_daemon_to_dead if {
	count(_findings({"state": "dead", "dump": "missing", "unsaved": ["api"]})) == 0
}
