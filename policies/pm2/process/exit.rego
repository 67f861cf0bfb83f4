# METADATA
# title: exit
# description: >-
#   A process that a signal ended lately is shown with that signal, where it was
#   none that asks it to end. It is healthy still: how it is now is told by
#   itself.
package policies.pm2.process.exit

# METADATA
# description: it was killed
findings contains finding if {
	input.process.state != "stopped"
	input.process.last_exit_signal == "SIGKILL"
	input.process.last_exit_s <= _lately_s

	finding := {
		"score": 85,
		"severity": "warning",
		"reason": sprintf("killed by SIGKILL %d s ago, perhaps for lack of memory", [input.process.last_exit_s]),
	}
}

# METADATA
# description: it was ended by another signal
findings contains finding if {
	input.process.state != "stopped"
	input.process.last_exit_signal != "SIGKILL"
	input.process.last_exit_signal != "SIGINT"
	input.process.last_exit_signal != "SIGTERM"
	input.process.last_exit_signal != "SIGQUIT"
	input.process.last_exit_s <= _lately_s

	finding := {
		"score": 90,
		"severity": "info",
		"reason": sprintf("ended by %s %d s ago", [input.process.last_exit_signal, input.process.last_exit_s]),
	}
}

_lately_s := 600
