# METADATA
# title: tests of flapping
package policies.pm2.process.flapping_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.flapping

_findings(flaps, state) := answer if {
	answer := flapping.findings with input as object.union(fixtures.process, {"flaps": flaps, "process": {"state": state}})
}

test_says_nothing_about_a_process_that_falls_seldom if {
	every flaps in [0, 3] {
		count(_findings(flaps, "online")) == 0
	}
}

test_warns_of_a_process_that_falls_often_even_while_it_is_online if {
	every flaps in [4, 5] {
		some finding in _findings(flaps, "online")
		finding.score == 60
		finding.severity == "warning"
		finding.reason == sprintf("fell below healthy %d times within flap_window", [flaps])
	}
}

test_says_nothing_about_a_process_that_is_not_to_run_now if {
	every state in ["stopped", "finished"] {
		count(_findings(9, state)) == 0
	}
}
