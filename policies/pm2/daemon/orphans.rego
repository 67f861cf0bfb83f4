# METADATA
# title: orphans
# description: >-
#   Processes that outlived an earlier daemon and run beside the one that serves
#   are shown. Ending them is left to a person; where a daemon is brought back,
#   rr ends them before.
package policies.pm2.daemon.orphans

# METADATA
# description: some still run
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.orphans > 0

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf(
			"processes of an earlier daemon that still run: %d; rr act pm2.end_orphans %s ends those whose app is to be started, the others are yours to end",
			[input.daemon.orphans, input.id],
		),
	}
}
