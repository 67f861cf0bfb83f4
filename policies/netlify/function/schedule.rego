# METADATA
# title: schedule
# description: A function whose schedule is not cron is shown, and a person is told. Netlify never runs it, or refuses the deploy.
package policies.netlify.function.schedule

# METADATA
# description: its schedule is not cron
findings contains finding if {
	input.function.schedule_ok == "no"

	finding := {"score": 40, "severity": "critical", "reason": sprintf("its schedule is not cron: %q", [_schedule])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.function.schedule_ok == "no"

	alert := {
		"severity": "critical",
		"reason": sprintf("the schedule of the function %s is not cron: %q; write five fields as in \"0 4 * * *\", or @daily", [input.function.name, _schedule]),
	}
}

_schedule := object.get(input.function, "schedule", "")
