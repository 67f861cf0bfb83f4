# METADATA
# title: failing
# description: A function that answered its probe wrongly twice in a row is down, and a person is told. What heals it is asked for its site.
package policies.netlify.endpoint.failing

# METADATA
# description: it is down
findings contains finding if {
	input.endpoint.state == "failing"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("%s, times in a row: %d", [_what, input.endpoint.failures])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.endpoint.state == "failing"

	alert := {"severity": "critical", "reason": sprintf("%s: %s, times in a row: %d", [input.endpoint.url, _what, input.endpoint.failures])}
}

_what := sprintf("answers with %d", [input.endpoint.status])

_what := sprintf("does not answer: %s", [object.get(input.endpoint, "error", "no reason is known")]) if not input.endpoint.status
