# METADATA
# title: tests of waiting
package policies.pm2.process.waiting_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.waiting

_findings(process) := answer if {
	answer := waiting.findings with input as object.union(fixtures.process, {"process": process})
}

test_says_nothing_about_a_process_of_another_state if {
	every state in ["online", "stopped", "errored", "hidden_errored", "crash_loop", "phantom", "missing", "unknown"] {
		count(_findings({"state": state, "uptime_s": 4000})) == 0
		count(_findings({"state": state, "cause": "cwd_missing"})) == 0
	}
}

test_shows_a_process_that_waits if {
	findings := _findings({"state": "waiting"})
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	object.get(finding, "cause", "") == ""
}

test_names_what_keeps_it_from_running if {
	every path in ["/srv/api", "/srv/web"] {
		findings := _findings({"state": "waiting", "cause": "cwd_missing", "cause_path": path})
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.cause == sprintf("cwd_missing %s", [path])
	}
}

test_shows_a_process_that_takes_long_to_start if {
	count(_findings({"state": "launching", "uptime_s": 119})) == 0
	every uptime in [120, 121] {
		some finding in _findings({"state": "launching", "uptime_s": uptime})
		finding.score == 60
		finding.severity == "warning"
	}
}

test_says_nothing_where_it_is_not_known_for_how_long_it_has_started if {
	starting := json.remove(object.union(fixtures.process, {"process": {"state": "launching"}}), ["process/uptime_s"])
	count(waiting.findings) == 0 with input as starting
}
