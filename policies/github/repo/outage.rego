# METADATA
# title: outage
# description: Many workflows that do not start at once are an outage of GitHub. It is shown, a person is told, and nothing is done until it is over.
package policies.github.repo.outage

import data.policies.lib.outages

# METADATA
# description: GitHub is out
findings contains finding if {
	_out

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("GitHub starts hardly anything (workflows: %d of %d): it is likely out", [input.repo.startup_failures, input.repo.workflows]),
		"cause": outages.cause,
	}
}

# METADATA
# description: tell a person
alerts contains alert if {
	_out

	alert := {
		"severity": "warning",
		"reason": sprintf("GitHub starts hardly any workflow of %s: it is likely out, and rr waits; see githubstatus.com", [input.repo.repo]),
	}
}

_out if outages.likely(input.repo.outage, input.repo.startup_failures, input.repo.workflows)
