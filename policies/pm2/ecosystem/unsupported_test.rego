# METADATA
# title: tests of unsupported
package policies.pm2.ecosystem.unsupported_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.ecosystem.unsupported

_findings(ecosystem) := answer if {
	answer := unsupported.findings with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

_alerts(ecosystem) := answer if {
	answer := unsupported.alerts with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

test_says_nothing_about_a_file_of_another_state if {
	every state in ["ok", "missing", "invalid", "misnamed", "unknown"] {
		count(_findings({"state": state})) == 0
		count(_alerts({"state": state})) == 0
	}
}

test_shows_it if {
	some finding in _findings({"state": "unsupported"})
	finding.score == 40
	finding.severity == "critical"
}

test_tells_a_person_what_to_do if {
	every answers in [_findings(_noted), _alerts(_noted)] {
		some answer in answers
		answer.reason == "PM2 cannot start /srv/api/ecosystem.config.cjs: it is an ES module"
	}
	some alert in _alerts(_noted)
	alert.severity == "warning"
}

test_tells_what_to_do_without_a_note if {
	some alert in _alerts({"state": "unsupported"})
	startswith(alert.reason, "PM2 cannot start /srv/api/ecosystem.config.cjs: ")
}

_noted := {"state": "unsupported", "note": "it is an ES module"}
