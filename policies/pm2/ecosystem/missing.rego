# METADATA
# title: missing
# description: An ecosystem file that the configuration names and that is not there is shown, and a person is told.
package policies.pm2.ecosystem.missing

# METADATA
# description: it is not there
findings contains finding if {
	input.ecosystem.state == "missing"

	finding := {"score": 30, "severity": "critical", "reason": _reason}
}

# METADATA
# description: tell a person to put it back
alerts contains alert if {
	input.ecosystem.state == "missing"

	alert := {"severity": "warning", "reason": _reason}
}

_reason := sprintf("%s is not there: put it back, or take it out of ecosystem: in redundancy.cue", [input.ecosystem.path])
