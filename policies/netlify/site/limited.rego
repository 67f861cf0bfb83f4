# METADATA
# title: limited
# description: An API that refuses further requests for now is shown. Nothing is done on Netlify meanwhile.
package policies.netlify.site.limited

# METADATA
# description: Netlify refuses further requests
findings contains finding if {
	input.site.limited

	finding := {"score": 60, "severity": "warning", "reason": "Netlify refuses further requests for now; nothing is done until it takes them"}
}
