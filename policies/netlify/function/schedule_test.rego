# METADATA
# title: tests of schedule
package policies.netlify.function.schedule_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.schedule

_findings(function) := answer if {
	answer := schedule.findings with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

_alerts(function) := answer if {
	answer := schedule.alerts with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"schedule_ok": "yes", "schedule": "@daily"}, {"schedule_ok": "none"}] {
		count(_findings(other)) == 0
		count(_alerts(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"schedule_ok": "no", "schedule": "often"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 40
		finding.severity == "critical"
		contains(finding.reason, "\"often\"")
		alerts := _alerts(broken)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "function hello is not cron: \"often\"")
	}
}
