# METADATA
# title: tests of schedules_lost
package policies.netlify.site.schedules_lost_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.schedules_lost

_findings(site) := answer if {
	answer := schedules_lost.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

_alerts(site) := answer if {
	answer := schedules_lost.alerts with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}] {
		count(_findings(other)) == 0
		count(_alerts(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"schedules_lost": ["b", "a"]}, {"schedules_lost": ["a, b"]}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		contains(finding.reason, "without their schedule: a, b")
		alerts := _alerts(broken)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "warning"
		contains(alert.reason, "without their schedule: a, b")
	}
}
