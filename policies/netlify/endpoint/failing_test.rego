# METADATA
# title: tests of failing
package policies.netlify.endpoint.failing_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.endpoint.failing

_findings(endpoint) := answer if {
	answer := failing.findings with input as object.union(fixtures.endpoint, {"endpoint": endpoint}) with data.config as fixtures.config
}

_alerts(endpoint) := answer if {
	answer := failing.alerts with input as object.union(fixtures.endpoint, {"endpoint": endpoint}) with data.config as fixtures.config
}

test_says_nothing_about_one_that_answers_or_failed_once if {
	every state in ["ok", "suspect"] {
		count(_findings({"state": state, "failures": 1})) == 0
		count(_alerts({"state": state, "failures": 1})) == 0
	}
}

test_tells_a_person_of_one_that_answers_wrongly if {
	down := {"state": "failing", "status": 502, "failures": 2}
	some finding in _findings(down)
	finding.score == 0
	finding.severity == "critical"
	finding.reason == "answers with 502, times in a row: 2"
	some alert in _alerts(down)
	alert.severity == "critical"
	startswith(alert.reason, "https://shop.acme.com/.netlify/functions/hello: answers with 502")
}

test_tells_a_person_of_one_that_does_not_answer if {
	silent := json.remove(object.union(fixtures.endpoint, {"endpoint": {"state": "failing", "error": "timeout", "failures": 3}}), ["endpoint/status"])
	some finding in failing.findings with input as silent
	finding.reason == "does not answer: timeout, times in a row: 3"
}
