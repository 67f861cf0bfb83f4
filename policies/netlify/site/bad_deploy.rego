# METADATA
# title: bad_deploy
# description: >-
#   A published deploy that answers wrongly for a function, or has lost one that
#   the deploy before had, is rolled back, once; then a person is told. Nothing
#   is concluded within settle of a deploy, from one probe, or from probes that
#   get no answer at all. A deploy that a person pinned, or that is not the newest
#   one, so that somebody rolled back already, stays. What an invalid source has
#   hurt is left to the ladder of its function.
package policies.netlify.site.bad_deploy

# METADATA
# description: the published deploy is bad
findings contains finding if {
	count(_hurt) > 0
	_age_s >= data.config.netlify.deploy.settle

	finding := {"score": 20, "severity": "critical", "reason": sprintf("the published deploy is bad: %s", [_what]), "in_work": _in_work}
}

# METADATA
# description: a deploy that was just published looks bad
findings contains finding if {
	count(_hurt) > 0
	_age_s < data.config.netlify.deploy.settle

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("the published deploy looks bad: %s; it was published %d s ago", [_what, _age_s]),
		"in_work": true,
	}
}

# METADATA
# description: probes get no answer at all
findings contains finding if {
	_unanswered > 0

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("probes that get no answer at all: %d; nothing is concluded, since it may be the network from here", [_unanswered]),
	}
}

# METADATA
# description: publish the deploy before again
actions contains action if {
	count(_own) > 0
	input.site.published_age_s >= data.config.netlify.deploy.settle
	object.get(input.site, "rollback_id", "") != ""
	object.get(input.site, "unpublished", "") == ""
	not input.site.locked
	not input.site.in_work
	not input.site.limited
	input.site.blocked != "credits"
	input.attempts["netlify.restore_deploy"].failed < data.config.netlify.ladder.restore_deploy.attempts

	action := {"verb": "netlify.restore_deploy", "reason": sprintf("the published deploy is bad: %s", [_what])}
}

# METADATA
# description: tell a person where it cannot be rolled back, or that has not helped
alerts contains alert if {
	count(_own) > 0
	_age_s >= data.config.netlify.deploy.settle
	input.attempts["netlify.restore_deploy"].pending == 0
	some why in _why_not

	alert := {
		"severity": "critical",
		"reason": sprintf("the published deploy of %s is bad: %s; %s", [input.site.site, _what, why]),
		"exhausted": true,
	}
}

_failing := {name | some name in input.site.functions_failing}

_lost := {name | some name in input.site.functions_lost}

_hurt := _failing | _lost

# _own are those that are not hurt by their source.
_own := _hurt - {name | some name in input.site.functions_invalid}

_unanswered := input.site.probes_failing - count(_failing)

# _age_s is since it was published. Where that is not known it is shown, and
# nothing is done.
_age_s := object.get(input.site, "published_age_s", data.config.netlify.deploy.settle)

# _in_work holds until it is verified that a rollback helped: a probe is not
# asked at once.
_in_work if input.attempts["netlify.restore_deploy"].pending > 0

_in_work := false if input.attempts["netlify.restore_deploy"].pending == 0

# _why_not is why it is not rolled back any more, the first reason alone.
_why_not := array.slice(_whys, 0, 1)

_whys := array.concat(array.concat(_pinned, _rolled_back), array.concat(_nothing_older, _spent))

_pinned := ["it is locked, and rr rolls back nothing that a person pinned" | input.site.locked]

_rolled_back := ["it is not the newest one, so that it was rolled back already" | object.get(input.site, "unpublished", "") != ""]

_nothing_older := ["there is no older one to publish" | object.get(input.site, "rollback_id", "") == ""]

_spent := ["rolling it back did not help" | input.attempts["netlify.restore_deploy"].failed >= data.config.netlify.ladder.restore_deploy.attempts]

_what := concat("; ", [part |
	some part in [_named("answering wrongly", _failing), _named("lost", _lost)]
	part != ""
])

_named(what, names) := sprintf("%s: %s", [what, concat(", ", names)]) if count(names) > 0

_named(_, names) := "" if count(names) == 0
