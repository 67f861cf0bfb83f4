# METADATA
# title: missing
# description: A process that must exist and that PM2 does not know is started from PM2's dump while attempts remain; then a person is told.
package policies.pm2.process.missing

# METADATA
# description: it is not there
findings contains finding if {
	input.process.state == "missing"

	finding := {"score": 0, "severity": "critical", "reason": "expected, but PM2 does not know it"}
}

# METADATA
# description: start this one app from the dump while attempts remain
actions contains action if {
	input.process.state == "missing"
	input.parent.dump == "present"
	input.attempts["pm2.resurrect"].failed < data.config.pm2.ladder.resurrect.attempts

	action := {"verb": "pm2.resurrect", "reason": "expected, but PM2 does not know it"}
}

# METADATA
# description: tell a person where there is no dump to start it from
alerts contains alert if {
	input.process.state == "missing"
	input.parent.dump != "present"

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 does not know %s and its dump is %s: start it with pm2 start, then keep it with pm2 save",
			[input.process.name, input.parent.dump],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "missing"
	input.parent.dump == "present"
	input.attempts["pm2.resurrect"].failed >= data.config.pm2.ladder.resurrect.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 does not know %s and its dump did not bring it back: start it with pm2 start, then keep it with pm2 save",
			[input.process.name],
		),
		"exhausted": true,
	}
}
