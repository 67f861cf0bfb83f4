# METADATA
# title: runners
# description: Self-hosted runners that are offline are shown. Where all are, a person is told.
package policies.github.repo.runners

# METADATA
# description: some are offline
findings contains finding if {
	input.repo.runners_offline > 0
	input.repo.runners_offline < input.repo.runners

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": sprintf("self-hosted runners that are offline: %d of %d", [input.repo.runners_offline, input.repo.runners]),
	}
}

# METADATA
# description: all are offline
findings contains finding if {
	_all

	finding := {"score": 40, "severity": "critical", "reason": sprintf("every self-hosted runner is offline: %d", [input.repo.runners])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	_all

	alert := {
		"severity": "critical",
		"reason": sprintf("every self-hosted runner of %s is offline: start one; what asks for them waits", [input.repo.repo]),
	}
}

_all if {
	input.repo.runners_offline > 0
	input.repo.runners_offline >= input.repo.runners
}
