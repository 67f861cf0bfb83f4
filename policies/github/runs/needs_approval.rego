# METADATA
# title: needs_approval
# description: A run that waits for a person is shown, and a person is told.
package policies.github.runs.needs_approval

# METADATA
# description: it waits for a person
findings contains finding if {
	input.runs.needs_approval

	finding := {"score": 70, "severity": "warning", "reason": "a run waits for a person to approve it"}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.runs.needs_approval

	alert := {
		"severity": "warning",
		"reason": sprintf("a run of %s waits to be approved: approve or reject it on GitHub", [input.runs.workflow]),
	}
}
