package netlify

import (
	"context"
	"slices"
	"strings"

	"rr/internal/functions"
	"rr/internal/names"
	"rr/internal/netlify"
	"rr/schemas"
)

// compare holds what is deployed against the source, as far as that is known.
func (s *Site) compare(ctx context.Context, q asker, facts *schemas.Site, site netlify.Site, deploys []netlify.Deploy, config schemas.Netlify) {
	source, err := s.here.current(ctx)
	_, broken := firstOf(source.Toml.Problems, functions.Error)
	if err != nil || source.Missing || broken > 0 {
		return // what Netlify would make of it is not known
	}
	facts.SourceKnown = "yes"
	watched := slices.DeleteFunc(slices.Clone(source.Functions), func(f functions.Function) bool {
		return !names.Watched(config.Include, config.Exclude, f.Name)
	})
	if site.Published != nil {
		deployed(facts, watched, source, *site.Published, config)
		lost(facts, watched, deploys, *site.Published, config)
	}
	for _, f := range watched {
		if f.Broken() {
			facts.FunctionsInvalid = append(facts.FunctionsInvalid, f.Name)
		}
	}
	s.variables(ctx, q, facts, site, watched)
}

// deployed compares functions and schedules.
func deployed(facts *schemas.Site, watched []functions.Function, source functions.Site, published netlify.Deploy, config schemas.Netlify) {
	there, scheduled, ours := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range published.Functions {
		there[f.Name] = true
	}
	for _, schedule := range published.Schedules {
		scheduled[schedule.Name] = true
	}
	for _, f := range source.Functions {
		ours[f.Name] = true
	}
	for _, f := range watched {
		switch {
		case !there[f.Name]:
			facts.FunctionsMissing = append(facts.FunctionsMissing, f.Name)
		case f.Schedule != "" && !scheduled[f.Name]:
			facts.SchedulesLost = append(facts.SchedulesLost, f.Name)
		}
	}
	for name := range there {
		if !ours[name] && !strings.HasPrefix(name, "___netlify-") && names.Watched(config.Include, config.Exclude, name) {
			facts.FunctionsExtra = append(facts.FunctionsExtra, name)
		}
	}
	slices.Sort(facts.FunctionsExtra)
}

// lost finds what is wanted, was deployed before, and is not any more: in the
// deploy that could be gone back to, and not in the published one.
func lost(facts *schemas.Site, watched []functions.Function, deploys []netlify.Deploy, published netlify.Deploy, config schemas.Netlify) {
	before := slices.IndexFunc(deploys, func(d netlify.Deploy) bool { return d.ID != "" && d.ID == facts.RollbackID })
	if before < 0 {
		return
	}
	wanted := slices.Clone(config.Expect)
	for _, f := range watched {
		wanted = append(wanted, f.Name)
	}
	slices.Sort(wanted)
	for _, name := range slices.Compact(wanted) {
		is := func(f netlify.Function) bool { return f.Name == name }
		if slices.ContainsFunc(deploys[before].Functions, is) && !slices.ContainsFunc(published.Functions, is) {
			facts.FunctionsLost = append(facts.FunctionsLost, name)
		}
	}
}

// variables compares the names that functions read with those that the site has.
// No value is read anywhere.
func (s *Site) variables(ctx context.Context, q asker, facts *schemas.Site, site netlify.Site, watched []functions.Function) {
	var read []string
	for _, f := range watched {
		for _, name := range f.Env {
			if !provided(name) && !slices.Contains(read, name) {
				read = append(read, name)
			}
		}
	}
	keys, err := q.env(ctx, site)
	if err != nil {
		unread(facts, err, "variables")
		return
	}
	for _, name := range read {
		if !slices.ContainsFunc(keys, func(k netlify.EnvKey) bool { return k.Key == name && forFunctions(k) }) {
			facts.EnvMissing = append(facts.EnvMissing, name)
		}
	}
	slices.Sort(facts.EnvMissing)
}

// forFunctions says that functions get a variable.
func forFunctions(k netlify.EnvKey) bool {
	return len(k.Scopes) == 0 || slices.Contains(k.Scopes, "functions") || slices.Contains(k.Scopes, "runtime")
}

// provided says that Netlify, AWS or Node.js themselves give functions a
// variable, or that its absence means something to them.
func provided(name string) bool {
	switch name {
	case "NETLIFY", "NETLIFY_DEV", "NETLIFY_LOCAL", "NETLIFY_BLOBS_CONTEXT", "NETLIFY_IMAGES_CDN_DOMAIN", "CONTEXT", "URL", "SITE_ID", "SITE_NAME", "BRANCH",
		"DEPLOY_ID", "DEPLOY_URL", "DEPLOY_PRIME_URL", "COMMIT_REF", "NODE_ENV", "NODE_OPTIONS", "NODE_DEBUG", "PATH", "HOME", "LANG", "TZ", "PWD", "CI", "DEBUG", "NO_COLOR",
		"FORCE_COLOR":
		return true
	}

	return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LAMBDA_") || strings.HasPrefix(name, "_")
}
