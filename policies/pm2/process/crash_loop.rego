# METADATA
# title: crash_loop
# description: >-
#   A process that dies again and again is reloaded (in cluster mode), restarted,
#   stopped and started, made anew from dump.pm2, then from a backup of that, each
#   while attempts remain; then, where the configuration allows it, stopped; then a person is told. One
#   that has lived for more than twice its mean life is left to itself, and so
#   is one that something keeps from running.
package policies.pm2.process.crash_loop

import data.policies.lib.causes

# METADATA
# description: it dies again and again
findings contains finding if {
	input.process.state == "crash_loop"
	input.process.cause == "none"
	_lived_s * input.process.restarts_10m <= _calm

	finding := {"score": 20, "severity": "critical", "reason": sprintf("in a crash loop: %s", [_rates])}
}

# METADATA
# description: it has calmed down
findings contains finding if {
	input.process.state == "crash_loop"
	input.process.cause == "none"
	_lived_s * input.process.restarts_10m > _calm

	finding := {"score": 60, "severity": "warning", "reason": sprintf("was in a crash loop, up for %d s now: %s", [_lived_s, _rates])}
}

# METADATA
# description: it dies again and again, and something keeps it from running
findings contains finding if {
	input.process.state == "crash_loop"
	input.process.cause != "none"

	finding := {
		"score": 20,
		"severity": "critical",
		"reason": sprintf("in a crash loop: %s; %s", [_remedy, _rates]),
		"cause": _cause,
	}
}

# METADATA
# description: reload it, where that is possible, while attempts remain
actions contains action if {
	input.process.state == "crash_loop"
	_looping
	input.process.exec_mode == "cluster_mode"
	input.attempts["pm2.reload"].failed < data.config.pm2.ladder.reload.attempts

	action := {"verb": "pm2.reload", "reason": "in a crash loop"}
}

# METADATA
# description: restart it while attempts remain
actions contains action if {
	input.process.state == "crash_loop"
	_looping
	_reload_spent
	input.attempts["pm2.restart"].failed < data.config.pm2.ladder.restart.attempts

	action := {"verb": "pm2.restart", "reason": "in a crash loop"}
}

# METADATA
# description: stop and start it once restarts have not helped
actions contains action if {
	input.process.state == "crash_loop"
	_looping
	_reload_spent
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed < data.config.pm2.ladder.stop_start.attempts

	action := {"verb": "pm2.stop_start", "reason": "in a crash loop, and restarts did not help"}
}

# METADATA
# description: make it anew from dump.pm2 once that has not helped
actions contains action if {
	input.process.state == "crash_loop"
	_looping
	_reload_spent
	input.process.saved == "yes"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	input.attempts["pm2.recreate"].failed < data.config.pm2.ladder.recreate.attempts

	action := {"verb": "pm2.recreate", "reason": "in a crash loop, and neither restarts nor a stop and start helped"}
}

# METADATA
# description: make it anew from a backup of dump.pm2 once nothing else has helped
actions contains action if {
	input.process.state == "crash_loop"
	_looping
	_reload_spent
	input.process.restorable == "yes"
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	_recreate_spent
	input.attempts["pm2.restore_app"].failed < data.config.pm2.ladder.restore_app.attempts

	action := {"verb": "pm2.restore_app", "reason": "in a crash loop, and nothing else helped"}
}

# METADATA
# description: stop it once nothing has helped, where the configuration gives this rung attempts
actions contains action if {
	input.process.state == "crash_loop"
	_looping
	_mending_spent
	object.get(input.process, "cron_restart", "") == ""
	input.attempts["pm2.stop"].failed < data.config.pm2.ladder.stop.attempts

	action := {"verb": "pm2.stop", "reason": "in a crash loop that nothing has mended"}
}

# METADATA
# description: tell a person what keeps it from running
alerts contains alert if {
	input.process.state == "crash_loop"
	input.process.cause != "none"

	alert := {"severity": "critical", "reason": sprintf("%s is in a crash loop: %s", [input.process.name, _remedy])}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "crash_loop"
	_looping
	_mending_spent
	_stop_spent

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"in a crash loop, and nothing that rr may do is left; look at pm2 logs %s, or stop it with pm2 stop %s",
			[input.process.name, input.process.name],
		),
		"exhausted": true,
	}
}

# _calm is the uptime times the restarts of 10 minutes from which on the loop is
# said to have ended: twice the mean life. The state itself may last longer,
# with a long settle, and a process that runs again must not be restarted for it.
_calm := 2 * 600

_lived_s := object.get(input.process, "uptime_s", 0)

# _looping holds while it dies again and again and may be acted on.
_looping if {
	input.process.cause == "none"
	_lived_s * input.process.restarts_10m <= _calm
}

# _reload_spent holds where it cannot be reloaded, or where that has failed.
_reload_spent if object.get(input.process, "exec_mode", "fork_mode") != "cluster_mode"

_reload_spent if input.attempts["pm2.reload"].failed >= data.config.pm2.ladder.reload.attempts

# _mending_spent holds once every rung has failed but the one that stops it.
_mending_spent if {
	_reload_spent
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.attempts["pm2.stop_start"].failed >= data.config.pm2.ladder.stop_start.attempts
	_recreate_spent
	_restore_spent
}

_recreate_spent if input.process.saved != "yes"

_recreate_spent if input.attempts["pm2.recreate"].failed >= data.config.pm2.ladder.recreate.attempts

# _restore_spent holds where no backup has another entry of it, or where that has
# failed.
_restore_spent if input.process.restorable != "yes"

_restore_spent if input.attempts["pm2.restore_app"].failed >= data.config.pm2.ladder.restore_app.attempts

# _stop_spent holds where it must not be stopped: cron_restart starts it again
# whenever its time comes.
_stop_spent if object.get(input.process, "cron_restart", "") != ""

_stop_spent if input.attempts["pm2.stop"].failed >= data.config.pm2.ladder.stop.attempts

_rates := sprintf(
	"restarted %d times in the last minute, %d in 10 minutes, %d in the last hour",
	[input.process.restarts_1m, input.process.restarts_10m, input.process.restarts_1h],
)

_cause := causes.text(input.process.cause, object.get(input.process, "cause_path", ""))

_remedy := causes.remedy(input.process.cause, object.get(input.process, "cause_path", ""))
