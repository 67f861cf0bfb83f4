# METADATA
# title: tests of functions
package policies.netlify.site.functions_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.functions

_findings(site) := answer if {
	answer := functions.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

_alerts(site) := answer if {
	answer := functions.alerts with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_they_agree_or_bad_deploy_tells if {
	every other in [{}, {"functions_missing": ["a"], "functions_lost": ["a"]}] {
		every drift in ["yes", "no"] {
			count(_findings(object.union(other, {"commit_drift": drift}))) == 0
			count(_alerts(object.union(other, {"commit_drift": drift}))) == 0
		}
	}
}

test_tells_a_person_of_what_the_deploy_left_out if {
	broken := {"functions_missing": ["b", "a", "c"], "functions_lost": ["c"]}
	findings := _findings(broken)
	count(findings) == 1
	some finding in findings
	finding.score == 60
	finding.severity == "warning"
	endswith(finding.reason, ": a, b")
	some alert in _alerts(broken)
	alert.severity == "warning"
}

test_only_shows_where_the_source_is_ahead if {
	every drift in ["yes", "unknown"] {
		ahead := {"functions_missing": ["a"], "commit_drift": drift}
		findings := _findings(ahead)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		count(_alerts(ahead)) == 0
	}
}

test_shows_those_that_the_source_has_no_more if {
	findings := _findings({"functions_extra": ["b", "a"]})
	count(findings) == 1
	some finding in findings
	finding.score == 100
	finding.severity == "info"
	endswith(finding.reason, ": a, b")
}
