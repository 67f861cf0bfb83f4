# METADATA
# title: failing
# description: >-
#   A workflow whose newest run failed: its failed jobs are run again, then all
#   of them, then it is started anew, then the workflow that stands in for it,
#   each while attempts remain; then a person is told. Only what looks like
#   infrastructure or is known to be flaky is run again, or any failure where the
#   configuration says so, and never one that fails the same way each time.
#   Nothing is done while a run is in work, while GitHub is out or refuses
#   requests, or while the file is invalid.
package policies.github.runs.failing

import data.policies.lib.outages

# METADATA
# description: it fails
findings contains finding if {
	_fails
	input.runs.streak < data.config.github.runs.critical

	finding := {"score": 60, "severity": "warning", "reason": _told, "in_work": _in_work}
}

# METADATA
# description: it has failed again and again
findings contains finding if {
	_fails
	input.runs.streak >= data.config.github.runs.critical

	finding := {"score": 20, "severity": "critical", "reason": _told, "in_work": _in_work}
}

# METADATA
# description: it fails, and another one stood in for it since
findings contains finding if {
	input.runs.conclusion in _failed
	_stood_in

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf("%s; %s has succeeded since", [_told, object.get(input.runs, "backup_workflow", "its backup")]),
	}
}

# METADATA
# description: run its failed jobs again while attempts remain
actions contains action if {
	_retriable
	_at_rest
	_rerunnable
	input.runs.conclusion != "startup_failure"
	input.attempts["github.rerun_failed"].failed < data.config.github.ladder.rerun_failed.attempts

	action := {"verb": "github.rerun_failed", "reason": _told}
}

# METADATA
# description: run all its jobs again once that has not helped
actions contains action if {
	_retriable
	_at_rest
	_rerunnable
	_rerun_failed_spent
	input.attempts["github.rerun"].failed < data.config.github.ladder.rerun.attempts

	action := {"verb": "github.rerun", "reason": sprintf("%s, and running its failed jobs again did not help", [_told])}
}

# METADATA
# description: start it anew once it is not to be run again
actions contains action if {
	_retriable
	_at_rest
	_reruns_spent
	input.runs.dispatchable == "yes"
	input.attempts["github.dispatch"].failed < data.config.github.ladder.dispatch.attempts

	action := {"verb": "github.dispatch", "reason": sprintf("%s, and running it again did not help", [_told])}
}

# METADATA
# description: start the workflow that stands in for it once that has not helped
actions contains action if {
	_retriable
	_at_rest
	_reruns_spent
	_dispatch_spent
	object.get(input.runs, "backup_workflow", "") != ""
	input.attempts["github.dispatch_backup"].failed < data.config.github.ladder.dispatch_backup.attempts

	action := {"verb": "github.dispatch_backup", "reason": sprintf("%s, and neither running it again nor starting it anew helped", [_told])}
}

# METADATA
# description: open an issue once the ladder has ended, where the configuration says so
actions contains action if {
	_retriable
	_at_rest
	_spent
	data.config.github.issues
	input.attempts["github.open_issue"].tried < data.config.github.ladder.open_issue.attempts

	action := {"verb": "github.open_issue", "reason": sprintf("%s, and nothing that rr may do is left", [_told])}
}

# METADATA
# description: tell a person at once of what fails the same way each time
alerts contains alert if {
	_fails
	input.runs.failure == "deterministic"

	alert := {
		"severity": _severity,
		"reason": sprintf("%s; it fails the same way each time, so that rr does not run it again: %s", [_told, _page]),
	}
}

# METADATA
# description: tell a person of what is not to be run again, once it has failed often
alerts contains alert if {
	_fails
	not input.runs.failure in _rerun
	input.runs.failure != "deterministic"
	input.runs.streak >= data.config.github.runs.critical

	alert := {
		"severity": "critical",
		"reason": sprintf("%s, and runs: rerun: \"%s\" does not run it again: %s", [_told, data.config.github.runs.rerun, _page]),
	}
}

# METADATA
# description: tell a person of what failed too long ago to be run again
alerts contains alert if {
	_fails
	input.runs.failure in _rerun
	input.runs.run_age_s > data.config.github.runs.max_age

	alert := {
		"severity": _severity,
		"reason": sprintf("%s, too long ago for rr to run it again: %s", [_told, _page]),
	}
}

