# METADATA
# title: tests of invalid
package policies.pm2.ecosystem.invalid_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.ecosystem.invalid

_findings(ecosystem) := answer if {
	answer := invalid.findings with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

_alerts(ecosystem) := answer if {
	answer := invalid.alerts with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

test_says_nothing_about_a_file_of_another_state if {
	every state in ["ok", "missing", "misnamed", "unsupported", "unknown"] {
		count(_findings({"state": state})) == 0
		count(_alerts({"state": state})) == 0
	}
}

test_shows_it if {
	some finding in _findings({"state": "invalid"})
	finding.score == 30
	finding.severity == "critical"
}

test_tells_a_person_what_to_do if {
	every answers in [_findings(_noted), _alerts(_noted)] {
		some answer in answers
		answer.reason == "/srv/api/ecosystem.config.cjs cannot be read: line 3, column 7: unexpected token"
	}
	some alert in _alerts(_noted)
	alert.severity == "warning"
}

test_tells_what_to_do_without_a_note if {
	some alert in _alerts({"state": "invalid"})
	startswith(alert.reason, "/srv/api/ecosystem.config.cjs cannot be read: ")
}

_noted := {"state": "invalid", "note": "line 3, column 7: unexpected token"}
