# METADATA
# title: scope
# description: A token that may not write workflow files is shown where rr is to push them or to offer them, and a person is told. GitHub answers such a write with 404.
package policies.github.repo.scope

# METADATA
# description: the token may not write workflow files, and is to
findings contains finding if {
	input.repo.workflow_scope == "no"
	data.config.github.changes != "leave"

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("the token may not write workflow files, and changes is %s", [data.config.github.changes]),
	}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.repo.workflow_scope == "no"
	data.config.github.changes != "leave"

	alert := {
		"severity": "warning",
		"reason": sprintf("the token for %s may not write workflow files: give it the scope workflow, or have changes: \"leave\"", [input.repo.repo]),
	}
}
