# METADATA
# title: absent
# description: A home without a daemon is shown. rr starts none there, because none ran or a person ended it.
package policies.pm2.daemon.absent

# METADATA
# description: nothing is expected of it
findings contains finding if {
	input.daemon.state == "absent"
	count(data.config.pm2.expect) == 0

	finding := {"score": 60, "severity": "warning", "reason": "no PM2 runs here"}
}

# METADATA
# description: processes are expected of it
findings contains finding if {
	input.daemon.state == "absent"
	count(data.config.pm2.expect) > 0

	finding := {
		"score": 0,
		"severity": "critical",
		"reason": sprintf("no PM2 runs here, and %d processes are expected", [count(data.config.pm2.expect)]),
	}
}

# METADATA
# description: a person must start it
alerts contains alert if {
	input.daemon.state == "absent"
	count(data.config.pm2.expect) > 0

	alert := {
		"severity": "critical",
		"reason": "no PM2 runs here, and processes are expected: run pm2 resurrect, or pm2 start and pm2 save",
	}
}
