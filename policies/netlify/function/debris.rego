# METADATA
# title: debris
# description: A left-over of an editor or a script in the functions' folder is a warning, because Netlify deploys it as a function that anybody may call.
package policies.netlify.function.debris

# METADATA
# description: it is a left-over
findings contains finding if {
	input.function.debris

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": sprintf("%s looks like a left-over, and Netlify deploys it as a function: delete it, or move it out", [object.get(input.function, "main_file", input.function.name)]),
	}
}
