# METADATA
# title: toml
# description: A netlify.toml that cannot be read is shown, and a person is told. Netlify builds nothing from it.
package policies.netlify.manifest.toml

# METADATA
# description: it cannot be read
findings contains finding if {
	input.manifest.toml_state == "invalid"

	finding := {"score": 20, "severity": "critical", "reason": sprintf("netlify.toml cannot be read: %s", [_problem])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.manifest.toml_state == "invalid"

	alert := {"severity": "critical", "reason": sprintf("netlify.toml cannot be read, so that Netlify builds nothing: %s", [_problem])}
}

_problem := object.get(input.manifest, "toml_problem", "mend it")
