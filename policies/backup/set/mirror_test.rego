# METADATA
# title: tests of mirror
package policies.backup.set.mirror_test

import data.policies.backup.set.mirror
import data.policies.fixtures.backup as fixtures

_scores(state) := scores if {
	scores := {finding.score | some finding in mirror.findings} with input as object.union(fixtures.set, {"set": {"mirror": state}})
		with data.config as fixtures.config
}

_alerts(state) := number if {
	number := count(mirror.alerts) with input as object.union(fixtures.set, {"set": {"mirror": state}}) with data.config as fixtures.config
}

test_none_or_a_good_one_is_fine if {
	_scores("off") == set()
	_scores("ok") == set()
	_alerts("ok") == 0
}

test_a_missing_one_is_a_warning_and_told if {
	_scores("missing") == {60}
	_alerts("missing") == 1
}

test_one_that_is_behind_is_a_warning if {
	_scores("behind") == {75}
	_alerts("behind") == 0
}
