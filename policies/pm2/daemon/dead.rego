# METADATA
# title: dead
# description: >-
#   A daemon that crashed is brought back from its dump once it has been dead for
#   long, while attempts remain. Where its dump is lost, or has not brought it
#   back, a good one is restored from a backup and it is brought back from that.
#   Then a person is told.
package policies.pm2.daemon.dead

# METADATA
# description: it crashed
findings contains finding if {
	input.daemon.state == "dead"

	finding := {"score": 0, "severity": "critical", "reason": "PM2 crashed: its pid file names a process that is gone"}
}

# METADATA
# description: bring it back from its dump while attempts remain
actions contains action if {
	input.daemon.state == "dead"
	input.daemon.dump == "present"
	input.attempts["pm2.resurrect"].failed < data.config.pm2.ladder.resurrect.attempts

	action := {"verb": "pm2.resurrect", "reason": "PM2 crashed", "for_s": data.config.pm2.dead_for}
}

# METADATA
# description: restore its dump from a backup and bring it back from that
actions contains action if {
	input.daemon.state == "dead"
	input.daemon.restorable == "yes"
	_dump_spent
	input.attempts["pm2.restore_dump"].failed < data.config.pm2.ladder.restore_dump.attempts

	action := {
		"verb": "pm2.restore_dump",
		"reason": sprintf("PM2 crashed and its dump %s", [_trouble]),
		"for_s": data.config.pm2.dead_for,
	}
}

# METADATA
# description: tell a person where there is nothing to bring it back from
alerts contains alert if {
	input.daemon.state == "dead"
	_nothing_to_start_from

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 crashed, its dump %s and %s: start its processes with pm2 start, then keep them with pm2 save",
			[_trouble, _no_backup],
		),
	}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.daemon.state == "dead"
	_dump_spent
	_backups_spent
	_something_to_start_from

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"PM2 crashed, its dump %s%s; look at pm2.log in its home, then run pm2 resurrect",
			[_trouble, _backups_too],
		),
		"exhausted": true,
	}
}

_nothing_to_start_from if {
	input.daemon.dump != "present"
	input.daemon.restorable != "yes"
}

_nothing_to_start_from if input.daemon.dump == "unknown"

# _dump_spent holds where its dump is lost, or has not brought it back.
_dump_spent if input.daemon.dump in {"missing", "invalid"}

_dump_spent if {
	input.daemon.dump == "present"
	input.attempts["pm2.resurrect"].failed >= data.config.pm2.ladder.resurrect.attempts
}

_backups_spent if input.daemon.restorable != "yes"

_backups_spent if input.attempts["pm2.restore_dump"].failed >= data.config.pm2.ladder.restore_dump.attempts

_something_to_start_from if input.daemon.dump == "present"

_something_to_start_from if input.daemon.restorable == "yes"

_trouble := "did not bring it back" if input.daemon.dump == "present"

_trouble := sprintf("is %s", [input.daemon.dump]) if input.daemon.dump != "present"

# after a restore the dump of the backup stays, so that a person has to know
# which one pm2 resurrect would take
_backups_too := " and neither did that of a backup, which is dump.pm2 now; dump.pm2.bak is the one before, if there was one" if input.attempts["pm2.restore_dump"].failed > 0

_backups_too := "" if input.attempts["pm2.restore_dump"].failed == 0

_no_backup := "no backup holds a good one" if input.daemon.restorable != "unknown"

_no_backup := "whether a backup holds a good one cannot be told (rr backup verify says why)" if input.daemon.restorable == "unknown"
