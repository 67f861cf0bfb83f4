# METADATA
# title: token
# description: A token that expires soon is shown, and a person is told. Without one nothing is known.
package policies.github.repo.token

# METADATA
# description: the token expires soon
findings contains finding if {
	_soon

	finding := {"score": 70, "severity": "warning", "reason": sprintf("the token expires in %d h", [_hours])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	_soon

	alert := {
		"severity": "warning",
		"reason": sprintf("the token for %s expires in %d h, and then nothing is known of its runs: make a new one", [input.repo.repo, _hours]),
	}
}

_soon if input.repo.token_expires_s < data.config.github.warn.token_expires

# _hours are whole ones, rounded down; none once it has expired.
_hours := (_left - (_left % 3600)) / 3600

_left := max([0, input.repo.token_expires_s])
