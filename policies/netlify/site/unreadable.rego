# METADATA
# title: unreadable
# description: Facts that the token may not read are named. Nothing is concluded from their absence.
package policies.netlify.site.unreadable

# METADATA
# description: the token may not read everything
findings contains finding if {
	count(input.site.unreadable) > 0

	finding := {"score": 100, "severity": "info", "reason": sprintf("not known, since the token may not read it: %s", [concat(", ", sort(input.site.unreadable))])}
}
