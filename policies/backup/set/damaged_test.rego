# METADATA
# title: tests of damaged
package policies.backup.set.damaged_test

import data.policies.backup.set.damaged
import data.policies.fixtures.backup as fixtures

_scores(facts) := scores if {
	scores := {finding.score | some finding in damaged.findings} with input as object.union(fixtures.set, {"set": facts})
		with data.config as fixtures.config
}

_alerts(facts) := number if {
	number := count(damaged.alerts) with input as object.union(fixtures.set, {"set": facts}) with data.config as fixtures.config
}

test_whole_backups_are_fine if {
	_scores({}) == set()
	_alerts({}) == 0
}

test_the_newest_one_is_critical if {
	_scores({"state": "damaged", "damaged": 1, "problem": "its sha256 differs"}) == {30}
	_alerts({"state": "damaged", "damaged": 1}) == 1
}

test_older_ones_are_told if {
	_scores({"damaged": 2}) == {80}
	_alerts({"damaged": 2}) == 1
}
