# METADATA
# title: tests of uncommitted
package policies.github.workflow.uncommitted_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.uncommitted

_findings(workflow) := answer if {
	answer := uncommitted.findings with input as object.union(fixtures.workflow, {"workflow": workflow})
}

test_says_nothing_about_what_is_committed_or_cannot_be_told if {
	every committed in ["yes", "unknown"] {
		count(_findings({"committed": committed})) == 0
	}
}

test_says_nothing_about_what_must_not_be_committed if {
	every state in ["invalid", "missing"] {
		count(_findings({"state": state, "committed": "no"})) == 0
	}
}

test_says_how_to_commit_it if {
	some finding in _findings({"committed": "no"})
	finding.score == 100
	finding.severity == "info"
	contains(finding.reason, "git add .github/workflows/ci.yml")
}
