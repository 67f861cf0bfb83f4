# METADATA
# title: functions
# description: >-
#   Functions of the source that are not deployed are a warning where the
#   published deploy is of the same commit, and a person is told; else the
#   source is only ahead, which is shown. So are those that are deployed and in
#   the source no more.
package policies.netlify.site.functions

# METADATA
# description: they are not deployed, though they are in the commit
findings contains finding if {
	count(_missing) > 0
	input.site.commit_drift == "no"

	finding := {"score": 60, "severity": "warning", "reason": sprintf("in the source, and not in the deploy of the same commit: %s", [_names])}
}

# METADATA
# description: they are not deployed yet
findings contains finding if {
	count(_missing) > 0
	input.site.commit_drift != "no"

	finding := {"score": 100, "severity": "info", "reason": sprintf("in the source, and not deployed: %s", [_names])}
}

# METADATA
# description: they are deployed, and in the source no more
findings contains finding if {
	count(input.site.functions_extra) > 0

	finding := {"score": 100, "severity": "info", "reason": sprintf("deployed, and not in the source: %s", [concat(", ", sort(input.site.functions_extra))])}
}

# METADATA
# description: tell a person of what the deploy left out
alerts contains alert if {
	count(_missing) > 0
	input.site.commit_drift == "no"

	alert := {"severity": "warning", "reason": sprintf("the deploy of %s left these out, though its commit has them: %s; look at its log", [input.site.site, _names])}
}

# _missing are those of which bad_deploy does not tell.
_missing := {name | some name in input.site.functions_missing} - {name | some name in input.site.functions_lost}

_names := concat(", ", _missing)
