# METADATA
# title: flapping
# description: A process that falls below healthy again and again is not healthy between two falls either.
package policies.pm2.process.flapping

# METADATA
# description: it has fallen often
findings contains finding if {
	input.flaps >= _often
	not input.process.state in _at_rest

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("fell below healthy %d times within flap_window", [input.flaps]),
	}
}

_often := 4

# _at_rest are the states in which it is not to run.
_at_rest := {"stopped", "finished"}
