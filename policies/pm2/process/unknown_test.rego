# METADATA
# title: tests of unknown
package policies.pm2.process.unknown_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.unknown

_known := [
	"online", "launching", "stopping", "stopped", "finished", "waiting",
	"crash_loop", "errored", "hidden_errored", "phantom", "missing",
]

test_says_nothing_about_a_process_of_any_known_state if {
	every state in _known {
		count(unknown.findings) == 0 with input as object.union(fixtures.process, {"process": {"state": state}})
	}
}

test_shows_a_process_that_PM2_says_nothing_of if {
	some finding in unknown.findings with input as object.union(fixtures.process, {"process": {"state": "unknown"}})
	finding.score == 60
	finding.severity == "warning"
}
