# METADATA
# title: size
# description: A function that nears the 50 MB that Netlify takes is a warning. Of one that is over them a person is told.
package policies.netlify.function.size

# METADATA
# description: it is large
findings contains finding if {
	input.function.size_pct >= data.config.netlify.warn.size_pct
	input.function.size_pct <= 100

	finding := {"score": 70, "severity": "warning", "reason": sprintf("takes %d %% of the 50 MB that a function may have", [input.function.size_pct])}
}

# METADATA
# description: it is too large
findings contains finding if {
	input.function.size_pct > 100

	finding := {"score": 20, "severity": "critical", "reason": sprintf("takes %d %% of the 50 MB that a function may have: Netlify refuses it", [input.function.size_pct])}
}

# METADATA
# description: tell a person of one that is too large
alerts contains alert if {
	input.function.size_pct > 100

	alert := {
		"severity": "critical",
		"reason": sprintf("the function %s takes %d %% of the 50 MB that one may have: leave files out with included_files and external_node_modules", [input.function.name, input.function.size_pct]),
	}
}
