# METADATA
# title: tests of down
package policies.pm2.process.down_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.down

_process(changes) := object.union(fixtures.process, {"process": changes})

test_says_nothing_about_a_healthy_process if {
	count(down.findings) == 0 with input as fixtures.process
}

test_shows_an_expected_process_that_is_stopped if {
	some finding in down.findings with input as _process({"state": "stopped", "expected": true})
	finding.score == 60
	finding.severity == "warning"
}

test_says_nothing_about_another_process_that_is_stopped if {
	count(down.findings) == 0 with input as _process({"state": "stopped", "expected": false})
}

test_shows_a_process_that_waits if {
	every expected in [true, false] {
		some finding in down.findings with input as _process({"state": "waiting", "expected": expected})
		finding.score == 60
		finding.severity == "warning"
	}
}
