# METADATA
# title: stuck
# description: A daemon that lives and does not answer is shown, and a person is told. rr replaces no living daemon, because its processes may still serve.
package policies.pm2.daemon.stuck

# METADATA
# description: it does not answer
findings contains finding if {
	input.daemon.state == "stuck"

	finding := {"score": 0, "severity": "critical", "reason": "PM2 lives, but does not answer"}
}

# METADATA
# description: a person must look
alerts contains alert if {
	input.daemon.state == "stuck"

	alert := {
		"severity": "critical",
		"reason": "PM2 lives, but does not answer; rr does not replace it: look at pm2.log in its home, then run pm2 update",
	}
}
