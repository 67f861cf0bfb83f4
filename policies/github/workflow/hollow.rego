# METADATA
# title: hollow
# description: A workflow whose steps do nothing, or swallow every failure, is a warning. It is green whatever happens.
package policies.github.workflow.hollow

# METADATA
# description: it cannot fail
findings contains finding if {
	input.workflow.state == "valid"
	input.workflow.hollow

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": "its steps do nothing or swallow every failure (|| true, only echo), so that its success says nothing: give it steps that can fail",
	}
}
