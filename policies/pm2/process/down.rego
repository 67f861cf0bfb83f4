# METADATA
# title: down
# description: >-
#   A process that is to run and is stopped is shown, and left alone: stopping is
#   what a person does on purpose. A person is told of one that rr stopped.
package policies.pm2.process.down

# METADATA
# description: it is stopped, though it is to run
findings contains finding if {
	input.process.state == "stopped"
	input.process.wanted == "running"
	not _quarantined

	finding := {"score": 60, "severity": "warning", "reason": "stopped on purpose; rr leaves it alone"}
}

# METADATA
# description: rr stopped it
findings contains finding if {
	input.process.state == "stopped"
	_quarantined

	finding := {"score": 20, "severity": "critical", "reason": "stopped by rr, because nothing mended its crash loop"}
}

# METADATA
# description: tell a person that rr stopped it
alerts contains alert if {
	input.process.state == "stopped"
	_quarantined

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"rr stopped %s, because nothing mended its crash loop: look at pm2 logs %s, mend it, then run pm2 restart %s",
			[input.process.name, input.process.name, input.process.name],
		),
		"exhausted": true,
	}
}

# _quarantined holds where rr may stop a crash loop and has done so in this
# incident.
_quarantined if {
	data.config.pm2.ladder.stop.attempts > 0
	input.attempts["pm2.stop"].tried > 0
}
