# METADATA
# title: missing
# description: >-
#   A workflow file that must exist and does not is restored from its newest
#   valid version while attempts remain; then a person is told, at once where no
#   version is known.
package policies.github.workflow.missing

# METADATA
# description: it is not there
findings contains finding if {
	input.workflow.state == "missing"
	input.workflow.expected

	finding := {"score": 0, "severity": "critical", "reason": sprintf("expected, but there is no %s", [input.workflow.path])}
}

# METADATA
# description: restore its newest valid version while attempts remain
actions contains action if {
	input.workflow.state == "missing"
	input.workflow.expected
	input.workflow.restorable == "yes"
	not _offered
	input.attempts["github.restore_file"].failed < data.config.github.ladder.restore_file.attempts

	action := {"verb": "github.restore_file", "reason": "expected, but it is not there", "for_s": data.config.github.broken_for}
}

# METADATA
# description: open an issue once the ladder has ended, where the configuration says so
actions contains action if {
	input.workflow.state == "missing"
	input.workflow.expected
	data.config.github.issues
	not _offered
	_restore_spent
	input.attempts["github.open_issue"].tried < data.config.github.ladder.open_issue.attempts

	action := {"verb": "github.open_issue", "reason": "expected, but it is not there, and nothing that rr may do is left"}
}

# METADATA
# description: tell a person that a version waits for them
alerts contains alert if {
	input.workflow.state == "missing"
	input.workflow.expected
	_offered

	alert := {
		"severity": "critical",
		"reason": sprintf("%s is gone; a valid version was offered to %s: merge it, then pull it", [input.workflow.path, data.config.github.repo]),
		"exhausted": true,
	}
}

# METADATA
# description: tell a person where no valid version is known
alerts contains alert if {
	input.workflow.state == "missing"
	input.workflow.expected
	input.workflow.restorable == "no"
	not _offered

	alert := {
		"severity": "critical",
		"reason": sprintf("%s is expected and neither there nor in git: write it, or take it out of expect", [input.workflow.path]),
	}
}

# METADATA
# description: tell a person where rr cannot tell whether a valid version exists
alerts contains alert if {
	input.workflow.state == "missing"
	input.workflow.expected
	input.workflow.restorable == "unknown"
	not _offered

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"%s is expected and not there, and rr cannot tell whether git holds a valid version, as in a shallow clone: get the history with git fetch --unshallow",
			[input.workflow.path],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.workflow.state == "missing"
	input.workflow.expected
	input.workflow.restorable == "yes"
	not _offered
	_restore_spent

	alert := {
		"severity": "critical",
		"reason": sprintf("%s is expected and not there, and nothing that rr may do is left: restore it by hand", [input.workflow.path]),
		"exhausted": true,
	}
}

_restore_spent if input.workflow.restorable != "yes"

_restore_spent if input.attempts["github.restore_file"].failed >= data.config.github.ladder.restore_file.attempts

# _offered holds once a valid version is on its way through GitHub: the checkout
# is the same until somebody pulls.
_offered if {
	data.config.github.changes != "leave"
	input.attempts["github.restore_file"].tried > input.attempts["github.restore_file"].unfinished
}
