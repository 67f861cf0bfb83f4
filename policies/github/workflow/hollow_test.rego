# METADATA
# title: tests of hollow
package policies.github.workflow.hollow_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.hollow

_findings(workflow) := answer if {
	answer := hollow.findings with input as object.union(fixtures.workflow, {"workflow": workflow})
}

test_says_nothing_about_a_workflow_that_can_fail if count(_findings({"hollow": false})) == 0

test_says_nothing_about_a_file_that_GitHub_cannot_run if {
	every state in ["invalid", "missing"] {
		count(_findings({"state": state, "hollow": true})) == 0
	}
}

test_warns_of_one_that_cannot_fail if {
	some finding in _findings({"hollow": true})
	finding.score == 70
	finding.severity == "warning"
}
