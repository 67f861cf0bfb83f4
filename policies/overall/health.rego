# METADATA
# title: health
# description: >-
#   A component scores the rounded mean of its subjects: below healthy while one
#   of them is critical, and below critical when part of it is unknown besides.
#   With a part unknown and nothing critical it has no score. The whole scores
#   the weighted mean of the components that are known.
package policies.overall.health

# METADATA
# description: how well each system is, with its score where it is known
components contains component if {
	some name, sums in input.components
	score := _score[name]

	component := {
		"component": name,
		"score": score,
		"status": _status(score),
		"weight": data.config.health.weights[name],
		"reason": _reason[name],
	}
}

# METADATA
# description: systems of which too little is known
components contains component if {
	some name, sums in input.components
	not _score[name]

	component := {
		"component": name,
		"status": "unknown",
		"weight": data.config.health.weights[name],
		"reason": _reason[name],
	}
}

# METADATA
# description: how well the whole is
health contains whole if {
	_weight_known > 0
	score := _rounded(sum([weighted | some weighted in _weighted]), _weight_known)

	whole := {"score": score, "status": _status(score), "confidence": _share(_weight_known, _weight_all)}
}

# METADATA
# description: nothing that has weight is known
health contains whole if {
	_weight_known == 0

	whole := {"status": "unknown", "confidence": 0}
}

_weight_all := sum([data.config.health.weights[name] | some name, _ in input.components])

_weight_known := sum([data.config.health.weights[name] | some name, _ in _score])

_weighted[name] := score * data.config.health.weights[name] if some name, score in _score

# _score is the score of each component of which enough is known.
_score[name] := max([0, min([_rounded(sums.sum, sums.subjects), _ceiling[name]])]) if {
	some name, sums in input.components
	sums.subjects > 0
}

# _ceiling is the best that a component may score. It has none where part of it
# is unknown and nothing shows that it is critical.
_ceiling[name] := 100 if {
	some name, sums in input.components
	sums.critical == 0
	_unknown[name] == 0
}

_ceiling[name] := data.config.health.healthy - 1 if {
	some name, sums in input.components
	sums.critical > 0
	_unknown[name] == 0
}

_ceiling[name] := data.config.health.critical - 1 if {
	some name, sums in input.components
	sums.critical > 0
	_unknown[name] > 0
}

_unknown[name] := sums.unknown + count(sums.unknown_sources) if some name, sums in input.components

_reason[name] := concat("; ", array.concat(_worst[name], _blind[name])) if some name, _ in input.components

_worst[name] := sums.worst if some name, sums in input.components

_blind[name] := array.concat(
	[sprintf("%s is unknown", [source]) | some source in input.components[name].unknown_sources],
	[sprintf("unknown subjects: %d", [n]) | n := input.components[name].unknown; n > 0],
) if {
	some name, _ in input.components
}

_status(score) := "healthy" if score >= data.config.health.healthy

_status(score) := "warning" if {
	score < data.config.health.healthy
	score >= data.config.health.critical
}

_status(score) := "critical" if {
	score < data.config.health.healthy
	score < data.config.health.critical
}

# _rounded divides whole numbers and rounds to the nearest one.
_rounded(a, b) := _share_of(twice + b, 2 * b) if twice := 2 * a

# _share is a of b in whole percent, rounded down.
_share(a, b) := _share_of(100 * a, b)

# _share_of divides whole numbers and rounds down.
_share_of(a, b) := (a - (a % b)) / b
