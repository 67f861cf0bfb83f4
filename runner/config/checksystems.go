package config

import (
	"maps"
	"slices"

	"rr/schemas"
)

func (c *checks) github(scope string, github schemas.GitHub) {
	at := "github." + scope
	c.asking(at, github.Interval, github.Timeout, github.StaleAfter)
	c.expect(at+".expect", github.Expect)
	c.notNegative(at+".broken_for", github.BrokenFor)
	c.positive(at+".runs.queued_for", github.Runs.QueuedFor)
	c.positive(at+".runs.running_for", github.Runs.RunningFor)
	c.positive(at+".runs.late_by", github.Runs.LateBy)
	c.positive(at+".runs.max_age", github.Runs.MaxAge)
	c.notNegative(at+".warn.token_expires", github.Warn.TokenExpires)
	c.oneOf(at, map[string]bool{
		"token_env": github.TokenEnv != "", "token_file": github.TokenFile != "", "gh_token": github.GHToken, "app": github.App != nil,
	})
	c.unless(github.Changes == schemas.ChangesLeave || github.Access(), []string{at + ".changes"},
		"%s.changes: %s needs access to the API: name a token, as in token_env: \"GITHUB_TOKEN\"", at, github.Changes)
	c.unless(!github.Issues || github.Access(), []string{at + ".issues"},
		"%s.issues needs access to the API: name a token, as in token_env: \"GITHUB_TOKEN\"", at)
	c.ladder(at+".ladder", github.Ladder)
}

func (c *checks) netlify(scope string, netlify schemas.Netlify) {
	at := "netlify." + scope
	c.asking(at, netlify.Interval, netlify.Timeout, netlify.StaleAfter)
	c.expect(at+".expect", netlify.Expect)
	c.notNegative(at+".broken_for", netlify.BrokenFor)
	c.positive(at+".build.timeout", netlify.Build.Timeout)
	c.positive(at+".deploy.timeout", netlify.Deploy.Timeout)
	c.positive(at+".deploy.stuck_for", netlify.Deploy.StuckFor)
	c.notNegative(at+".deploy.settle", netlify.Deploy.Settle)
	c.notNegative(at+".warn.cert_expires", netlify.Warn.CertExpires)
	c.oneOf(at, map[string]bool{"token_env": netlify.TokenEnv != "", "token_file": netlify.TokenFile != ""})
	c.oneOf(at, map[string]bool{"hook_env": netlify.HookEnv != "", "hook_file": netlify.HookFile != ""})
	c.unless(netlify.Deploy.By == "none" || netlify.Access(), []string{at + ".deploy.by"},
		"%s.deploy.by: %s needs access to the API: name a token, as in token_env: \"NETLIFY_AUTH_TOKEN\"", at, netlify.Deploy.By)
	for _, name := range slices.Sorted(maps.Keys(netlify.Probes)) {
		c.positive(at+".probes."+name+".timeout", netlify.Probes[name].Timeout)
		c.positive(at+".probes."+name+".interval", netlify.Probes[name].Interval)
	}
	c.ladder(at+".ladder", netlify.Ladder)
}

// asking checks how often and how long something far away is asked.
func (c *checks) asking(at string, interval, timeout, staleAfter schemas.Duration) {
	c.positive(at+".interval", interval)
	c.positive(at+".timeout", timeout)
	c.atLeast(at+".stale_after", staleAfter, at+".interval", interval)
	c.atLeast(at+".stale_after", staleAfter, at+".timeout", timeout)
}

// oneOf wants at most one of some fields to be set.
func (c *checks) oneOf(at string, set map[string]bool) {
	var given, fields []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if set[name] {
			given, fields = append(given, name), append(fields, at+"."+name)
		}
	}
	if len(given) > 1 {
		c.unless(false, fields, "%s has both %s and %s: give one", at, given[0], given[1])
	}
}
