# METADATA
# title: tests of size
package policies.netlify.function.size_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.function.size

_findings(function) := answer if {
	answer := size.findings with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

_alerts(function) := answer if {
	answer := size.alerts with input as object.union(fixtures.function, {"function": function}) with data.config as fixtures.config
}

test_says_nothing_about_a_small_one if {
	every pct in [0, 89] {
		count(_findings({"size_pct": pct})) == 0
		count(_alerts({"size_pct": pct})) == 0
	}
}

test_warns_of_a_large_one if {
	every pct in [90, 91, 100] {
		findings := _findings({"size_pct": pct})
		count(findings) == 1
		some finding in findings
		finding.score == 70
		finding.severity == "warning"
		count(_alerts({"size_pct": pct})) == 0
	}
}

test_tells_a_person_of_one_that_is_too_large if {
	every pct in [101, 200] {
		findings := _findings({"size_pct": pct})
		count(findings) == 1
		some finding in findings
		finding.score == 20
		finding.severity == "critical"
		some alert in _alerts({"size_pct": pct})
		alert.severity == "critical"
	}
}

test_says_nothing_where_it_is_not_known if {
	unknown := json.remove(fixtures.function, ["function/size_pct"])
	count(size.findings) == 0 with input as unknown with data.config as fixtures.config
	count(size.alerts) == 0 with input as unknown with data.config as fixtures.config
}
