# METADATA
# title: actions_disabled
# description: A repository that may not run workflows is shown, and a person is told.
package policies.github.repo.actions_disabled

# METADATA
# description: workflows may not run
findings contains finding if {
	input.repo.actions == "disabled"

	finding := {"score": 20, "severity": "critical", "reason": "GitHub Actions is disabled: no workflow runs"}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.repo.actions == "disabled"

	alert := {
		"severity": "critical",
		"reason": sprintf("GitHub Actions is disabled in %s: enable it under Settings, Actions", [input.repo.repo]),
	}
}
