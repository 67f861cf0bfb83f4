# METADATA
# title: tests of warnings
package policies.github.workflow.warnings_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.warnings

_findings(workflow) := answer if {
	answer := warnings.findings with input as object.union(fixtures.workflow, {"workflow": workflow})
}

test_says_nothing_where_there_are_none if count(_findings({})) == 0

test_says_nothing_about_a_file_that_GitHub_cannot_run if {
	every state in ["invalid", "missing"] {
		count(_findings({"state": state, "warnings": 2, "unknown_keys": 1})) == 0
	}
}

test_shows_the_first_and_takes_nothing_off if {
	findings := _findings({"warnings": 2, "warning": "7:9: label \"ubuntu\" is unknown"})
	count(findings) == 1
	some finding in findings
	finding.score == 100
	finding.severity == "info"
	finding.reason == "warnings: 2, as in 7:9: label \"ubuntu\" is unknown"
}

test_shows_them_where_the_first_is_not_known if {
	some finding in _findings({"warnings": 1})
	contains(finding.reason, "rr github lint")
}

test_tells_a_key_that_rr_does_not_know_from_a_warning if {
	findings := _findings({"warnings": 1, "unknown_keys": 1})
	count(findings) == 1
	some finding in findings
	finding.score == 100
	finding.severity == "info"
	startswith(finding.reason, "keys that rr does not know and GitHub may: 1")
	count(_findings({"warnings": 2, "unknown_keys": 1})) == 2
}
