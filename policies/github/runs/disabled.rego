# METADATA
# title: disabled
# description: >-
#   A workflow that GitHub disabled because nobody committed for long is enabled
#   while attempts remain; then a person is told. One that a person disabled is
#   shown and left alone. Of others a person is told.
package policies.github.runs.disabled

import data.policies.lib.outages

# METADATA
# description: GitHub disabled it
findings contains finding if {
	input.runs.state == "disabled_inactivity"

	finding := {"score": 40, "severity": "critical", "reason": "GitHub disabled it, since nobody committed for 60 days"}
}

# METADATA
# description: a person disabled it
findings contains finding if {
	input.runs.state == "disabled_manually"

	finding := {"score": 100, "severity": "info", "reason": "a person disabled it; rr leaves it so"}
}

# METADATA
# description: it is disabled, since the repository is a fork
findings contains finding if {
	input.runs.state == "disabled_fork"

	finding := {"score": 70, "severity": "warning", "reason": "GitHub disabled it, since the repository is a fork"}
}

# METADATA
# description: GitHub has it no more, and the checkout has
findings contains finding if {
	input.runs.state == "deleted"
	input.runs.definition != "missing"

	finding := {"score": 70, "severity": "warning", "reason": "GitHub has it no more, and the checkout has"}
}

# METADATA
# description: neither GitHub nor the checkout has it
findings contains finding if {
	input.runs.state == "deleted"
	input.runs.definition == "missing"

	finding := {"score": 100, "severity": "info", "reason": "neither GitHub nor the checkout has it any more"}
}

# METADATA
# description: enable it while attempts remain
actions contains action if {
	input.runs.state == "disabled_inactivity"
	input.parent.state == "active"
	input.parent.actions != "disabled"
	input.parent.limited == "no"
	not outages.likely(input.parent.outage, input.peers.startup_failure, input.peers.total)
	input.attempts["github.enable"].failed < data.config.github.ladder.enable.attempts

	action := {"verb": "github.enable", "reason": "disabled for inactivity"}
}

# METADATA
# description: tell a person once that has failed
alerts contains alert if {
	input.runs.state == "disabled_inactivity"
	input.attempts["github.enable"].failed >= data.config.github.ladder.enable.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("GitHub disabled %s for inactivity, and nothing that rr may do is left: gh workflow enable %s", [input.runs.workflow, input.runs.workflow]),
		"exhausted": true,
	}
}

# METADATA
# description: tell a person of a fork
alerts contains alert if {
	input.runs.state == "disabled_fork"

	alert := {
		"severity": "warning",
		"reason": sprintf("%s is disabled, since the repository is a fork: gh workflow enable %s", [input.runs.workflow, input.runs.workflow]),
	}
}

# METADATA
# description: tell a person of what is not pushed
alerts contains alert if {
	input.runs.state == "deleted"
	input.runs.definition != "missing"

	alert := {
		"severity": "warning",
		"reason": sprintf("GitHub has %s no more, and the checkout has: push it, or delete it", [input.runs.workflow]),
	}
}
