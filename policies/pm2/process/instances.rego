# METADATA
# title: instances
# description: >-
#   An app of which fewer instances are online than its ecosystem file wants is
#   shown, on its first instance. What is wrong with the others is told, and
#   mended, of themselves, so that this one is healthy still.
package policies.pm2.process.instances

# METADATA
# description: too few are online
findings contains finding if {
	input.process.instance == 0
	input.process.wanted == "running"
	input.process.instances_wanted > 1
	input.process.instances_online < input.process.instances_wanted

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf("%d of %d instances are online", [input.process.instances_online, input.process.instances_wanted]),
	}
}
