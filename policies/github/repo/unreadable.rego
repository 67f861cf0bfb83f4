# METADATA
# title: unreadable
# description: Facts that the token may not read are named, with the permission that is missing. Nothing is concluded from their absence.
package policies.github.repo.unreadable

# METADATA
# description: the token may not read everything
findings contains finding if {
	count(input.repo.unreadable) > 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("not known, since the token may not read it: %s", [concat(", ", sort(input.repo.unreadable))]),
	}
}
