# METADATA
# title: emergency
# description: >-
#   Below emergency.enter the whole is in an emergency, from emergency.leave on it
#   is not; in between it stays as it is. When that is followed is rr's to say.
package policies.overall.emergency

# METADATA
# description: it is an emergency
mode contains wish if {
	input.health.score < data.config.emergency.enter

	wish := {
		"mode": "emergency",
		"reason": sprintf("health is %d, below %d", [input.health.score, data.config.emergency.enter]),
	}
}

# METADATA
# description: it is none, or none any more
mode contains wish if {
	input.health.score >= data.config.emergency.leave

	wish := {
		"mode": "normal",
		"reason": sprintf("health is %d, at or above %d", [input.health.score, data.config.emergency.leave]),
	}
}
