# METADATA
# title: memory_trend
# description: >-
#   A process whose memory grows towards its limit is shown before it gets there.
#   It is healthy still, so that an estimate that swings opens no incident.
package policies.pm2.process.memory_trend

# METADATA
# description: it will be at its limit soon
findings contains finding if {
	input.process.state == "online"
	input.process.memory_full_s <= _soon_s

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf("at its memory limit in %d s, as it has grown for 10 minutes", [input.process.memory_full_s]),
	}
}

# METADATA
# description: it will be at its limit within the hour
findings contains finding if {
	input.process.state == "online"
	input.process.memory_full_s > _soon_s
	input.process.memory_full_s <= _later_s

	finding := {
		"score": 90,
		"severity": "info",
		"reason": sprintf("at its memory limit in %d s, as it has grown for 10 minutes", [input.process.memory_full_s]),
	}
}

_soon_s := 600

_later_s := 3600
