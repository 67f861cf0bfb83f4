# METADATA
# title: missing
# description: >-
#   A function that must exist and has no source gets it back from its newest
#   valid version while attempts remain; then a person is told, at once where no
#   version is known.
package policies.netlify.function.missing

# METADATA
# description: it is not there
findings contains finding if {
	input.function.state == "missing"
	input.function.expected

	finding := {"score": 0, "severity": "critical", "reason": "expected, but it has no source"}
}

# METADATA
# description: restore its source while attempts remain
actions contains action if {
	input.function.state == "missing"
	input.function.expected
	input.function.restorable == "yes"
	input.attempts["netlify.restore_source"].failed < data.config.netlify.ladder.restore_source.attempts

	action := {"verb": "netlify.restore_source", "reason": "expected, but it has no source", "for_s": data.config.netlify.broken_for}
}

# METADATA
# description: tell a person where no valid version is known
alerts contains alert if {
	input.function.state == "missing"
	input.function.expected
	input.function.restorable == "no"

	alert := {
		"severity": "critical",
		"reason": sprintf("the function %s is expected and neither there nor in git: write it, or take it out of expect", [input.function.name]),
	}
}

# METADATA
# description: tell a person where rr cannot tell whether a valid version exists
alerts contains alert if {
	input.function.state == "missing"
	input.function.expected
	input.function.restorable == "unknown"

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"the function %s is expected and not there, and rr cannot tell whether git holds a valid version, as in a shallow clone: get the history with git fetch --unshallow",
			[input.function.name],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.function.state == "missing"
	input.function.expected
	input.function.restorable == "yes"
	input.attempts["netlify.restore_source"].failed >= data.config.netlify.ladder.restore_source.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("the function %s is expected and not there, and nothing that rr may do is left: restore it by hand", [input.function.name]),
		"exhausted": true,
	}
}
