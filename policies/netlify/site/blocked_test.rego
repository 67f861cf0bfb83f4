# METADATA
# title: tests of blocked
package policies.netlify.site.blocked_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.blocked

_findings(site) := answer if {
	answer := blocked.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

_alerts(site) := answer if {
	answer := blocked.alerts with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"blocked": "unknown"}] {
		count(_findings(other)) == 0
		count(_alerts(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"blocked": "credits"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 40
		finding.severity == "critical"
		contains(finding.reason, "no credits left")
		alerts := _alerts(broken)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "account of shop-acme")
	}
}
