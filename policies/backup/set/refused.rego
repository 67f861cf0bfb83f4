# METADATA
# title: refused
# description: A set that holds secrets is not backed up in plain, unless the configuration says so. That is advice, and told once.
package policies.backup.set.refused

# METADATA
# description: it is not backed up
findings contains finding if {
	input.set.state == "refused"

	finding := {"score": 100, "severity": "info", "reason": _advice}
}

# METADATA
# description: a person has to say for whom
alerts contains alert if {
	input.set.state == "refused"

	alert := {"severity": "info", "reason": sprintf("%s: %s", [input.id, _advice])}
}

_advice := "it holds secrets and is not backed up: name whom to encrypt for in backup.recipients, or leave it out of backup.builtin; encrypt: \"none\" would keep it in plain"
