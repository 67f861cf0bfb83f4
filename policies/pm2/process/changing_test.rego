# METADATA
# title: tests of changing
package policies.pm2.process.changing_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.changing

test_says_nothing_about_a_process_at_rest if {
	every state in ["online", "stopped", "waiting", "errored", "phantom", "missing", "unknown"] {
		count(changing.findings) == 0 with input as object.union(fixtures.process, {"process": {"state": state}})
	}
}

test_shows_a_process_between_two_states if {
	every state in ["launching", "stopping"] {
		some finding in changing.findings with input as object.union(fixtures.process, {"process": {"state": state}})
		finding.score == 70
		finding.severity == "info"
	}
}
