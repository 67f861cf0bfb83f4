# METADATA
# title: down
# description: A process that waits for its restart, or that must exist and is stopped, is shown. It is left alone, because stopping is what a person does on purpose.
package policies.pm2.process.down

# METADATA
# description: it is stopped, though it must exist
findings contains finding if {
	input.process.state == "stopped"
	input.process.expected

	finding := {"score": 60, "severity": "warning", "reason": "stopped on purpose or finished; rr leaves it alone"}
}

# METADATA
# description: PM2 waits before it restarts it
findings contains finding if {
	input.process.state == "waiting"

	finding := {"score": 60, "severity": "warning", "reason": "PM2 waits before it restarts it"}
}
