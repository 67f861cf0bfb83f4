# METADATA
# title: tests of logs
package policies.pm2.process.logs_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.logs

_max := 1073741824

_findings(process) := answer if {
	answer := logs.findings with input as object.union(fixtures.process, {"process": process})
		with data.config as fixtures.config
}

_alerts(process) := answer if {
	answer := logs.alerts with input as object.union(fixtures.process, {"process": process})
		with data.config as fixtures.config
}

test_says_nothing_about_small_logs_on_a_free_disk if {
	count(_findings({"log_bytes": _max - 1, "disk_free_pct": 5})) == 0
	count(_alerts({"disk_free_pct": 5})) == 0
}

test_warns_of_large_logs if {
	every bytes in [_max, _max + 1] {
		some finding in _findings({"log_bytes": bytes})
		finding.score == 80
		finding.severity == "warning"
		startswith(finding.reason, "its logs take 1024 MiB: rotate them with pm2 install pm2-logrotate")
	}
	count(_alerts({"log_bytes": _max})) == 0
}

test_is_critical_where_the_disk_is_nearly_full if {
	every pct in [0, 4] {
		some finding in _findings({"disk_free_pct": pct})
		finding.score == 30
		finding.severity == "critical"
		finding.cause == "disk_full /var"
		some alert in _alerts({"disk_free_pct": pct})
		alert.severity == "critical"
		contains(alert.reason, "make room")
	}
}

test_names_the_same_cause_as_what_cannot_run_for_it if {
	some finding in _findings({"disk_free_pct": 0, "log_disk": "/var"})
	finding.cause == "disk_full /var"
	contains(finding.reason, "/var")
	some alert in _alerts({"disk_free_pct": 0, "log_disk": "/var"})
	contains(alert.reason, "/var")
}

test_names_the_disk_also_where_something_else_is_the_cause if {
	some finding in _findings({"disk_free_pct": 0, "log_disk": "/var", "cause": "cwd_missing", "cause_path": "/srv/api"})
	finding.cause == "disk_full /var"
}

test_tells_of_a_disk_whose_place_is_not_known if {
	unplaced := json.remove(fixtures.process, ["process/log_disk"])
	some finding in logs.findings with input as object.union(unplaced, {"process": {"disk_free_pct": 0}}) with data.config as fixtures.config
	finding.cause == "disk_full"
	finding.reason == "0 % of the disk of its logs is free"
}

test_says_nothing_where_neither_is_known if {
	unknown := json.remove(fixtures.process, ["process/log_bytes", "process/disk_free_pct"])
	count(logs.findings) == 0 with input as unknown with data.config as fixtures.config
	count(logs.alerts) == 0 with input as unknown with data.config as fixtures.config
}
