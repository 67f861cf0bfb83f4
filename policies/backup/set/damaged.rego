# METADATA
# title: damaged
# description: A backup whose bytes are no longer what they were is told of, and not restored from. An index that cannot be read is told of too.
package policies.backup.set.damaged

# METADATA
# description: the newest good one is, or the index
findings contains finding if {
	input.set.state == "damaged"

	finding := {"score": 30, "severity": "critical", "reason": sprintf("its backups are not whole: %s", [_problem])}
}

# METADATA
# description: older ones are
findings contains finding if {
	input.set.state != "damaged"
	input.set.damaged > 0

	finding := {"score": 80, "severity": "warning", "reason": sprintf("%d of its backups are damaged", [input.set.damaged])}
}

# METADATA
# description: disks that lose backups lose more
alerts contains alert if {
	input.set.damaged > 0

	alert := {
		"severity": "critical",
		"reason": sprintf("%d backups are damaged, look at the disk: rr backup list", [input.set.damaged]),
	}
}

_problem := object.get(input.set, "problem", "it is not said why")
