# METADATA
# title: unresolved
# description: A workflow that uses a local action or workflow that is not there is a warning. It fails as soon as it comes to it.
package policies.github.workflow.unresolved

# METADATA
# description: what it uses is not there
findings contains finding if {
	input.workflow.state == "valid"
	count(input.workflow.unresolved) > 0

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("uses what is not there: %s; put it back, or take it out", [concat(", ", sort(input.workflow.unresolved))]),
	}
}
