# METADATA
# title: logrotate
# description: A daemon without pm2-logrotate is shown, because nothing else of PM2 keeps logs from filling the disk.
package policies.pm2.daemon.logrotate

# METADATA
# description: it is not installed
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.logrotate == "missing"

	finding := {"score": 100, "severity": "info", "reason": "logs are not rotated: run pm2 install pm2-logrotate"}
}

# METADATA
# description: it does not run
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.logrotate == "stopped"

	finding := {"score": 85, "severity": "warning", "reason": "logs are not rotated: pm2-logrotate is stopped; run pm2 restart pm2-logrotate"}
}
