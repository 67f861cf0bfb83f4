# METADATA
# title: env_missing
# description: Environment variables that functions read and that the site does not have are a warning. Only their names are known.
package policies.netlify.site.env_missing

# METADATA
# description: variables are missing
findings contains finding if {
	count(input.site.env_missing) > 0

	finding := {"score": 70, "severity": "warning", "reason": sprintf("functions read variables that the site does not have: %s", [concat(", ", sort(input.site.env_missing))])}
}
