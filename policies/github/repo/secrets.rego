# METADATA
# title: secrets
# description: Secrets that workflows use and that nobody has set are a warning.
package policies.github.repo.secrets

# METADATA
# description: secrets are missing
findings contains finding if {
	count(input.repo.secrets_missing) > 0

	finding := {
		"score": 70,
		"severity": "warning",
		"reason": sprintf("secrets that workflows use and nobody has set: %s", [concat(", ", sort(input.repo.secrets_missing))]),
	}
}
