# METADATA
# title: tests of unstarted
package policies.pm2.ecosystem.unstarted_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.ecosystem.unstarted

_findings(ecosystem) := answer if {
	answer := unstarted.findings with input as object.union(fixtures.ecosystem, {"ecosystem": ecosystem})
}

test_says_nothing_where_PM2_knows_all_apps if {
	count(_findings({})) == 0
	count(_findings({"unstarted": []})) == 0
}

test_names_those_that_PM2_does_not_know if {
	some finding in _findings({"unstarted": ["worker", "api"]})
	finding.score == 80
	finding.severity == "warning"
	finding.reason == "PM2 does not know all of its apps: api, worker"
}

test_says_nothing_about_a_file_that_cannot_be_used if {
	every state in ["missing", "invalid", "misnamed", "unsupported", "unknown"] {
		count(_findings({"state": state, "unstarted": ["api"]})) == 0
	}
}
