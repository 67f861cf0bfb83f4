# METADATA
# title: tests of stuck
package policies.netlify.site.stuck_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.stuck

_findings(site) := answer if {
	answer := stuck.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

_alerts(site) := answer if {
	answer := stuck.alerts with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"stuck_s": 1799, "stuck_id": "1"}] {
		count(_findings(other)) == 0
		count(_alerts(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"stuck_s": 1800}, {"stuck_s": 1801, "stuck_id": "64f"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		contains(finding.reason, "has not moved for 180")
		alerts := _alerts(broken)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "warning"
		contains(alert.reason, "shop-acme")
	}
}
