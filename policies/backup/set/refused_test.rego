# METADATA
# title: tests of refused
package policies.backup.set.refused_test

import data.policies.backup.set.refused
import data.policies.fixtures.backup as fixtures

_is(state) := answers if {
	facing := object.union(fixtures.set, {"set": {"state": state}})
	answers := {"scores": {finding.score | some finding in refused.findings}, "alerts": count(refused.alerts)} with input as facing
		with data.config as fixtures.config
}

test_is_advice_and_costs_no_health if _is("refused") == {"scores": {100}, "alerts": 1}

test_says_nothing_else if {
	every state in ["ok", "empty", "missing", "invalid", "damaged"] {
		_is(state) == {"scores": set(), "alerts": 0}
	}
}
