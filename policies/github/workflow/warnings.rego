# METADATA
# title: warnings
# description: Warnings about a workflow file that GitHub can run are shown and take nothing off. A key that rr does not know may be one that GitHub knows.
package policies.github.workflow.warnings

# METADATA
# description: something in it is likely wrong
findings contains finding if {
	input.workflow.state == "valid"
	input.workflow.warnings > input.workflow.unknown_keys

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("warnings: %d, as in %s", [input.workflow.warnings - input.workflow.unknown_keys, _first]),
	}
}

# METADATA
# description: it has keys that rr does not know
findings contains finding if {
	input.workflow.state == "valid"
	input.workflow.unknown_keys > 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("keys that rr does not know and GitHub may: %d; see rr github lint", [input.workflow.unknown_keys]),
	}
}

_first := object.get(input.workflow, "warning", "what rr github lint tells")
