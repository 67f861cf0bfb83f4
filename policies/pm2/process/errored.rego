# METADATA
# title: errored
# description: >-
#   A process that PM2 gave up on is restarted, then stopped and started, then
#   made anew from dump.pm2, then from a backup of that, each while attempts
#   remain; then a person is told. While something keeps it from running a
#   person is told at once and nothing is done. One that PM2 is told not to restart is left alone.
package policies.pm2.process.errored

import data.policies.lib.causes

# METADATA
# description: it is down
findings contains finding if {
	input.process.state == "errored"
	input.process.cause == "none"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("PM2 gave up on it, restarts so far: %d", [input.process.restarts])}
}

# METADATA
# description: it is down, and something keeps it from running
findings contains finding if {
	input.process.state == "errored"
	input.process.cause != "none"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("PM2 gave up on it: %s", [_remedy]), "cause": _cause}
}

# METADATA
# description: restart it while attempts remain
actions contains action if {
	input.process.state == "errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed < data.config.pm2.ladder.restart.attempts

	action := {"verb": "pm2.restart", "reason": "errored"}
}

# METADATA
# description: stop and start it once restarts have not helped
actions contains action if {
	input.process.state == "errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed < data.config.pm2.ladder.stop_start.attempts

	action := {"verb": "pm2.stop_start", "reason": "errored, and restarts did not help"}
}

# METADATA
# description: make it anew from dump.pm2 once that has not helped
actions contains action if {
	input.process.state == "errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.process.saved == "yes"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	input.attempts["pm2.recreate"].failed < data.config.pm2.ladder.recreate.attempts

	action := {"verb": "pm2.recreate", "reason": "errored, and neither restarts nor a stop and start helped"}
}

# METADATA
# description: make it anew from a backup of dump.pm2 once nothing else has helped
actions contains action if {
	input.process.state == "errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.process.restorable == "yes"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	_recreate_spent
	input.attempts["pm2.restore_app"].failed < data.config.pm2.ladder.restore_app.attempts

	action := {"verb": "pm2.restore_app", "reason": "errored, and nothing else helped"}
}

# METADATA
# description: tell a person what keeps it from running
alerts contains alert if {
	input.process.state == "errored"
	input.process.cause != "none"
	input.process.autorestart != "no"

	alert := {"severity": "critical", "reason": sprintf("PM2 gave up on %s: %s", [input.process.name, _remedy])}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	_recreate_spent
	_restore_spent

	alert := {
		"severity": "critical",
		"reason": sprintf("PM2 gave up on it and nothing that rr may do is left; look at pm2 logs %s", [input.process.name]),
		"exhausted": true,
	}
}

# _recreate_spent holds where there is nothing to make it anew from, or where
# that has failed.
_recreate_spent if input.process.saved != "yes"

_recreate_spent if input.attempts["pm2.recreate"].failed >= data.config.pm2.ladder.recreate.attempts

# _restore_spent holds where no backup has another entry of it, or where that has
# failed.
_restore_spent if input.process.restorable != "yes"

_restore_spent if input.attempts["pm2.restore_app"].failed >= data.config.pm2.ladder.restore_app.attempts

_cause := causes.text(input.process.cause, object.get(input.process, "cause_path", ""))

_remedy := causes.remedy(input.process.cause, object.get(input.process, "cause_path", ""))
