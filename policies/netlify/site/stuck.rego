# METADATA
# title: stuck
# description: A deploy that has not moved for long is shown, and a person is told.
package policies.netlify.site.stuck

# METADATA
# description: it does not move
findings contains finding if {
	input.site.stuck_s >= data.config.netlify.deploy.stuck_for

	finding := {"score": 60, "severity": "warning", "reason": sprintf("a deploy has not moved for %d s", [input.site.stuck_s])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.site.stuck_s >= data.config.netlify.deploy.stuck_for

	alert := {
		"severity": "warning",
		"reason": sprintf("a deploy of %s%s has not moved for %d s: cancel it under Deploys, and deploy again", [input.site.site, _which, input.site.stuck_s]),
	}
}

_which := sprintf(" (%s)", [input.site.stuck_id])

_which := "" if not input.site.stuck_id
