# METADATA
# title: tests of stuck
package policies.pm2.process.stuck_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.stuck

_findings(process) := answer if {
	answer := stuck.findings with input as object.union(fixtures.process, {"process": process})
}

_alerts(process) := answer if {
	answer := stuck.alerts with input as object.union(fixtures.process, {"process": process})
}

test_says_nothing_while_a_stop_may_take_so_long if {
	every process in [
		{"state": "stopping", "stopping_s": 119},
		{"state": "stopping", "stopping_s": 299, "kill_timeout_ms": 150000},
		{"state": "stopping"},
		{"state": "online", "stopping_s": 1000},
	] {
		count(_findings(process)) == 0
		count(_alerts(process)) == 0
	}
}

test_tells_of_what_does_not_end if {
	every process in [
		{"state": "stopping", "stopping_s": 120},
		{"state": "stopping", "stopping_s": 300, "kill_timeout_ms": 150000},
	] {
		some finding in _findings(process)
		finding.score == 40
		some alert in _alerts(process)
		contains(alert.reason, "kill -9 4242")
	}
}

test_tells_it_where_its_kill_timeout_is_not_known if {
	unknown := object.union(json.remove(fixtures.process, ["process/kill_timeout_ms"]), {"process": {"state": "stopping", "stopping_s": 120}})
	count(stuck.findings) == 1 with input as unknown
}
