# METADATA
# title: pidusage
# description: >-
#   A daemon whose own measuring of memory and CPU fails is shown: while it does,
#   PM2 enforces no memory limit. rr measures by itself.
package policies.pm2.daemon.pidusage

# METADATA
# description: PM2 measures nothing
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.pidusage == "broken"

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": "PM2 measures neither memory nor CPU, so that max_memory_restart is off for all apps; a phantom is the usual reason",
	}
}
