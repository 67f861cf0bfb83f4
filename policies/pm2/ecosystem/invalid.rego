# METADATA
# title: invalid
# description: An ecosystem file that cannot be read as one is shown with the place of its mistake, and a person is told.
package policies.pm2.ecosystem.invalid

# METADATA
# description: it cannot be read
findings contains finding if {
	input.ecosystem.state == "invalid"

	finding := {"score": 30, "severity": "critical", "reason": _reason}
}

# METADATA
# description: tell a person to mend it
alerts contains alert if {
	input.ecosystem.state == "invalid"

	alert := {"severity": "warning", "reason": _reason}
}

_reason := sprintf("%s cannot be read: %s", [
	input.ecosystem.path,
	object.get(input.ecosystem, "note", "it is no ecosystem file"),
])
