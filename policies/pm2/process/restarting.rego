# METADATA
# title: restarting
# description: A process that keeps being restarted is not healthy, though PM2 says that it is online. It is shown, and no action is taken for a success while it goes on.
package policies.pm2.process.restarting

# METADATA
# description: it was restarted three times or more within a minute, and has lived for less than two thirds of the settle time since
findings contains finding if {
	input.process.restarts_1m >= _too_often
	input.process.uptime_s * 3 < data.config.settle * 2

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("restarts within a minute: %d, within 10 minutes: %d", [input.process.restarts_1m, input.process.restarts_10m]),
	}
}

_too_often := 3
