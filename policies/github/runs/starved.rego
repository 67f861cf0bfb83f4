# METADATA
# title: starved
# description: A workflow whose newest run was cancelled before a runner took it is shown, and a person is told.
package policies.github.runs.starved

# METADATA
# description: no runner took it
findings contains finding if {
	input.runs.starved

	finding := {"score": 60, "severity": "warning", "reason": "its newest run was cancelled before a runner took it"}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.runs.starved

	alert := {
		"severity": "warning",
		"reason": sprintf("no runner took the newest run of %s: see that one is online that has the labels in runs-on", [input.runs.workflow]),
	}
}
