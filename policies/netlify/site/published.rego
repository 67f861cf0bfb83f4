# METADATA
# title: published
# description: A site of which nothing is published, or what has failed, is down, and a person is told.
package policies.netlify.site.published

# METADATA
# description: nothing good is published
findings contains finding if {
	input.site.published_state in _down

	finding := {"score": 0, "severity": "critical", "reason": sprintf("no good deploy is published (%s)", [input.site.published_state])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.site.published_state in _down

	alert := {"severity": "critical", "reason": sprintf("no good deploy of %s is published (%s): publish one under Deploys", [input.site.site, input.site.published_state])}
}

_down := {"none", "error"}
