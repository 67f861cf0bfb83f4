# METADATA
# title: tests of outage
package policies.github.repo.outage_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.outage

_findings(repo) := answer if {
	answer := outage.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := outage.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_GitHub_starts_them if {
	every outage in ["no", "unknown"] {
		every failures in [0, 2] {
			count(_findings({"outage": outage, "startup_failures": failures})) == 0
			count(_alerts({"outage": outage, "startup_failures": failures})) == 0
		}
	}
}

test_tells_a_person_of_one if {
	every repo in [{"outage": "yes"}, {"outage": "unknown", "startup_failures": 3}] {
		some finding in _findings(repo)
		finding.score == 60
		finding.severity == "warning"
		finding.cause == "GitHub outage"
		some alert in _alerts(repo)
		alert.severity == "warning"
		contains(alert.reason, "acme/web")
	}
}
