# METADATA
# title: rejected
# description: A workflow file that GitHub does not accept is shown, and a person is told. No file is restored for it, since GitHub says the same of a good one while it is out.
package policies.github.runs.rejected

# METADATA
# description: GitHub does not accept its file
findings contains finding if {
	input.runs.file_rejected == "yes"

	finding := {"score": 30, "severity": "critical", "reason": "GitHub does not accept its file as a workflow"}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.runs.file_rejected == "yes"

	alert := {
		"severity": "critical",
		"reason": sprintf("GitHub does not accept %s as a workflow: look at its page under Actions, and at rr github lint", [input.runs.workflow]),
	}
}
