# METADATA
# title: tests of health
package policies.overall.health_test

import data.policies.fixtures.overall as fixtures
import data.policies.overall.health

_sums(changes) := object.union(fixtures.whole, {"components": {"pm2": changes}})

_component(changes) := component if {
	some component in health.components with input as _sums(changes) with data.config as fixtures.config
}

_whole(changes) := whole if {
	some whole in health.health with input as _sums(changes) with data.config as fixtures.config
}

test_scores_a_healthy_fleet_100 if {
	_component({}).score == 100
	_component({}).status == "healthy"
	_component({}).weight == 33
	_component({}).reason == ""
	_whole({}) == {"score": 100, "status": "healthy", "confidence": 100}
}

test_scores_the_rounded_mean if {
	_component({"sum": 271}).score == 90
	_component({"sum": 272}).score == 91
	_component({"subjects": 2, "sum": 181}).score == 91
}

test_is_healthy_from_the_threshold_on if {
	_component({"sum": 3 * 79}).status == "warning"
	_component({"sum": 3 * 80}).status == "healthy"
	_component({"sum": 3 * 81}).status == "healthy"
}

test_is_critical_below_the_threshold if {
	_component({"sum": 3 * 49}).status == "critical"
	_component({"sum": 3 * 50}).status == "warning"
	_component({"sum": 3 * 51}).status == "warning"
}

test_names_no_score_twice_where_thresholds_are_crossed if {
	config := {"health": {"weights": {"pm2": 33, "github": 33, "netlify": 33}, "healthy": 40, "critical": 60}}
	some whole in health.health with input as _sums({"sum": 150}) with data.config as config
	whole.status == "healthy"
}

test_is_not_healthy_while_one_subject_is_critical if {
	_component({"subjects": 100, "sum": 9900, "critical": 1}).score == 79
	_component({"subjects": 100, "sum": 9900, "critical": 1}).status == "warning"
}

test_keeps_a_lower_mean_while_one_subject_is_critical if {
	_component({"subjects": 2, "sum": 100, "critical": 1}).score == 50
}

test_is_critical_while_one_subject_is_critical_and_a_source_unknown if {
	changes := {"subjects": 100, "sum": 9900, "critical": 1, "unknown_sources": ["pm2/spare/process"]}
	_component(changes).score == 49
	_component(changes).status == "critical"
}

test_has_no_score_while_a_source_is_unknown if {
	component := _component({"unknown_sources": ["pm2/local/process"]})
	not component.score
	component.status == "unknown"
	component.reason == "pm2/local/process is unknown"
	_whole({"unknown_sources": ["pm2/local/process"]}) == {"status": "unknown", "confidence": 0}
}

test_has_no_score_while_a_subject_is_unknown if {
	component := _component({"unknown": 1})
	not component.score
	component.status == "unknown"
	component.reason == "unknown subjects: 1"
}

test_has_no_score_without_subjects if {
	component := _component({"subjects": 0, "sum": 0, "healthy": 0})
	not component.score
	component.status == "unknown"
}

test_has_no_score_where_nothing_is_configured if {
	some whole in health.health with input as object.union(
		object.remove(fixtures.whole, ["components"]),
		{"components": {}},
	)
		with data.config as fixtures.config
	whole == {"status": "unknown", "confidence": 0}
}

test_has_no_score_where_nothing_weighs if {
	config := object.union(fixtures.config, {"health": {"weights": {"pm2": 0}}})
	some whole in health.health with input as fixtures.whole with data.config as config
	whole == {"status": "unknown", "confidence": 0}
}

test_is_never_below_0 if {
	config := object.union(fixtures.config, {"health": {"critical": 0}})
	some component in health.components with input as _sums({"critical": 1, "unknown": 1}) with data.config as config
	component.score == 0
}

test_tells_the_worst_reasons if {
	component := _component({"worst": ["a: down", "b: slow"]})
	component.reason == "a: down; b: slow"
}
