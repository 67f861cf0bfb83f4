# METADATA
# title: headers
# description: Usual security headers that nothing sets are shown and take nothing off.
package policies.netlify.manifest.headers

# METADATA
# description: headers are missing
findings contains finding if {
	count(input.manifest.headers_missing) > 0

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("neither netlify.toml nor _headers sets %s", [concat(", ", sort(input.manifest.headers_missing))]),
	}
}
