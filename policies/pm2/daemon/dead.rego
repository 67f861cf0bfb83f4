# METADATA
# title: dead
# description: A daemon that crashed is brought back from its dump once it has been dead for long, while attempts remain; then a person is told.
package policies.pm2.daemon.dead

# METADATA
# description: it crashed
findings contains finding if {
	input.daemon.state == "dead"

	finding := {"score": 0, "severity": "critical", "reason": "PM2 crashed: its pid file names a process that is gone"}
}

# METADATA
# description: bring it back from its dump while attempts remain
actions contains action if {
	input.daemon.state == "dead"
	input.daemon.dump == "present"
	input.attempts["pm2.resurrect"].failed < data.config.pm2.ladder.resurrect.attempts

	action := {"verb": "pm2.resurrect", "reason": "PM2 crashed", "for_s": data.config.pm2.dead_for}
}

# METADATA
# description: tell a person where there is no dump to bring it back from
alerts contains alert if {
	input.daemon.state == "dead"
	input.daemon.dump != "present"

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 crashed and its dump is %s: start its processes with pm2 start, then keep them with pm2 save",
			[input.daemon.dump],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.daemon.state == "dead"
	input.daemon.dump == "present"
	input.attempts["pm2.resurrect"].failed >= data.config.pm2.ladder.resurrect.attempts

	alert := {
		"severity": "critical",
		"reason": "PM2 crashed and its dump did not bring it back; look at pm2.log in its home, then run pm2 resurrect",
		"exhausted": true,
	}
}
