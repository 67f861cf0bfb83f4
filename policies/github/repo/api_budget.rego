# METADATA
# title: api_budget
# description: An API whose limit is nearly used up is shown. Whoever else asks with the same token uses it too.
package policies.github.repo.api_budget

# METADATA
# description: little of the limit is left
findings contains finding if {
	input.repo.api_remaining_pct < data.config.github.warn.api_remaining_pct

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": sprintf("%d %% of the API's limit is left; ask less often with interval, or give rr a token of its own", [input.repo.api_remaining_pct]),
	}
}
