# METADATA
# title: tests of unreadable
package policies.github.repo.unreadable_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.unreadable

_findings(repo) := answer if {
	answer := unreadable.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_all_may_be_read if count(_findings({"unreadable": []})) == 0

test_names_what_may_not if {
	some finding in _findings({"unreadable": ["secrets (secrets: read)", "runners (administration: read)"]})
	finding.score == 100
	finding.severity == "info"
	endswith(finding.reason, ": runners (administration: read), secrets (secrets: read)")
	count(_findings({"unreadable": ["secrets"]})) == 1
}
