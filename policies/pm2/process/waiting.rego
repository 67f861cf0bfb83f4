# METADATA
# title: waiting
# description: A process that waits for its restart, or that takes long to start, is shown. Nothing is done, because PM2 is about to.
package policies.pm2.process.waiting

import data.policies.lib.causes

# METADATA
# description: PM2 waits before it restarts it
findings contains finding if {
	input.process.state == "waiting"
	input.process.cause == "none"

	finding := {"score": 60, "severity": "warning", "reason": "PM2 waits before it restarts it"}
}

# METADATA
# description: PM2 waits before it restarts what cannot run
findings contains finding if {
	input.process.state == "waiting"
	input.process.cause != "none"

	path := object.get(input.process, "cause_path", "")
	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("PM2 waits before it restarts it: %s", [causes.remedy(input.process.cause, path)]),
		"cause": causes.text(input.process.cause, path),
	}
}

# METADATA
# description: it takes long to start
findings contains finding if {
	input.process.state == "launching"
	input.process.uptime_s >= _slow_s

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("started %d s ago and still not ready; look at pm2 logs %s", [input.process.uptime_s, input.process.name]),
	}
}

# _slow_s is how long a start may take, in seconds.
_slow_s := 120
