# METADATA
# title: tests of exit
package policies.pm2.process.exit_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.exit

_findings(process) := answer if {
	answer := exit.findings with input as object.union(fixtures.process, {"process": process})
}

test_says_nothing_about_a_process_that_no_signal_ended if {
	count(_findings({})) == 0
	count(_findings({"last_exit_code": 1, "last_exit_s": 3})) == 0
}

test_warns_of_one_that_was_killed if {
	some finding in _findings({"last_exit_signal": "SIGKILL", "last_exit_s": 42})
	finding.score == 85
	finding.severity == "warning"
	finding.reason == "killed by SIGKILL 42 s ago, perhaps for lack of memory"
}

test_names_another_signal if {
	every signal in ["SIGSEGV", "SIGABRT", "SIGBUS"] {
		findings := _findings({"last_exit_signal": signal, "last_exit_s": 42})
		count(findings) == 1
		some finding in findings
		finding.score == 90
		finding.severity == "info"
		finding.reason == sprintf("ended by %s 42 s ago", [signal])
	}
}

test_says_nothing_of_a_signal_that_asks_to_end if {
	every signal in ["SIGINT", "SIGTERM", "SIGQUIT"] {
		count(_findings({"last_exit_signal": signal, "last_exit_s": 42})) == 0
	}
}

test_says_nothing_of_what_was_long_ago if {
	every signal in ["SIGKILL", "SIGSEGV"] {
		count(_findings({"last_exit_signal": signal, "last_exit_s": 599})) == 1
		count(_findings({"last_exit_signal": signal, "last_exit_s": 600})) == 1
		count(_findings({"last_exit_signal": signal, "last_exit_s": 601})) == 0
		count(_findings({"last_exit_signal": signal})) == 0
	}
}

test_says_nothing_of_one_that_is_stopped if {
	every signal in ["SIGKILL", "SIGSEGV"] {
		count(_findings({"state": "stopped", "last_exit_signal": signal, "last_exit_s": 42})) == 0
	}
}
