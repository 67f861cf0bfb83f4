# METADATA
# title: permissions
# description: A workflow whose token may write everything is shown.
package policies.github.workflow.permissions

# METADATA
# description: its token may write everything
findings contains finding if {
	input.workflow.permissions == "write_all"

	finding := {
		"score": 100,
		"severity": "info",
		"reason": "its token may write everything (write-all): name the permissions that it needs, as in permissions: {contents: read}",
	}
}
