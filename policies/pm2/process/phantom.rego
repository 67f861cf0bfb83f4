# METADATA
# title: phantom
# description: A process that PM2 takes for online and that does not exist is restarted while attempts remain; then a person is told.
package policies.pm2.process.phantom

# METADATA
# description: it is down
findings contains finding if {
	input.process.state == "phantom"

	finding := {"score": 0, "severity": "critical", "reason": "PM2 says online, but there is no such process"}
}

# METADATA
# description: restart it while attempts remain
actions contains action if {
	input.process.state == "phantom"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed < data.config.pm2.ladder.restart.attempts

	action := {"verb": "pm2.restart", "reason": "phantom"}
}

# METADATA
# description: stop and start it once restarts have not helped
actions contains action if {
	input.process.state == "phantom"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed < data.config.pm2.ladder.stop_start.attempts

	action := {"verb": "pm2.stop_start", "reason": "phantom, and restarts did not help"}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "phantom"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("PM2 says online, there is no such process, and nothing that rr may do is left; look at pm2 logs %s", [input.process.name]),
		"exhausted": true,
	}
}
