# METADATA
# title: list
# description: >-
#   A list of functions that is wanted and is missing, cannot be read, or
#   disagrees with the source is written anew while attempts remain; then a
#   person is told. Not while the folder or netlify.toml cannot be read: the
#   list would be empty.
package policies.netlify.manifest.list

# METADATA
# description: it is not there
findings contains finding if {
	input.manifest.wanted
	input.manifest.state == "missing"

	finding := {"score": 40, "severity": "critical", "reason": sprintf("there is no %s", [input.manifest.path])}
}

# METADATA
# description: it cannot be read
findings contains finding if {
	input.manifest.wanted
	input.manifest.state == "invalid"

	finding := {"score": 40, "severity": "critical", "reason": sprintf("%s cannot be read: %s", [input.manifest.path, object.get(input.manifest, "problem", "it is no list of functions")])}
}

# METADATA
# description: it and the source disagree
findings contains finding if {
	input.manifest.wanted
	input.manifest.state == "drifted"

	finding := {"score": 60, "severity": "warning", "reason": sprintf("%s and the source disagree: %s", [input.manifest.path, concat("; ", _differences)])}
}

# METADATA
# description: write it anew while attempts remain
actions contains action if {
	input.manifest.wanted
	input.manifest.state != "ok"
	_readable
	input.attempts["netlify.manifest"].failed < data.config.netlify.ladder.manifest.attempts

	action := {"verb": "netlify.manifest", "reason": sprintf("the list of functions is %s", [input.manifest.state])}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	input.manifest.wanted
	input.manifest.state != "ok"
	_readable
	input.attempts["netlify.manifest"].failed >= data.config.netlify.ladder.manifest.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("%s is %s, and writing it anew did not help: see rr netlify manifest --check", [input.manifest.path, input.manifest.state]),
		"exhausted": true,
	}
}

_readable if {
	input.manifest.directory_found == "present"
	input.manifest.toml_state != "invalid"
}

_differences := [difference |
	some difference in [
		_named("without source", input.manifest.ghosts),
		_named("not listed", input.manifest.orphans),
		_named("listed otherwise", input.manifest.drift),
	]
	difference != ""
]

_named(what, names) := sprintf("%s: %s", [what, concat(", ", sort(names))]) if count(names) > 0

_named(_, names) := "" if count(names) == 0
