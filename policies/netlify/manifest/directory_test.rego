# METADATA
# title: tests of directory
package policies.netlify.manifest.directory_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.manifest.directory

_findings(manifest) := answer if {
	answer := directory.findings with input as object.union(fixtures.manifest, {"manifest": manifest}) with data.config as fixtures.config
}

_alerts(manifest) := answer if {
	answer := directory.alerts with input as object.union(fixtures.manifest, {"manifest": manifest}) with data.config as fixtures.config
}

_none_expected := object.union(fixtures.config, {"netlify": {"expect": []}})

_gone(from) := object.union(fixtures.manifest, {"manifest": {"directory_found": "missing", "directory_from": from}})

test_says_nothing_where_it_is_there if {
	every from in ["default", "toml_functions", "toml_build"] {
		count(_findings({"directory_from": from})) == 0
		count(_alerts({"directory_from": from})) == 0
	}
}

test_says_nothing_where_nobody_wants_one if {
	count(directory.findings) == 0 with input as _gone("default") with data.config as _none_expected
	count(directory.alerts) == 0 with input as _gone("default") with data.config as _none_expected
}

test_tells_a_person_where_functions_are_expected if {
	some finding in _findings({"directory_found": "missing"})
	finding.score == 20
	finding.severity == "critical"
	some alert in _alerts({"directory_found": "missing"})
	alert.severity == "critical"
}

test_tells_a_person_where_netlify_toml_names_it if {
	every from in ["toml_functions", "toml_build"] {
		count(directory.findings) == 1 with input as _gone(from) with data.config as _none_expected
		count(directory.alerts) == 1 with input as _gone(from) with data.config as _none_expected
	}
}
