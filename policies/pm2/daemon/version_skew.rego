# METADATA
# title: version_skew
# description: A daemon of another version than the pm2 command is shown. rr does not update it, because that restarts every app.
package policies.pm2.daemon.version_skew

# METADATA
# description: the versions differ
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.version_skew == "yes"

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf(
			"the daemon is version %s and the pm2 command %s: run pm2 update by hand, at a time when every app may restart",
			[object.get(input.daemon, "version", "unknown"), object.get(input.daemon, "command_version", "unknown")],
		),
	}
}
