# METADATA
# title: logs
# description: >-
#   A process whose logs grow large is shown. While the disk of its logs is
#   nearly full a person is told; all processes on it are one incident.
package policies.pm2.process.logs

import data.policies.lib.causes

# METADATA
# description: its logs are large
findings contains finding if {
	input.process.log_bytes >= data.config.pm2.logs.max_size

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf(
			"its logs take %d MiB: rotate them with pm2 install pm2-logrotate, or empty them with pm2 flush %s",
			[_mib(input.process.log_bytes), input.process.name],
		),
	}
}

# METADATA
# description: the disk is nearly full
findings contains finding if {
	input.process.disk_free_pct < data.config.pm2.logs.disk_free_pct

	finding := {
		"score": 30,
		"severity": "critical",
		"reason": sprintf("%d %% of the disk of its logs%s is free", [input.process.disk_free_pct, _at]),
		"cause": causes.text("disk_full", _disk),
	}
}

# METADATA
# description: tell a person to make room
alerts contains alert if {
	input.process.disk_free_pct < data.config.pm2.logs.disk_free_pct

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"%d %% of the disk of the logs of %s%s is free: make room, and rotate logs with pm2 install pm2-logrotate",
			[input.process.disk_free_pct, input.process.name, _at],
		),
	}
}

# _disk is where the disk is mounted, so that all processes on it share a cause.
_disk := object.get(input.process, "log_disk", "")

_at := sprintf(", %s,", [_disk]) if _disk != ""

_at := "" if _disk == ""

# _mib rounds bytes down to whole MiB.
_mib(bytes) := (bytes - (bytes % 1048576)) / 1048576
