# METADATA
# title: tests of runners
package policies.github.repo.runners_test

import data.policies.fixtures.github as fixtures
import data.policies.github.repo.runners

_findings(repo) := answer if {
	answer := runners.findings with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

_alerts(repo) := answer if {
	answer := runners.alerts with input as object.union(fixtures.repo, {"repo": repo}) with data.config as fixtures.config
}

test_says_nothing_where_none_is_offline_or_there_is_none if {
	every repo in [{"runners": 0, "runners_offline": 0}, {"runners": 3, "runners_offline": 0}] {
		count(_findings(repo)) == 0
		count(_alerts(repo)) == 0
	}
}

test_warns_where_some_are_offline if {
	every offline in [1, 2] {
		findings := _findings({"runners": 3, "runners_offline": offline})
		count(findings) == 1
		some finding in findings
		finding.score == 70
		finding.severity == "warning"
		count(_alerts({"runners": 3, "runners_offline": offline})) == 0
	}
}

test_tells_a_person_where_all_are if {
	every runners in [1, 3] {
		findings := _findings({"runners": runners, "runners_offline": runners})
		count(findings) == 1
		some finding in findings
		finding.score == 40
		finding.severity == "critical"
		some alert in _alerts({"runners": runners, "runners_offline": runners})
		alert.severity == "critical"
		contains(alert.reason, "acme/web")
	}
}

test_says_nothing_where_nobody_knows if {
	unknown := json.remove(fixtures.repo, ["repo/runners", "repo/runners_offline"])
	count(runners.findings) == 0 with input as unknown with data.config as fixtures.config
	count(runners.alerts) == 0 with input as unknown with data.config as fixtures.config
}
