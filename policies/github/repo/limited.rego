# METADATA
# title: limited
# description: An API that refuses further requests is shown. Nothing is done on GitHub meanwhile.
package policies.github.repo.limited

# METADATA
# description: GitHub refuses further requests
findings contains finding if {
	input.repo.limited != "no"

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("GitHub refuses further requests (%s limit)%s; nothing is done until then", [input.repo.limited, _until]),
	}
}

_until := sprintf(" for %d s", [input.repo.api_reset_s])

_until := "" if not input.repo.api_reset_s
