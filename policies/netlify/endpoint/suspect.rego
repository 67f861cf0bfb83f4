# METADATA
# title: suspect
# description: A function that answered its probe wrongly once is shown, and nothing is concluded from it.
package policies.netlify.endpoint.suspect

# METADATA
# description: it answered wrongly once
findings contains finding if {
	input.endpoint.state == "suspect"

	finding := {"score": 100, "severity": "info", "reason": "answered its probe wrongly once; nothing is concluded before the next"}
}
