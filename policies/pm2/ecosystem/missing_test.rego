# METADATA
# title: tests of missing
package policies.pm2.ecosystem.missing_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.ecosystem.missing

_findings(ecosystem) := answer if {
	answer := missing.findings with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

_alerts(ecosystem) := answer if {
	answer := missing.alerts with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

test_says_nothing_about_a_file_of_another_state if {
	every state in ["ok", "invalid", "misnamed", "unsupported", "unknown"] {
		count(_findings({"state": state})) == 0
		count(_alerts({"state": state})) == 0
	}
}

test_shows_it if {
	some finding in _findings({"state": "missing"})
	finding.score == 30
	finding.severity == "critical"
}

test_tells_a_person_to_put_it_back if {
	some alert in _alerts({"state": "missing"})
	alert.severity == "warning"
	startswith(alert.reason, "/srv/api/ecosystem.config.cjs is not there: put it back")
}
