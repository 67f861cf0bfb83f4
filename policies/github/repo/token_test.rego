# METADATA
# title: tests of token
package policies.github.repo.token_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.token

_findings(repo) := answer if {
	answer := token.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := token.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_about_one_that_lasts if {
	every left in [604800, 604801] {
		count(_findings({"token_expires_s": left})) == 0
		count(_alerts({"token_expires_s": left})) == 0
	}
}

test_tells_a_person_of_one_that_expires_soon if {
	some finding in _findings({"token_expires_s": 604799})
	finding.score == 70
	finding.severity == "warning"
	finding.reason == "the token expires in 167 h"
	some alert in _alerts({"token_expires_s": 604799})
	alert.severity == "warning"
	contains(alert.reason, "in 167 h")
}

test_counts_no_hours_of_one_that_has_expired if {
	every left in [-7200, 0] {
		some finding in _findings({"token_expires_s": left})
		finding.reason == "the token expires in 0 h"
	}
}

test_says_nothing_where_nobody_knows if {
	unknown := json.remove(fixtures.repo, ["repo/token_expires_s"])
	count(token.findings) == 0 with input as unknown with data.config as fixtures.config
	count(token.alerts) == 0 with input as unknown with data.config as fixtures.config
}
