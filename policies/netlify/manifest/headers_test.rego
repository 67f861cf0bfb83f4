# METADATA
# title: tests of headers
package policies.netlify.manifest.headers_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.manifest.headers

_findings(manifest) := answer if {
	answer := headers.findings with input as object.union(fixtures.manifest, {"manifest": manifest}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"headers_missing": ["X-Frame-Options", "Content-Security-Policy"]}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 100
		finding.severity == "info"
		contains(finding.reason, "sets Content-Security-Policy, X-Frame-Options")
	}
}
