# METADATA
# title: unstarted
# description: >-
#   An ecosystem file with apps that PM2 does not know is shown. Each of them is a
#   process of its own, which is missing and started as such, so that the file is
#   healthy still.
package policies.pm2.ecosystem.unstarted

# METADATA
# description: PM2 does not know all of its apps
findings contains finding if {
	input.ecosystem.state == "ok"
	count(input.ecosystem.unstarted) > 0

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf("PM2 does not know all of its apps: %s", [concat(", ", sort(input.ecosystem.unstarted))]),
	}
}
