# METADATA
# title: due
# description: A set is backed up, read again, restored for practice and thinned out when it is time.
package policies.backup.set.due

# METADATA
# description: it was never backed up, or its newest backup is damaged
actions contains action if {
	input.set.state in {"missing", "damaged"}

	action := {"verb": "backup.create", "reason": sprintf("its backup is %s", [input.set.state])}
}

# METADATA
# description: it is time for the next backup
actions contains action if {
	input.set.state in {"ok", "invalid"}
	input.set.last_try_age_s >= input.set.every_s

	action := {"verb": "backup.create", "reason": sprintf("the last one was %d s ago, and one is due every %d s", [input.set.last_try_age_s, input.set.every_s])}
}

# METADATA
# description: the mirror lacks the newest one
actions contains action if {
	input.set.state == "ok"
	input.set.mirror == "behind"

	action := {"verb": "backup.create", "reason": "the mirror lacks the newest good backup"}
}

# METADATA
# description: it is time to read them again
actions contains action if {
	input.set.backups > 0
	input.set.last_verify_age_s >= data.config.backup.verify_every

	action := {"verb": "backup.verify", "reason": sprintf("the least recently verified was %d s ago", [input.set.last_verify_age_s])}
}

# METADATA
# description: it is time to practise
actions contains action if {
	input.set.backups > 0
	input.set.state != "damaged"
	input.set.openable == "yes"
	input.set.last_drill_age_s >= data.config.backup.drill_every

	action := {"verb": "backup.drill", "reason": sprintf("the last drill was %d s ago", [input.set.last_drill_age_s])}
}

# METADATA
# description: it was never practised
actions contains action if {
	input.set.backups > 0
	input.set.state != "damaged"
	input.set.openable == "yes"
	object.get(input.set, "last_drill_age_s", -1) == -1

	action := {"verb": "backup.drill", "reason": "it was never restored for practice"}
}

# METADATA
# description: more is kept than keep says
actions contains action if {
	input.set.prunable > 0

	action := {"verb": "backup.prune", "reason": sprintf("%d backups are more than keep: keeps", [input.set.prunable])}
}
