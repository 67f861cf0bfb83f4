# METADATA
# title: missing
# description: >-
#   A process that must exist and that PM2 does not know is started from its
#   ecosystem file, then from dump.pm2, then from a backup of that, each while
#   attempts remain; then a person is told. Where none holds it, or something keeps it from running, a person
#   is told at once. One that is to be stopped may well be missing.
package policies.pm2.process.missing

import data.policies.lib.causes

# METADATA
# description: it is not there
findings contains finding if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause == "none"

	finding := {"score": 0, "severity": "critical", "reason": "expected, but PM2 does not know it"}
}

# METADATA
# description: it is not there, and something keeps it from running
findings contains finding if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause != "none"

	finding := {
		"score": 0,
		"severity": "critical",
		"reason": sprintf("expected, but PM2 does not know it: %s", [_remedy]),
		"cause": causes.text(input.process.cause, object.get(input.process, "cause_path", "")),
	}
}

# METADATA
# description: start it from its ecosystem file while attempts remain
actions contains action if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause == "none"
	input.process.in_ecosystem == "yes"
	input.attempts["pm2.start_ecosystem"].failed < data.config.pm2.ladder.start_ecosystem.attempts

	action := {"verb": "pm2.start_ecosystem", "reason": "expected, but PM2 does not know it"}
}

# METADATA
# description: start this one app from dump.pm2 while attempts remain
actions contains action if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause == "none"
	_ecosystem_spent
	_in_dump
	input.attempts["pm2.resurrect"].failed < data.config.pm2.ladder.resurrect.attempts

	action := {"verb": "pm2.resurrect", "reason": "expected, but PM2 does not know it"}
}

# METADATA
# description: start this one app from a backup of dump.pm2 while attempts remain
actions contains action if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause == "none"
	input.process.restorable == "yes"
	_ecosystem_spent
	_resurrect_spent
	input.attempts["pm2.restore_app"].failed < data.config.pm2.ladder.restore_app.attempts

	action := {"verb": "pm2.restore_app", "reason": "expected, but PM2 does not know it"}
}

# METADATA
# description: tell a person what keeps it from running
alerts contains alert if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause != "none"

	alert := {"severity": "critical", "reason": sprintf("PM2 does not know %s: %s", [input.process.name, _remedy])}
}

# METADATA
# description: tell a person where there is nothing to start it from
alerts contains alert if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause == "none"
	input.process.in_ecosystem != "yes"
	not _in_dump
	input.process.restorable != "yes"

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 does not know %s, and neither an ecosystem file nor its dump (%s) nor a backup of that holds it: start it with pm2 start, then keep it with pm2 save",
			[input.process.name, input.parent.dump],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.process.state == "missing"
	input.process.wanted != "stopped"
	input.process.cause == "none"
	_startable
	_ecosystem_spent
	_resurrect_spent
	_restore_spent

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 does not know %s and nothing that rr may do is left: start it with pm2 start, then keep it with pm2 save",
			[input.process.name],
		),
		"exhausted": true,
	}
}

# _in_dump holds where dump.pm2 has it, or may have it.
_in_dump if input.process.saved == "yes"

_in_dump if {
	input.process.saved == "unknown"
	input.parent.dump == "present"
}

_startable if input.process.in_ecosystem == "yes"

_startable if _in_dump

_startable if input.process.restorable == "yes"

# _ecosystem_spent holds where no ecosystem file has it, or where that has failed.
_ecosystem_spent if input.process.in_ecosystem != "yes"

_ecosystem_spent if input.attempts["pm2.start_ecosystem"].failed >= data.config.pm2.ladder.start_ecosystem.attempts

_resurrect_spent if not _in_dump

_resurrect_spent if input.attempts["pm2.resurrect"].failed >= data.config.pm2.ladder.resurrect.attempts

# _restore_spent holds where no backup has an entry of it, or where that has
# failed.
_restore_spent if input.process.restorable != "yes"

_restore_spent if input.attempts["pm2.restore_app"].failed >= data.config.pm2.ladder.restore_app.attempts

_remedy := causes.remedy(input.process.cause, object.get(input.process, "cause_path", ""))
