# METADATA
# title: schedules_lost
# description: Functions with a schedule in the source, and without one as deployed, are shown, and a person is told. Nothing runs them.
package policies.netlify.site.schedules_lost

# METADATA
# description: schedules are lost
findings contains finding if {
	count(input.site.schedules_lost) > 0

	finding := {"score": 60, "severity": "warning", "reason": sprintf("deployed without their schedule: %s", [_names])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	count(input.site.schedules_lost) > 0

	alert := {"severity": "warning", "reason": sprintf("%s runs these without their schedule: %s; deploy again, and write schedules in netlify.toml, which a deploy by the command line keeps", [input.site.site, _names])}
}

_names := concat(", ", sort(input.site.schedules_lost))
