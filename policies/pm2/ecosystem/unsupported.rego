# METADATA
# title: unsupported
# description: An ecosystem file that PM2 cannot start, because it is an ES module, is shown, and a person is told.
package policies.pm2.ecosystem.unsupported

# METADATA
# description: PM2 cannot start it
findings contains finding if {
	input.ecosystem.state == "unsupported"

	finding := {"score": 40, "severity": "critical", "reason": _reason}
}

# METADATA
# description: tell a person to rewrite it
alerts contains alert if {
	input.ecosystem.state == "unsupported"

	alert := {"severity": "warning", "reason": _reason}
}

_reason := sprintf("PM2 cannot start %s: %s", [
	input.ecosystem.path,
	object.get(input.ecosystem, "note", "it is an ES module; write it with module.exports in a file that ends in .config.cjs"),
])
