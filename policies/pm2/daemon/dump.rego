# METADATA
# title: dump
# description: A daemon whose dump would not bring its apps back, or holds apps that it does not know, is shown.
package policies.pm2.daemon.dump

# METADATA
# description: nothing is saved
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.dump == "missing"
	count(input.daemon.unsaved) > 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": "apps run and there is no dump.pm2: a reboot loses them; run pm2 save",
	}
}

# METADATA
# description: some of what runs is not saved
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.dump == "present"
	count(input.daemon.unsaved) > 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("not in dump.pm2: %s; a reboot loses them; run pm2 save", [concat(", ", sort(input.daemon.unsaved))]),
	}
}

# METADATA
# description: what is saved cannot be read
findings contains finding if {
	input.daemon.state == "serving"
	input.daemon.dump == "invalid"

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": "dump.pm2 cannot be read: a reboot loses every app; run pm2 save",
	}
}

# METADATA
# description: saved apps are not there
findings contains finding if {
	input.daemon.state == "serving"
	count(input.daemon.unstarted) > 0

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": sprintf(
			"in dump.pm2, and PM2 does not know them: %s; start them with pm2 resurrect, or drop them with pm2 save",
			[concat(", ", sort(input.daemon.unstarted))],
		),
	}
}
