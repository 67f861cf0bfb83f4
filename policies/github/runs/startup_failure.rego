# METADATA
# title: startup_failure
# description: >-
#   A run that GitHub could not start is shown besides what failing does about
#   it, with what is mostly the reason. Where many did not start it is an outage
#   of GitHub: they are one incident, and nothing is done.
package policies.github.runs.startup_failure

import data.policies.lib.outages

# METADATA
# description: GitHub could not start it
findings contains finding if {
	input.runs.conclusion == "startup_failure"
	not _outage

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": "GitHub could not start it: look for a workflow, an action or a secret that it uses and that is gone, and at the permissions that it asks for",
	}
}

# METADATA
# description: GitHub starts hardly anything
findings contains finding if {
	input.runs.conclusion == "startup_failure"
	_outage

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("GitHub starts hardly anything (workflows: %d of %d): it is likely out", [input.peers.startup_failure, input.peers.total]),
		"cause": outages.cause,
	}
}

_outage if outages.likely(input.parent.outage, input.peers.startup_failure, input.peers.total)
