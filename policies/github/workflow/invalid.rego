# METADATA
# title: invalid
# description: >-
#   A workflow file that GitHub cannot run is mended where its corruption is a
#   known one, then restored from its newest valid version, each while attempts
#   remain; then a person is told. What was offered as a pull request or pushed
#   waits for the checkout to have it.
package policies.github.workflow.invalid

# METADATA
# description: GitHub cannot run it
findings contains finding if {
	input.workflow.state == "invalid"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("GitHub cannot run it: %s", [_problem])}
}

# METADATA
# description: mend a known corruption while attempts remain
actions contains action if {
	input.workflow.state == "invalid"
	input.workflow.fixable == "yes"
	not _offered
	input.attempts["github.fix_file"].failed < data.config.github.ladder.fix_file.attempts

	action := {"verb": "github.fix_file", "reason": "GitHub cannot run it, and its corruption is a known one", "for_s": data.config.github.broken_for}
}

# METADATA
# description: restore its newest valid version once that has not helped
actions contains action if {
	input.workflow.state == "invalid"
	input.workflow.restorable == "yes"
	not _offered
	_fix_spent
	input.attempts["github.restore_file"].failed < data.config.github.ladder.restore_file.attempts

	action := {"verb": "github.restore_file", "reason": sprintf("GitHub cannot run it; %s", [_from]), "for_s": data.config.github.broken_for}
}

# METADATA
# description: open an issue once the ladder has ended, where the configuration says so
actions contains action if {
	input.workflow.state == "invalid"
	data.config.github.issues
	not _offered
	_fix_spent
	_restore_spent
	input.attempts["github.open_issue"].tried < data.config.github.ladder.open_issue.attempts

	action := {"verb": "github.open_issue", "reason": "GitHub cannot run it, and nothing that rr may do is left"}
}

# METADATA
# description: tell a person that a mended version waits for them
alerts contains alert if {
	input.workflow.state == "invalid"
	_offered

	alert := {
		"severity": "critical",
		"reason": sprintf("GitHub cannot run %s; a valid version was offered to %s: merge it, then pull it", [input.workflow.path, data.config.github.repo]),
		"exhausted": true,
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.workflow.state == "invalid"
	input.workflow.restorable != "unknown"
	not _offered
	_fix_spent
	_restore_spent

	alert := {
		"severity": "critical",
		"reason": sprintf("GitHub cannot run %s and nothing that rr may do is left: %s", [input.workflow.path, _problem]),
		"exhausted": true,
	}
}

# METADATA
# description: tell a person where rr cannot tell whether a valid version exists
alerts contains alert if {
	input.workflow.state == "invalid"
	input.workflow.restorable == "unknown"
	not _offered
	_fix_spent

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"GitHub cannot run %s, and rr cannot tell whether git holds a valid version, as in a shallow clone: get the history with git fetch --unshallow; %s",
			[input.workflow.path, _problem],
		),
		"exhausted": true,
	}
}

# _fix_spent holds where it is no known corruption, or where mending has failed.
_fix_spent if input.workflow.fixable != "yes"

_fix_spent if input.attempts["github.fix_file"].failed >= data.config.github.ladder.fix_file.attempts

_restore_spent if input.workflow.restorable != "yes"

_restore_spent if input.attempts["github.restore_file"].failed >= data.config.github.ladder.restore_file.attempts

# _offered holds once a valid version is on its way through GitHub: the file of
# the checkout is the same until somebody pulls, so that it says nothing of
# whether that has worked.
_offered if {
	data.config.github.changes != "leave"
	some verb in ["github.fix_file", "github.restore_file"]
	input.attempts[verb].tried > input.attempts[verb].unfinished
}

_problem := object.get(input.workflow, "problem", "look at it with rr github lint")

_from := sprintf("%s has a valid version", [object.get(input.workflow, "restore_from", "git")])
