# METADATA
# title: unproven
# description: A backup that nobody has read again or restored for long is a hope. Each such set is shown, and a person told where rr tries in vain.
package policies.backup.set.unproven

# METADATA
# description: not read again
findings contains finding if {
	input.set.backups > 0
	input.set.last_verify_age_s > (2 * data.config.backup.verify_every) + data.config.backup.stale_after

	finding := {"score": 65, "severity": "warning", "reason": sprintf("its backups were last verified %d s ago", [input.set.last_verify_age_s])}
}

# METADATA
# description: not restored for practice
findings contains finding if {
	input.set.backups > 0
	input.set.openable == "yes"
	input.set.last_drill_age_s > (2 * data.config.backup.drill_every) + data.config.backup.stale_after

	finding := {"score": 65, "severity": "warning", "reason": sprintf("it was last restored for practice %d s ago", [input.set.last_drill_age_s])}
}

# METADATA
# description: nothing here opens it
findings contains finding if {
	input.set.backups > 0
	input.set.openable == "no"

	finding := {
		"score": 100,
		"severity": "info",
		"reason": "no identity here opens its backups, so that only their bytes are verified and no drill is done: backup.identity_file",
	}
}

# METADATA
# description: what would prove it fails
alerts contains alert if {
	some verb in ["backup.verify", "backup.drill", "backup.prune"]
	some tried, attempts in input.attempts
	tried == verb
	attempts.failed > 0

	alert := {"severity": "critical", "reason": sprintf("%s failed: rr why %s", [verb, input.id])}
}
