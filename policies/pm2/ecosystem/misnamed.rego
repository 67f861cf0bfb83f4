# METADATA
# title: misnamed
# description: >-
#   An ecosystem file that PM2 does not take for one because of its name is shown,
#   and a person is told what to rename it to: pm2 start runs it as a script and
#   starts nothing of what it names.
package policies.pm2.ecosystem.misnamed

# METADATA
# description: PM2 would run it as a script
findings contains finding if {
	input.ecosystem.state == "misnamed"

	finding := {"score": 40, "severity": "critical", "reason": _reason}
}

# METADATA
# description: tell a person to rename it
alerts contains alert if {
	input.ecosystem.state == "misnamed"

	alert := {"severity": "warning", "reason": _reason}
}

_reason := sprintf("PM2 would run %s as a script and start none of its apps: %s", [
	input.ecosystem.path,
	object.get(input.ecosystem, "note", "let its name end in .config.cjs, or in .json"),
])
