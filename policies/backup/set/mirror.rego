# METADATA
# title: mirror
# description: A second place that is configured is there and holds the newest good backup, or a person is told.
package policies.backup.set.mirror

# METADATA
# description: it is not there
findings contains finding if {
	input.set.mirror == "missing"

	finding := {"score": 60, "severity": "warning", "reason": sprintf("the mirror is missing: %s", [_problem]), "cause": "mirror_missing"}
}

# METADATA
# description: it lacks the newest one
findings contains finding if {
	input.set.mirror == "behind"

	finding := {"score": 75, "severity": "warning", "reason": sprintf("the mirror lacks the newest good backup: %s", [_problem])}
}

# METADATA
# description: a person has to mount it
alerts contains alert if {
	input.set.mirror == "missing"

	alert := {
		"severity": "warning",
		"reason": sprintf("the mirror of the backups is missing: mount it, or begin it with rr backup mirror: %s", [_problem]),
	}
}

_problem := object.get(input.set, "mirror_problem", "it is not said why")
