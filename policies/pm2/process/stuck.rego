# METADATA
# title: stuck
# description: >-
#   A process that PM2 has been stopping for two minutes, and for twice its
#   kill_timeout, is shown, and a person is told. rr neither stops nor starts it:
#   it may be a person who is stopping it.
package policies.pm2.process.stuck

# METADATA
# description: it does not end
findings contains finding if {
	_stuck

	finding := {"score": 40, "severity": "critical", "reason": sprintf("PM2 has been stopping it for %d s, and it does not end", [input.process.stopping_s])}
}

# METADATA
# description: tell a person to end it
alerts contains alert if {
	_stuck

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 has been stopping %s for %d s, and it does not end: look what it waits for, or end it with kill -9 %s",
			[input.process.name, input.process.stopping_s, _pid],
		),
	}
}

_stuck if {
	input.process.state == "stopping"
	input.process.stopping_s >= _long_s
	input.process.stopping_s * 1000 >= 2 * object.get(input.process, "kill_timeout_ms", 0)
}

_pid := sprintf("%v", [object.get(input.process, "pid", "and its pid")])

# _long_s is for how long a stop may take at the least, in seconds.
_long_s := 120
