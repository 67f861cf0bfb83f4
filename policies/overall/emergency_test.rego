# METADATA
# title: tests of emergency
package policies.overall.emergency_test

import data.policies.fixtures.overall as fixtures
import data.policies.overall.emergency

_scored(score) := object.union(fixtures.whole, {"health": {"score": score, "status": "warning", "confidence": 100}})

_modes(score) := modes if {
	modes := {wish.mode | some wish in emergency.mode} with input as _scored(score) with data.config as fixtures.config
}

_reasons(score) := reasons if {
	reasons := {wish.reason | some wish in emergency.mode} with input as _scored(score) with data.config as fixtures.config
}

test_is_an_emergency_below_enter if {
	_modes(0) == {"emergency"}
	_modes(49) == {"emergency"}
}

test_stays_as_it_is_in_between if {
	_modes(50) == set()
	_modes(79) == set()
}

test_is_none_from_leave_on if {
	_modes(80) == {"normal"}
	_modes(100) == {"normal"}
}

test_asks_for_nothing_where_nothing_is_known if {
	unknown := object.union(fixtures.whole, {"health": {"status": "unknown", "confidence": 0}})
	count(emergency.mode) == 0 with input as unknown with data.config as fixtures.config
}

test_says_why if {
	_reasons(12) == {"health is 12, below 50"}
	_reasons(81) == {"health is 81, at or above 80"}
}
