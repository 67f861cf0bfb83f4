# METADATA
# title: tests of api_budget
package policies.github.repo.api_budget_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.api_budget

_findings(repo) := answer if {
	answer := api_budget.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_enough_is_left if {
	count(_findings({"api_remaining_pct": 10})) == 0
	count(_findings({"api_remaining_pct": 11})) == 0
}

test_warns_where_little_is_left if {
	every pct in [0, 9] {
		some finding in _findings({"api_remaining_pct": pct})
		finding.score == 70
		finding.severity == "warning"
		startswith(finding.reason, sprintf("%d %% of the API's limit is left", [pct]))
	}
}

test_says_nothing_where_nobody_knows if {
	count(api_budget.findings) == 0 with input as json.remove(fixtures.repo, ["repo/api_remaining_pct"]) with data.config as fixtures.config
}
