# METADATA
# title: flaky
# description: A workflow that succeeded only when it was run again is shown.
package policies.github.runs.flaky

# METADATA
# description: it succeeds only sometimes
findings contains finding if {
	input.runs.flaky == "yes"

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("flaky: it failed and then succeeded on the same commit%s", [_share]),
	}
}

_share := sprintf("; %d %% of %d runs succeeded", [input.runs.success_pct, input.runs.finished])

_share := "" if not input.runs.success_pct
