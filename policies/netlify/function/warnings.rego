# METADATA
# title: warnings
# description: Warnings about a function that can be deployed are shown and take nothing off.
package policies.netlify.function.warnings

# METADATA
# description: something in it is likely wrong
findings contains finding if {
	input.function.state == "valid"
	input.function.warnings > 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("warnings: %d, as in %s", [input.function.warnings, object.get(input.function, "warning", "what rr netlify functions tells")]),
	}
}
