# METADATA
# title: invalid
# description: >-
#   A function whose source cannot be deployed: the list of functions is written
#   anew where it is wrong, the site is built where a build is configured, what
#   was published before is published again where the published deploy is hurt,
#   a deploy is made where the configuration allows it, and its source is
#   restored from its newest valid version. Each rung comes after those before
#   it have verifiably failed, and only where it may help; then a person is told.
package policies.netlify.function.invalid

import data.policies.lib.sites

# METADATA
# description: it cannot be deployed
findings contains finding if {
	input.function.state == "invalid"

	finding := {"score": 0, "severity": "critical", "reason": sprintf("cannot be deployed: %s", [_problem])}
}

# METADATA
# description: write the list of functions anew, where it is wrong
actions contains action if {
	_verified
	_manifest_due

	action := {"verb": "netlify.manifest", "target": sites.manifest(input.id), "reason": _reason}
}

# METADATA
# description: build the site, where a build is configured
actions contains action if {
	_verified
	not _manifest_due
	_build_due

	action := {"verb": "netlify.build", "target": sites.manifest(input.id), "reason": _reason}
}

# METADATA
# description: publish the deploy before again, where the published one is hurt
actions contains action if {
	_verified
	not _manifest_due
	not _build_due
	_rollback_due == true

	action := {"verb": "netlify.restore_deploy", "target": sites.site(input.id), "reason": sprintf("the published deploy is hurt by it; %s", [_reason])}
}

# METADATA
# description: deploy from here, where the configuration allows it and the published deploy is still hurt
actions contains action if {
	_verified
	not _manifest_due
	not _build_due
	_rollback_due == false
	_deploy_due == true

	action := {"verb": "netlify.deploy", "target": sites.site(input.id), "reason": sprintf("the published deploy is hurt by it; %s", [_reason])}
}

# METADATA
# description: restore its source from its newest valid version
actions contains action if {
	_verified
	not _manifest_due
	not _build_due
	_rollback_due == false
	_deploy_due == false
	_restore_due

	action := {"verb": "netlify.restore_source", "reason": sprintf("%s has a valid version; %s", [object.get(input.function, "restore_from", "git"), _reason]), "for_s": data.config.netlify.broken_for}
}

# METADATA
# description: tell a person once the ladder has ended
alerts contains alert if {
	_over
	input.function.restorable != "unknown"

	alert := {
		"severity": "critical",
		"reason": sprintf("the function %s cannot be deployed and nothing that rr may do is left: %s", [input.function.name, _problem]),
		"exhausted": true,
	}
}

# METADATA
# description: tell a person where rr cannot tell whether a valid version exists
alerts contains alert if {
	_over
	input.function.restorable == "unknown"

	alert := {
		"severity": "critical",
		"reason": sprintf(
			"the function %s cannot be deployed, and rr cannot tell whether git holds a valid version, as in a shallow clone: get the history with git fetch --unshallow; %s",
			[input.function.name, _problem],
		),
		"exhausted": true,
	}
}

# _verified holds once it is known of every attempt whether it helped. What an
# attempt changes elsewhere, as a list that is right again, does not tell that.
_verified if {
	input.function.state == "invalid"
	sum([tried.pending | some tried in input.attempts]) == 0
}

_over if {
	_verified
	not _manifest_due
	not _build_due
	_rollback_due == false
	_deploy_due == false
	not _restore_due
}

_manifest_due if {
	input.parent.wanted
	input.parent.state != "ok"
	input.parent.directory_found == "present"
	input.parent.toml_state != "invalid"
	input.attempts["netlify.manifest"].failed < data.config.netlify.ladder.manifest.attempts
}

_build_due if {
	input.parent.build_configured
	input.attempts["netlify.build"].failed < data.config.netlify.ladder.build.attempts
}

default _rollback_due := false

# _rollback_due holds where the deploy before is to be published again: where
# this one is hurt, has settled, is the newest one, so that nobody rolled back
# before, and nobody pinned it.
_rollback_due if {
	input.function.name in _hurt
	input.site.published_age_s >= data.config.netlify.deploy.settle
	object.get(input.site, "rollback_id", "") != ""
	object.get(input.site, "unpublished", "") == ""
	input.site.blocked != "credits"
	_site_free
	input.attempts["netlify.restore_deploy"].failed < data.config.netlify.ladder.restore_deploy.attempts
}

default _deploy_due := false

_deploy_due if {
	input.function.name in _hurt
	data.config.netlify.deploy.by != "none"
	input.site.blocked != "credits"
	_site_free
	input.attempts["netlify.deploy"].failed < data.config.netlify.ladder.deploy.attempts
}

_restore_due if {
	input.function.restorable == "yes"
	input.attempts["netlify.restore_source"].failed < data.config.netlify.ladder.restore_source.attempts
}

# _hurt are the functions that the published deploy answers for wrongly, or has
# lost; none where nothing is known of it.
_hurt := {name | some name in input.site.functions_failing} | {name | some name in input.site.functions_lost}

# _site_free holds where nothing is under way on the site and nothing forbids it.
_site_free if {
	input.site.in_work == false
	input.site.limited == false
	input.site.locked == false
}

_reason := sprintf("%s: %s", [input.function.cause, _problem])

_problem := object.get(input.function, "problem", "look at it with rr netlify functions")
