# METADATA
# title: tests of limited
package policies.github.repo.limited_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.limited

_findings(repo) := answer if {
	answer := limited.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_GitHub_answers if count(_findings({"limited": "no"})) == 0

test_warns_where_it_refuses_and_says_until_when if {
	every limit in ["primary", "secondary"] {
		some finding in _findings({"limited": limit})
		finding.score == 60
		finding.severity == "warning"
		startswith(finding.reason, sprintf("GitHub refuses further requests (%s limit) for 1800 s;", [limit]))
	}
}

test_warns_where_it_does_not_say_until_when if {
	refused := json.remove(object.union(fixtures.repo, {"repo": {"limited": "secondary"}}), ["repo/api_reset_s"])
	some finding in limited.findings with input as refused with data.config as fixtures.config
	startswith(finding.reason, "GitHub refuses further requests (secondary limit);")
}
