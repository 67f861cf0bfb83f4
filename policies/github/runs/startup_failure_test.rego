# METADATA
# title: tests of startup_failure
package policies.github.runs.startup_failure_test

import data.policies.fixtures.github as fixtures
import data.policies.github.runs.startup_failure

_findings(conclusion, more) := answer if {
	changed := object.union(fixtures.runs, {"runs": {"conclusion": conclusion}})
	answer := startup_failure.findings with input as object.union(changed, more)
}

test_says_nothing_about_a_run_that_started if {
	every conclusion in ["success", "failure", "timed_out", "cancelled", "none"] {
		every outage in ["yes", "no"] {
			count(_findings(conclusion, {"parent": {"outage": outage}})) == 0
		}
	}
}

test_says_what_to_look_for if {
	every outage in ["no", "unknown"] {
		findings := _findings("startup_failure", {"parent": {"outage": outage}})
		count(findings) == 1
		some finding in findings
		finding.score == 60
		finding.severity == "warning"
		object.get(finding, "cause", "") == ""
		startswith(finding.reason, "GitHub could not start it: look for")
	}
}

test_takes_many_at_once_for_one_outage if {
	every more in [{"parent": {"outage": "yes"}}, {"peers": {"startup_failure": 3, "total": 6}}] {
		findings := _findings("startup_failure", more)
		count(findings) == 1
		some finding in findings
		finding.cause == "GitHub outage"
		finding.score == 60
		finding.severity == "warning"
	}
}
