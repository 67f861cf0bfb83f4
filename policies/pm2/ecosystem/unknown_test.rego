# METADATA
# title: tests of unknown
package policies.pm2.ecosystem.unknown_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.ecosystem.unknown

_findings(ecosystem) := answer if {
	answer := unknown.findings with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

test_says_nothing_about_a_file_of_another_state if {
	every state in ["ok", "missing", "invalid", "misnamed", "unsupported"] {
		count(_findings({"state": state})) == 0
	}
}

test_shows_it if {
	some finding in _findings({"state": "unknown"})
	finding.score == 60
	finding.severity == "warning"
}

test_tells_why if {
	some noted in _findings({"state": "unknown", "note": "no daemon serves"})
	noted.reason == "nobody can tell what /srv/api/ecosystem.config.cjs names: no daemon serves"
	some finding in _findings({"state": "unknown"})
	endswith(finding.reason, "only the node of a daemon can read it")
}
