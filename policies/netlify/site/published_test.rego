# METADATA
# title: tests of published
package policies.netlify.site.published_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.published

_findings(site) := answer if {
	answer := published.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

_alerts(site) := answer if {
	answer := published.alerts with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}] {
		count(_findings(other)) == 0
		count(_alerts(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"published_state": "none"}, {"published_state": "error"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 0
		finding.severity == "critical"
		contains(finding.reason, "no good deploy is published")
		alerts := _alerts(broken)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "no good deploy of shop-acme")
	}
}
