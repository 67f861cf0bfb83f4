# METADATA
# title: stale
# description: A set without a good backup, or with an old one only, is shown; where backing up fails, a person is told.
package policies.backup.set.stale

# METADATA
# description: there is none
findings contains finding if {
	input.set.state == "missing"

	finding := {"score": 70, "severity": "warning", "reason": "it has no good backup yet"}
}

# METADATA
# description: there is none, and what is there now does not validate
findings contains finding if {
	input.set.state == "invalid"
	input.set.backups == 0

	finding := {"score": 70, "severity": "warning", "reason": sprintf("it has no good backup, and is not valid now: %s", [_problem])}
}

# METADATA
# description: what is there now does not validate; its own policies judge that
findings contains finding if {
	input.set.state == "invalid"
	input.set.backups > 0

	finding := {
		"score": 90,
		"severity": "info",
		"reason": sprintf("what is there now is not valid and is kept apart, beside %d that are good: %s", [input.set.backups, _problem]),
	}
}

# METADATA
# description: the newest is old
findings contains finding if {
	input.set.last_good_age_s > input.set.every_s + data.config.backup.stale_after

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("its newest good backup is of %d s ago", [input.set.last_good_age_s]),
	}
}

# METADATA
# description: backing up fails
alerts contains alert if {
	input.attempts["backup.create"].failed >= data.config.backup.ladder.create.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("it could not be backed up %d times in a row; rr goes on trying: rr why %s", [input.attempts["backup.create"].failed, input.id]),
	}
}

# METADATA
# description: it has been old for long
alerts contains alert if {
	input.set.last_good_age_s > input.set.every_s + (2 * data.config.backup.stale_after)

	alert := {
		"severity": "warning",
		"reason": sprintf("its newest good backup is of %d s ago: rr backup list", [input.set.last_good_age_s]),
	}
}

_problem := object.get(input.set, "problem", "it is not said why")
