# METADATA
# title: tests of toml
package policies.netlify.manifest.toml_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.manifest.toml

_findings(manifest) := answer if {
	answer := toml.findings with input as object.union(fixtures.manifest, {"manifest": manifest}) with data.config as fixtures.config
}

_alerts(manifest) := answer if {
	answer := toml.alerts with input as object.union(fixtures.manifest, {"manifest": manifest}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}, {"toml_state": "missing"}] {
		count(_findings(other)) == 0
		count(_alerts(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"toml_state": "invalid", "toml_problem": "netlify.toml:3:1: x"}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 20
		finding.severity == "critical"
		contains(finding.reason, "netlify.toml:3:1: x")
		alerts := _alerts(broken)
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
		contains(alert.reason, "netlify.toml:3:1: x")
	}
}