# METADATA
# description: tell a person where rr cannot tell whether it may be run again
alerts contains alert if {
	_retriable
	_at_rest
	_untold
	not _reruns_spent

	alert := {
		"severity": _severity,
		"reason": sprintf("%s, and rr cannot tell whether it may be run again: %s", [_told, _page]),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	_retriable
	_at_rest
	_spent

	alert := {
		"severity": "critical",
		"reason": sprintf("%s, and nothing that rr may do is left: %s", [_told, _page]),
		"exhausted": true,
	}
}

_failed := {"failure", "timed_out", "startup_failure"}

# _fails holds where it failed by itself, and nothing has stood in for it.
_fails if {
	input.runs.conclusion in _failed
	not _stood_in
	not _out
}

# _out holds where it did not start because GitHub is out, of which
# startup_failure tells.
_out if {
	input.runs.conclusion == "startup_failure"
	_outage
}

_outage if outages.likely(input.parent.outage, input.peers.startup_failure, input.peers.total)

# _rerun are the failures that may be run again.
_rerun := {"infrastructure", "flaky"} if data.config.github.runs.rerun == "infrastructure"

_rerun := {"infrastructure", "flaky", "unknown"} if data.config.github.runs.rerun == "any"

_rerun := set() if data.config.github.runs.rerun == "none"

# _retriable holds where trying again may help, and nothing forbids it.
_retriable if {
	_fails
	input.runs.failure in _rerun
	input.runs.run_age_s <= data.config.github.runs.max_age
	input.runs.state == "active"
	input.runs.definition in {"valid", "unknown"}
	input.runs.file_rejected != "yes"
	input.parent.state == "active"
	input.parent.actions != "disabled"
	input.parent.limited == "no"
	not _outage
}

# _at_rest holds while no run is in work and every attempt is verified.
_at_rest if {
	not input.runs.in_work
	not input.runs.backup_in_work
	sum([tried.pending | some tried in input.attempts]) == 0
}

# _rerunnable holds where GitHub would run it again, and its jobs have not been
# tried often enough.
_rerunnable if {
	input.runs.rerun == "yes"
	_attempt > 0
	_attempt < data.config.github.runs.max_attempt
}

_rerun_over if input.runs.rerun in {"too_old", "too_often", "no"}

_rerun_over if _attempt >= data.config.github.runs.max_attempt

# _untold holds where it is not known whether it may be run again.
_untold if input.runs.rerun == "unknown"

_untold if _attempt == 0

# _attempt is the one of its jobs, since a person who runs one job again raises
# that of the run; 0 where it is not known. A run that did not start has no jobs.
_attempt := object.get(input.runs, "job_attempt", 0) if input.runs.conclusion != "startup_failure"

_attempt := object.get(input.runs, "run_attempt", 0) if input.runs.conclusion == "startup_failure"

_rerun_failed_spent if _rerun_over

_rerun_failed_spent if input.runs.conclusion == "startup_failure"

_rerun_failed_spent if input.attempts["github.rerun_failed"].failed >= data.config.github.ladder.rerun_failed.attempts

_rerun_spent if _rerun_over

_rerun_spent if input.attempts["github.rerun"].failed >= data.config.github.ladder.rerun.attempts

_reruns_spent if {
	_rerun_failed_spent
	_rerun_spent
}

_dispatch_spent if input.runs.dispatchable != "yes"

_dispatch_spent if input.attempts["github.dispatch"].failed >= data.config.github.ladder.dispatch.attempts

_backup_spent if object.get(input.runs, "backup_workflow", "") == ""

_backup_spent if input.attempts["github.dispatch_backup"].failed >= data.config.github.ladder.dispatch_backup.attempts

_spent if {
	_reruns_spent
	_dispatch_spent
	_backup_spent
}

# _stood_in holds where the workflow that stands in for it succeeded after it
# failed.
_stood_in if object.get(input.runs, "backup_run_age_s", _never) < object.get(input.runs, "run_age_s", 0)

# _never is an age that nothing has, in seconds.
_never := 1000000000000

# _in_work tells whether what was begun may still run: it has not failed before
# it ended.
_in_work if input.runs.in_work

_in_work if input.runs.backup_in_work

_in_work if input.runs.active > 0

_in_work := false if {
	not input.runs.in_work
	not input.runs.backup_in_work
	input.runs.active == 0
}

_severity := "critical" if input.runs.streak >= data.config.github.runs.critical

_severity := "warning" if input.runs.streak < data.config.github.runs.critical

_told := sprintf("%s%s, failed runs in a row: %d", [_words[input.runs.conclusion], _step, input.runs.streak])

_words := {"failure": "its newest run failed", "timed_out": "its newest run timed out", "startup_failure": "GitHub could not start its newest run"}

_step := sprintf(" in %s", [input.runs.failed_step])

_step := "" if not input.runs.failed_step

_page := object.get(input.runs, "run_url", sprintf("look at the runs of %s", [input.runs.workflow]))
