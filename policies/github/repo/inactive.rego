# METADATA
# title: inactive
# description: A repository without a commit for long is shown, and a person is told, before GitHub disables its scheduled workflows after 60 days.
package policies.github.repo.inactive

# METADATA
# description: nobody has committed for long
findings contains finding if {
	input.repo.inactive_days >= data.config.github.warn.inactive_days

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": sprintf("days without a commit: %d; GitHub disables scheduled workflows after 60", [input.repo.inactive_days]),
	}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.repo.inactive_days >= data.config.github.warn.inactive_days

	alert := {
		"severity": "warning",
		"reason": sprintf("%s has had no commit for %d days; GitHub disables its scheduled workflows after 60: commit something", [input.repo.repo, input.repo.inactive_days]),
	}
}
