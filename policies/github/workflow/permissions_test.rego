# METADATA
# title: tests of permissions
package policies.github.workflow.permissions_test

import data.policies.fixtures.github as fixtures
import data.policies.github.workflow.permissions

_findings(permissions_) := answer if {
	answer := permissions.findings with input as object.union(fixtures.workflow, {"workflow": {"permissions": permissions_}})
}

test_says_nothing_about_a_token_that_may_do_less if {
	every other in ["default", "none", "read_all", "custom"] {
		count(_findings(other)) == 0
	}
}

test_shows_one_that_may_write_everything if {
	some finding in _findings("write_all")
	finding.score == 100
	finding.severity == "info"
}
