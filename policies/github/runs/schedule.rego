# METADATA
# title: schedule
# description: >-
#   A workflow whose scheduled run is far later than GitHub mostly is gets a
#   run, where it can be dispatched, while attempts remain; then a person is
#   told. Where another run of it has ended since, that is enough.
package policies.github.runs.schedule

import data.policies.lib.outages

# METADATA
# description: its scheduled run did not come
findings contains finding if {
	_late
	not _made_good

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("its scheduled run is %d s late, missed in a row: %d", [_late_s, input.runs.schedule_missed]),
		"in_work": input.runs.in_work,
	}
}

# METADATA
# description: its scheduled run did not come, and another one did
findings contains finding if {
	_late
	_made_good

	finding := {"score": 80, "severity": "warning", "reason": sprintf("its scheduled run is %d s late; another one has ended since", [_late_s])}
}

# METADATA
# description: earlier ones did not come
findings contains finding if {
	input.runs.schedule_missed > 0
	not _late

	finding := {"score": 80, "severity": "warning", "reason": sprintf("scheduled runs that did not come: %d", [input.runs.schedule_missed])}
}

# METADATA
# description: start it while attempts remain
actions contains action if {
	_late
	not _made_good
	not input.runs.in_work
	input.runs.dispatchable == "yes"
	input.runs.state == "active"
	input.runs.definition in {"valid", "unknown"}
	input.parent.state == "active"
	input.parent.actions != "disabled"
	input.parent.limited == "no"
	not outages.likely(input.parent.outage, input.peers.startup_failure, input.peers.total)
	input.attempts["github.dispatch"].failed < data.config.github.ladder.dispatch.attempts

	action := {"verb": "github.dispatch", "reason": "its scheduled run did not come"}
}

# METADATA
# description: tell a person where rr cannot start it
alerts contains alert if {
	_late
	not _made_good
	not input.runs.in_work
	input.runs.dispatchable != "yes"

	alert := {
		"severity": "warning",
		"reason": sprintf("the scheduled run of %s is %d s late, and it cannot be started: give it on: workflow_dispatch", [input.runs.workflow, _late_s]),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	_late
	not _made_good
	not input.runs.in_work
	input.runs.dispatchable == "yes"
	input.attempts["github.dispatch"].failed >= data.config.github.ladder.dispatch.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("the scheduled run of %s is %d s late, and nothing that rr may do is left", [input.runs.workflow, _late_s]),
		"exhausted": true,
	}
}

_late if _late_s > data.config.github.runs.late_by

# _made_good holds where a run has ended since the scheduled one was due.
_made_good if object.get(input.runs, "run_age_s", _late_s) < _late_s

_late_s := object.get(input.runs, "schedule_late_s", 0)
