# METADATA
# title: foreign
# description: A daemon of another user is shown, because rr cannot see its processes.
package policies.pm2.daemon.foreign

# METADATA
# description: its processes cannot be seen
findings contains finding if {
	input.daemon.state == "foreign"

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": "PM2 belongs to another user, so that its processes cannot be seen; run rr as that user",
	}
}
