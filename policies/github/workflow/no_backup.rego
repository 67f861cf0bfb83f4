# METADATA
# title: no_backup
# description: >-
#   A workflow that no other can stand in for is shown. Where the configuration
#   gives generate_backup attempts it is a warning, a backup workflow is written,
#   and a person is told where that has failed.
package policies.github.workflow.no_backup

# METADATA
# description: nothing stands in for it, and nobody asked for that
findings contains finding if {
	_alone
	data.config.github.ladder.generate_backup.attempts == 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": "no workflow stands in for it: rr act github.generate_backup writes one, and ladder: generate_backup: attempts: 1 has rr do so",
	}
}

# METADATA
# description: nothing stands in for it, and something is to
findings contains finding if {
	_alone
	data.config.github.ladder.generate_backup.attempts > 0

	finding := {"score": 70, "severity": "warning", "reason": "no workflow stands in for it"}
}

# METADATA
# description: write one while attempts remain
actions contains action if {
	_alone
	not _offered
	input.attempts["github.generate_backup"].failed < data.config.github.ladder.generate_backup.attempts

	action := {"verb": "github.generate_backup", "reason": "no workflow stands in for it"}
}

# METADATA
# description: tell a person once that has failed
alerts contains alert if {
	_alone
	data.config.github.ladder.generate_backup.attempts > 0
	input.attempts["github.generate_backup"].failed >= data.config.github.ladder.generate_backup.attempts

	alert := {
		"severity": "warning",
		"reason": sprintf("no workflow stands in for %s, and rr could not write one, or it is not merged yet", [input.workflow.path]),
		"exhausted": true,
	}
}

# _alone holds where a workflow that could be stood in for is not.
_alone if {
	input.workflow.state == "valid"
	not input.workflow.generated
	object.get(input.workflow, "backed_up_by", "") == ""
	some trigger in input.workflow.triggers
	trigger != "workflow_call"
}

# _offered holds once one is on its way through GitHub: the checkout is the same
# until somebody pulls.
_offered if {
	data.config.github.changes != "leave"
	input.attempts["github.generate_backup"].tried > input.attempts["github.generate_backup"].unfinished
}
