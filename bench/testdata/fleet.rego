# The built-in policies of a PM2 process, written as one writes a policy about a
# whole snapshot for opa eval: rules by id. BenchmarkOPA holds it to the same
# findings, actions, scores and statuses.
package fleet

findings[id] contains {"score": 0, "severity": "critical", "reason": reason} if {
	some id, process in input.processes
	process.state == "errored"
	reason := sprintf("PM2 gave up on it, restarts so far: %d", [process.restarts])
}

findings[id] contains {"score": 0, "severity": "critical", "reason": "PM2 says online, but there is no such process"} if {
	some id, process in input.processes
	process.state == "phantom"
}

findings[id] contains {"score": 0, "severity": "critical", "reason": "expected, but PM2 does not know it"} if {
	some id, process in input.processes
	process.state == "missing"
}

findings[id] contains {"score": 60, "severity": "warning", "reason": "stopped on purpose or finished; rr leaves it alone"} if {
	some id, process in input.processes
	process.state == "stopped"
	process.expected
}

findings[id] contains {"score": 60, "severity": "warning", "reason": "PM2 waits before it restarts it"} if {
	some id, process in input.processes
	process.state == "waiting"
}

findings[id] contains {"score": 70, "severity": "warning", "reason": reason} if {
	some id, process in input.processes
	process.state == "online"
	process.memory_pct >= data.config.memory.warn_pct
	process.memory_pct < data.config.memory.restart_pct
	reason := sprintf("uses %d %% of its memory limit", [process.memory_pct])
}

findings[id] contains {"score": 40, "severity": "critical", "reason": reason} if {
	some id, process in input.processes
	process.state == "online"
	process.memory_pct >= data.config.memory.restart_pct
	reason := sprintf("uses %d %% of its memory limit", [process.memory_pct])
}

failed[id][verb] := count(attempts) if {
	some id, _ in input.processes
	some verb in ["pm2.restart", "pm2.stop_start", "pm2.resurrect"]
	attempts := [attempt |
		some attempt in input.attempts
		attempt.action.subject == id
		attempt.action.verb == verb
		attempt.state == "failed"
	]
}

actions[id] contains {"verb": "pm2.restart", "reason": process.state} if {
	some id, process in input.processes
	process.state in {"errored", "phantom"}
	process.autorestart != "no"
	failed[id]["pm2.restart"] < data.config.ladder.restart.attempts
}

actions[id] contains {"verb": "pm2.stop_start", "reason": concat("", [process.state, ", and restarts did not help"])} if {
	some id, process in input.processes
	process.state in {"errored", "phantom"}
	process.autorestart != "no"
	failed[id]["pm2.restart"] >= data.config.ladder.restart.attempts
	failed[id]["pm2.stop_start"] < data.config.ladder.stop_start.attempts
}

actions[id] contains {"verb": "pm2.restart", "reason": reason, "for_s": data.config.memory.for} if {
	some id, process in input.processes
	process.state == "online"
	process.memory_pct >= data.config.memory.restart_pct
	failed[id]["pm2.restart"] < data.config.ladder.restart.attempts
	reason := sprintf("uses %d %% of its memory limit", [process.memory_pct])
}

actions[id] contains {"verb": "pm2.resurrect", "reason": "expected, but PM2 does not know it"} if {
	some id, process in input.processes
	process.state == "missing"
	input.daemons["pm2/local/daemon/pm2"].dump == "present"
	failed[id]["pm2.resurrect"] < data.config.ladder.resurrect.attempts
}

score[id] := min([finding.score | some finding in findings[id]]) if some id, _ in findings

score[id] := 100 if {
	some id, _ in input.processes
	not findings[id]
}

status[id] := "healthy" if {
	some id, _ in input.processes
	score[id] >= data.health.healthy
}

status[id] := "warning" if {
	some id, _ in input.processes
	score[id] < data.health.healthy
	score[id] >= data.health.critical
}

status[id] := "critical" if {
	some id, _ in input.processes
	score[id] < data.health.critical
}

health := round(sum([s | some s in score]) / count(score))
