# METADATA
# title: directory
# description: A functions' folder that netlify.toml names, or that expected functions need, and that is not there, is shown, and a person is told.
package policies.netlify.manifest.directory

# METADATA
# description: it is not there
findings contains finding if {
	_gone

	finding := {"score": 20, "severity": "critical", "reason": sprintf("there is no %s, the folder of the functions", [input.manifest.directory])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	_gone

	alert := {
		"severity": "critical",
		"reason": sprintf("there is no %s, the folder of the functions: put it back, or name another one in netlify.toml", [input.manifest.directory]),
	}
}

# _gone holds where somebody wants it: a site may well have no functions.
_gone if {
	input.manifest.directory_found == "missing"
	input.manifest.directory_from != "default"
}

_gone if {
	input.manifest.directory_found == "missing"
	count(data.config.netlify.expect) > 0
}
