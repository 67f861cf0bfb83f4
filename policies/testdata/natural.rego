# A policy about a whole snapshot, as one would write it for opa eval: rules by
# id, shares and scores from 0 to 1. It is what BenchmarkRatios compares with.
package natural

used[id] := process.memory_bytes / process.memory_limit_bytes if some id, process in input.processes

down[id] if {
	some id, process in input.processes
	process.state in {"errored", "phantom", "missing"}
}

score[id] := 0 if some id, _ in down

score[id] := headroom(used[id]) if {
	some id, _ in input.processes
	not down[id]
}

headroom(share) := 1 if share < 0.9

headroom(share) := 0.7 if {
	share >= 0.9
	share < 1
}

headroom(share) := 0.4 if share >= 1

health := sum([s | some s in score]) / count(score)

findings contains {"subject": id, "score": score[id]} if {
	some id, _ in input.processes
	score[id] < 0.8
}

actions contains {"verb": "pm2.restart", "target": id} if {
	some id, _ in input.processes
	score[id] < 0.5
	count([attempt | some attempt in input.attempts; attempt.action.target == id]) < 3
}
