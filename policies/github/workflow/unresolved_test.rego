# METADATA
# title: tests of unresolved
package policies.github.workflow.unresolved_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.unresolved

_findings(workflow) := answer if {
	answer := unresolved.findings with input as object.union(fixtures.workflow, {"workflow": workflow})
}

test_says_nothing_where_all_is_there if count(_findings({"unresolved": []})) == 0

test_says_nothing_about_a_file_that_GitHub_cannot_run if {
	every state in ["invalid", "missing"] {
		count(_findings({"state": state, "unresolved": ["./a"]})) == 0
	}
}

test_names_what_is_not_there if {
	some finding in _findings({"unresolved": ["./b", "./a"]})
	finding.score == 60
	finding.severity == "warning"
	startswith(finding.reason, "uses what is not there: ./a, ./b;")
	count(_findings({"unresolved": ["./a"]})) == 1
}
