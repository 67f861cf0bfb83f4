# METADATA
# title: hidden_errored
# description: >-
#   A process of which PM2 says that it waits for its restart, though it gave up
#   on it, is stopped and started, because PM2 refuses to restart what waits;
#   then it is made anew from dump.pm2, then from a backup of that, each while
#   attempts remain; then a person is told. While something keeps it from running a person is told at
#   once and nothing is done. One that PM2 is told not to restart is left alone.
package policies.pm2.process.hidden_errored

import data.policies.lib.causes

# METADATA
# description: it is down
findings contains finding if {
	input.process.state == "hidden_errored"
	input.process.cause == "none"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("PM2 says that it waits, but gave up after %d restarts", [input.process.restarts])}
}

# METADATA
# description: it is down, and something keeps it from running
findings contains finding if {
	input.process.state == "hidden_errored"
	input.process.cause != "none"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("PM2 says that it waits, but gave up on it: %s", [_remedy]), "cause": _cause}
}

# METADATA
# description: stop and start it while attempts remain
actions contains action if {
	input.process.state == "hidden_errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.attempts["pm2.stop_start"].failed < data.config.pm2.ladder.stop_start.attempts

	action := {"verb": "pm2.stop_start", "reason": "PM2 gave up, but says that it waits"}
}

# METADATA
# description: make it anew from dump.pm2 once that has not helped
actions contains action if {
	input.process.state == "hidden_errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.process.saved == "yes"
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	input.attempts["pm2.recreate"].failed < data.config.pm2.ladder.recreate.attempts

	action := {"verb": "pm2.recreate", "reason": "PM2 gave up, but says that it waits, and a stop and start did not help"}
}

# METADATA
# description: make it anew from a backup of dump.pm2 once nothing else has helped
actions contains action if {
	input.process.state == "hidden_errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
	input.process.restorable == "yes"
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	_recreate_spent
	input.attempts["pm2.restore_app"].failed < data.config.pm2.ladder.restore_app.attempts

	action := {"verb": "pm2.restore_app", "reason": "PM2 gave up, but says that it waits, and nothing else helped"}
}

# METADATA
# description: tell a person what keeps it from running
alerts contains alert if {
	input.process.state == "hidden_errored"
	input.process.cause != "none"
	input.process.autorestart != "no"

	alert := {"severity": "critical", "reason": sprintf("PM2 gave up on %s: %s", [input.process.name, _remedy])}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "hidden_errored"
	input.process.cause == "none"
	input.process.autorestart != "no"
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
