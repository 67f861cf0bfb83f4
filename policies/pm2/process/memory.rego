# METADATA
# title: memory
# description: >-
#   A process whose tree uses too much of its memory limit is shown, and reloaded
#   (in cluster mode) or restarted once it has done so for long; then a person is
#   told. One that could not start again is not restarted.
package policies.pm2.process.memory

import data.policies.lib.causes

# METADATA
# description: it comes near its limit
findings contains finding if {
	input.process.state == "online"
	input.process.memory_pct >= data.config.pm2.memory.warn_pct
	input.process.memory_pct < data.config.pm2.memory.restart_pct

	finding := {"score": 70, "severity": "warning", "reason": _uses}
}

# METADATA
# description: it is over what it may use
findings contains finding if {
	input.process.state == "online"
	input.process.memory_pct >= data.config.pm2.memory.restart_pct

	finding := {"score": 40, "severity": "critical", "reason": _uses}
}

# METADATA
# description: reload it, where that is possible, when it has been over for long, while attempts remain
actions contains action if {
	input.process.state == "online"
	input.process.memory_pct >= data.config.pm2.memory.restart_pct
	input.process.cause == "none"
	input.process.exec_mode == "cluster_mode"
	input.attempts["pm2.reload"].failed < data.config.pm2.ladder.reload.attempts

	action := {"verb": "pm2.reload", "reason": _uses, "for_s": data.config.pm2.memory.for}
}

# METADATA
# description: restart it when it has been over for long, while attempts remain
actions contains action if {
	input.process.state == "online"
	input.process.memory_pct >= data.config.pm2.memory.restart_pct
	input.process.cause == "none"
	_reload_spent
	input.attempts["pm2.restart"].failed < data.config.pm2.ladder.restart.attempts

	action := {"verb": "pm2.restart", "reason": _uses, "for_s": data.config.pm2.memory.for}
}

# METADATA
# description: tell a person what would keep it from starting again
alerts contains alert if {
	input.process.state == "online"
	input.process.memory_pct >= data.config.pm2.memory.restart_pct
	input.process.cause != "none"
	input.unhealthy_s >= data.config.pm2.memory.for

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"over its memory limit, and it could not start again: %s",
			[causes.remedy(input.process.cause, object.get(input.process, "cause_path", ""))],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "online"
	input.process.memory_pct >= data.config.pm2.memory.restart_pct
	_reload_spent
	input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts
	input.unhealthy_s >= data.config.pm2.memory.for

	alert := {
		"severity": "critical",
		"reason": "over its memory limit, and nothing that rr may do is left; raise the limit or look for a leak",
		"exhausted": true,
	}
}

_uses := sprintf("uses %d %% of its memory limit", [input.process.memory_pct])

# _reload_spent holds where it cannot be reloaded, or where that has failed.
_reload_spent if object.get(input.process, "exec_mode", "fork_mode") != "cluster_mode"

_reload_spent if input.attempts["pm2.reload"].failed >= data.config.pm2.ladder.reload.attempts
