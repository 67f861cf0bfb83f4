# METADATA
# title: stuck
# description: >-
#   A run that takes far longer than its runs take is cancelled, once; then a
#   person is told. One that waits long for a runner is not, since to cancel it
#   loses it: a person is told.
package policies.github.runs.stuck

import data.policies.lib.outages

# METADATA
# description: it waits for a runner
findings contains finding if {
	_waits

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("a run has been waiting for a runner for %d s", [input.runs.queued_s]),
	}
}

# METADATA
# description: it takes too long
findings contains finding if {
	_hangs

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("a run has been running for %d s, more than %d s", [input.runs.running_s, _limit_s]),
		"in_work": _cancelling,
	}
}

# METADATA
# description: cancel the run, once
actions contains action if {
	_hangs
	input.runs.running_s > object.get(input.runs, "queued_s", 0) # else the one that has been active for the longest is another
	input.parent.limited == "no"
	not outages.likely(input.parent.outage, input.peers.startup_failure, input.peers.total)
	input.attempts["github.cancel"].tried < data.config.github.ladder.cancel.attempts

	action := {"verb": "github.cancel", "reason": sprintf("running for %d s, more than %d s", [input.runs.running_s, _limit_s])}
}

# METADATA
# description: tell a person of what waits
alerts contains alert if {
	_waits

	alert := {
		"severity": "warning",
		"reason": sprintf("a run of %s has been waiting for a runner for %d s: look at the runners, and at its concurrency group", [input.runs.workflow, input.runs.queued_s]),
	}
}

# METADATA
# description: tell a person of what could not be cancelled
alerts contains alert if {
	_hangs
	input.attempts["github.cancel"].failed >= data.config.github.ladder.cancel.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("a run of %s has been running for %d s, and nothing that rr may do is left: cancel it by hand, and give its jobs timeout-minutes", [input.runs.workflow, input.runs.running_s]),
		"exhausted": true,
	}
}

_waits if input.runs.queued_s > data.config.github.runs.queued_for

_hangs if input.runs.running_s > _limit_s

# _limit_s is how long a run may take, in seconds: three times what nearly all
# of its runs took, but not less than configured.
_limit_s := max([data.config.github.runs.running_for, 3 * object.get(input.runs, "running_p95_s", 0)])

# _cancelling holds until it is verified that the run was cancelled: GitHub
# says yes before it is.
_cancelling if input.attempts["github.cancel"].pending > 0

_cancelling := false if input.attempts["github.cancel"].pending == 0
