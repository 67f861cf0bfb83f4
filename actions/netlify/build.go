package netlify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rr/internal/command"
	"rr/schemas"
)

// Build is netlify.build: it runs the configured build, which may mend what a
// build makes. What it printed last is told, without the values of the variables
// that it was given.
type Build struct{ Sites Sites }

// Act builds, and holds that the function is valid afterwards: Netlify's own
// build ends well with a function that does not parse.
func (v Build) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	s, err := v.Sites.of(a.Target)
	if err != nil {
		return "", err
	}
	if len(s.Config.Build.Command) == 0 {
		return "", fmt.Errorf("%s: rr does not build: name a command, as in build: command: [\"npm\", \"run\", \"build\"]", a.Target)
	}
	end, err := s.begin()
	if err != nil {
		return "", err
	}
	defer end()
	if err := s.buildable(ctx, a, seen); err != nil {
		return "", err
	}
	result, err := s.build(ctx)
	s.Work.built = s.Now()
	if err != nil {
		return "", err
	}
	note := "built in " + result.Took.Round(100*time.Millisecond).String()
	if result.Tail != "" {
		note += ": " + result.Tail
	}
	function, meant := meant(a)
	if !meant {
		return note, nil
	}
	found, err := s.find(ctx)
	if err != nil {
		return "", err
	}
	if now := state(found, function.Name()); now != schemas.FunctionValid {
		return "", fmt.Errorf("the build ended well, and yet %s is %s; it %s", function.Name(), now, note)
	}

	return note, nil
}

// meant is the function that a build is to mend: the site is built for it.
func meant(a schemas.Action) (schemas.ID, bool) {
	for _, id := range []schemas.ID{a.Subject, a.Target} {
		if id.Kind() == "netlify/function" {
			return id, true
		}
	}

	return "", false
}

// buildable refuses what was mended, or built, since it was looked at.
func (s Site) buildable(ctx context.Context, a schemas.Action, seen schemas.Snapshot) error {
	if byHand(a) {
		return s.free(ctx)
	}
	if taken := seen.Sources[a.Target.Source()].TakenAt; s.Work.built.After(taken) {
		return refused("site %s was built since it was looked at", s.Scope)
	}
	if function, ok := meant(a); ok {
		found, err := s.find(ctx)
		if err != nil {
			return err
		}
		if err := unchanged(found, function, seen); err != nil {
			return err
		}
	}

	return s.free(ctx)
}

// build runs the build in the site's folder.
func (s Site) build(ctx context.Context) (command.Result, error) {
	env, secrets := command.Environ(s.Getenv, s.Config.Build.Env)
	result, err := command.Command{
		Args: s.Config.Build.Command, Dir: s.Dir, Env: env, Timeout: s.Config.Build.Timeout.Of(), Secrets: append(secrets, s.secrets()...),
	}.Run(ctx)
	var failed *command.Failed
	if err != nil && !errors.As(err, &failed) {
		return result, fmt.Errorf("build: %w", err)
	}
	if err != nil {
		return result, fmt.Errorf("build failed: %w", err)
	}

	return result, nil
}

// secrets are what may be in nothing that is told, whoever prints it.
func (s Site) secrets() []string {
	var all []string
	for _, ask := range []func() (string, error){s.Token, s.Hook} {
		if ask == nil {
			continue
		}
		if secret, err := ask(); err == nil {
			all = append(all, secret)
		}
	}

	return all
}
