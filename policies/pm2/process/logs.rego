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
		"reason": sprintf("%d %% of the disk of its logs is free", [input.process.disk_free_pct]),
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
			"%d %% of the disk of the logs of %s is free: make room, and rotate logs with pm2 install pm2-logrotate",
			[input.process.disk_free_pct, input.process.name],
		),
	}
}

# _disk is the path of the full disk, where it is the cause that was found.
_disk := object.get(input.process, "cause_path", "") if input.process.cause == "disk_full"

_disk := "" if input.process.cause != "disk_full"

# _mib rounds bytes down to whole MiB.
_mib(bytes) := (bytes - (bytes % 1048576)) / 1048576
