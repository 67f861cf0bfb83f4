# METADATA
# title: tests of env_missing
package policies.netlify.site.env_missing_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.env_missing

_findings(site) := answer if {
	answer := env_missing.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_where_all_is_well if {
	every other in [{}] {
		count(_findings(other)) == 0
	}
}

test_tells_of_it_otherwise if {
	every broken in [{"env_missing": ["B", "A"]}, {"env_missing": ["A, B"]}] {
		findings := _findings(broken)
		count(findings) == 1
		some finding in findings
		finding.score == 70
		finding.severity == "warning"
		contains(finding.reason, "does not have: A, B")
	}
}
