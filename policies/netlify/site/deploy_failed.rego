# METADATA
# title: deploy_failed
# description: >-
#   A site whose newest deploy failed still serves the one before; it is shown,
#   and a person is told. Where a build hook is configured and trigger_build has
#   attempts, Netlify builds once more first.
package policies.netlify.site.deploy_failed

# METADATA
# description: the newest deploy failed
findings contains finding if {
	input.site.latest_state in _failed
	input.site.streak < _often

	finding := {"score": 60, "severity": "warning", "reason": _told, "in_work": input.site.in_work}
}

# METADATA
# description: deploys have failed again and again
findings contains finding if {
	input.site.latest_state in _failed
	input.site.streak >= _often

	finding := {"score": 30, "severity": "critical", "reason": _told, "in_work": input.site.in_work}
}

# METADATA
# description: let Netlify build once more, where the configuration allows it
actions contains action if {
	input.site.latest_state in _failed
	_hook
	not input.site.in_work
	not input.site.limited
	input.site.blocked != "credits"
	input.attempts["netlify.trigger_build"].failed < data.config.netlify.ladder.trigger_build.attempts

	action := {"verb": "netlify.trigger_build", "reason": _told}
}

# METADATA
# description: tell a person where Netlify is not to build once more
alerts contains alert if {
	input.site.latest_state in _failed
	_by_hand

	alert := {"severity": _severity, "reason": sprintf("%s: %s; what was published before still is", [input.site.site, _told])}
}

# METADATA
# description: tell a person once that has failed
alerts contains alert if {
	input.site.latest_state in _failed
	not _by_hand
	not input.site.in_work
	input.attempts["netlify.trigger_build"].failed >= data.config.netlify.ladder.trigger_build.attempts

	alert := {
		"severity": "critical",
		"reason": sprintf("%s: %s, and another build did not help; what was published before still is", [input.site.site, _told]),
		"exhausted": true,
	}
}

_failed := {"error", "rejected"}

# _often is how many deploys in a row must fail for it to be critical.
_often := 3

_hook if object.get(data.config.netlify, "hook_env", "") != ""

_hook if object.get(data.config.netlify, "hook_file", "") != ""

_by_hand if not _hook

_by_hand if data.config.netlify.ladder.trigger_build.attempts == 0

_severity := "critical" if input.site.streak >= _often

_severity := "warning" if input.site.streak < _often

_told := sprintf("its newest deploy failed: %s; failed deploys in a row: %d", [object.get(input.site, "latest_error", "Netlify tells no reason"), input.site.streak])
