# METADATA
# title: handler
# description: A function that parses and exports no handler is a warning, because Netlify deploys it and every call of it fails. One of which that cannot be told is left alone.
package policies.netlify.function.handler

# METADATA
# description: it exports none
findings contains finding if {
	input.function.state == "valid"
	input.function.handler == "no"

	finding := {"score": 60, "severity": "warning", "reason": "exports no handler, so that every call of it fails: export default, or export handler"}
}
