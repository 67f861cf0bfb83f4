# METADATA
# title: errored
# description: A process that PM2 gave up on is restarted while attempts remain; then a person is told. One that PM2 is told not to restart is left alone.
package policies.pm2.process.errored

# METADATA
# description: it is down
findings contains finding if {
	input.process.state == "errored"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("PM2 gave up on it, restarts so far: %d", [input.process.restarts])}
}

# METADATA
# description: restart it while attempts remain
actions contains action if {
	input.process.state == "errored"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed < data.config.pm2.ladder.restart.attempts

	action := {"verb": "pm2.restart", "reason": "errored"}
}

# METADATA
# description: stop and start it once restarts have not helped
actions contains action if {
	input.process.state == "errored"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed < data.config.pm2.ladder.stop_start.attempts

	action := {"verb": "pm2.stop_start", "reason": "errored, and restarts did not help"}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "errored"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("PM2 gave up on it and nothing that rr may do is left; look at pm2 logs %s", [input.process.name]),
		"exhausted": true,
	}
}
