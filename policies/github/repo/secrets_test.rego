# METADATA
# title: tests of secrets
package policies.github.repo.secrets_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.secrets

_findings(repo) := answer if {
	answer := secrets.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_all_are_set if count(_findings({"secrets_missing": []})) == 0

test_names_those_that_are_not if {
	some finding in _findings({"secrets_missing": ["NPM_TOKEN", "DEPLOY_KEY"]})
	finding.score == 70
	finding.severity == "warning"
	endswith(finding.reason, ": DEPLOY_KEY, NPM_TOKEN")
	count(_findings({"secrets_missing": ["NPM_TOKEN"]})) == 1
}
