# METADATA
# title: tests of misnamed
package policies.pm2.ecosystem.misnamed_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.ecosystem.misnamed

_findings(ecosystem) := answer if {
	answer := misnamed.findings with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

_alerts(ecosystem) := answer if {
	answer := misnamed.alerts with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

test_says_nothing_about_a_file_of_another_state if {
	every state in ["ok", "missing", "invalid", "unsupported", "unknown"] {
		count(_findings({"state": state})) == 0
		count(_alerts({"state": state})) == 0
	}
}

test_shows_it if {
	some finding in _findings({"state": "misnamed"})
	finding.score == 40
	finding.severity == "critical"
}

test_tells_a_person_what_to_do if {
	every answers in [_findings(_noted), _alerts(_noted)] {
		some answer in answers
		answer.reason == "PM2 would run /srv/api/ecosystem.config.cjs as a script and start none of its apps: rename it to eco.config.cjs"
	}
	some alert in _alerts(_noted)
	alert.severity == "warning"
}

test_tells_what_to_do_without_a_note if {
	some alert in _alerts({"state": "misnamed"})
	startswith(alert.reason, "PM2 would run /srv/api/ecosystem.config.cjs as a script and start none of its apps: ")
}

_noted := {"state": "misnamed", "note": "rename it to eco.config.cjs"}
