package netlify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"rr/internal/command"
	"rr/internal/functions"
	"rr/internal/netlify"
	"rr/schemas"
)

// Deploy is netlify.deploy: it deploys what was built here, by rr's own upload
// or by the configured netlify command, and waits until the deploy is ready. It
// costs credits.
type Deploy struct{ Sites Sites }

// Act deploys.
func (v Deploy) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	s, err := v.Sites.api(a.Target)
	if err != nil {
		return "", err
	}
	if s.Config.Deploy.By == "none" {
		return "", fmt.Errorf("%s: rr does not deploy: say who does, as in deploy: by: \"rr\"", a.Target)
	}
	before, err := subject(a.Target, seen)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Config.Deploy.Timeout.Of())
	defer cancel()
	end, err := s.begin()
	if err != nil {
		return "", err
	}
	defer end()
	if err := s.free(ctx); err != nil {
		return "", err
	}
	found, err := s.find(ctx)
	if err != nil {
		return "", err
	}
	publish, built := s.folders(found)
	if err := s.deployable(found, built); err != nil {
		return "", err
	}
	if err := s.ready(ctx, before); err != nil {
		return "", err
	}
	if s.Config.Deploy.By == "cli" {
		return s.deployByCommand(ctx, publish, built)
	}

	return s.deploy(ctx, a, found, publish, built)
}

// deploy uploads by rr itself.
func (s Site) deploy(ctx context.Context, a schemas.Action, found functions.Site, publish, built string) (string, error) {
	b, err := s.bundle(found, publish, built)
	if err != nil {
		return "", err
	}
	site, err := s.Client.Site(ctx, s.Config.Site)
	if err != nil {
		return "", err
	}
	deploy, err := s.upload(ctx, site.ID, b, "rr: "+a.Verb)
	if err != nil {
		return "", s.noteCredits(err)
	}

	return fmt.Sprintf("deploy %s is ready: %d files, %d functions", deploy.ID, len(b.Files), len(b.Functions)), nil
}

// deployByCommand runs the netlify command. The token is in its environment and
// in no other.
func (s Site) deployByCommand(ctx context.Context, publish, built string) (string, error) {
	token, err := s.Token()
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	site, err := s.Client.Site(ctx, s.Config.Site)
	if err != nil {
		return "", err
	}
	env, secrets := command.Environ(s.Getenv, nil)
	env = append(env, "NETLIFY_AUTH_TOKEN="+token, "NETLIFY_SITE_ID="+site.ID, "CI=1", "NO_COLOR=1", "NETLIFY_TELEMETRY_DISABLED=1")
	if s.Config.BaseURL != "" {
		env = append(env, "NETLIFY_API_URL="+strings.TrimSuffix(s.Config.BaseURL, "/"))
	}
	args := []string{s.Config.Deploy.Command, "deploy", "--prod", "--no-build", "--dir", filepath.FromSlash(publish)}
	if built != "" {
		args = append(args, "--functions", filepath.FromSlash(built))
	}
	result, err := command.Command{Args: args, Dir: s.Dir, Env: env, Timeout: s.Config.Deploy.Timeout.Of(), Secrets: append(append(secrets, token), s.secrets()...)}.Run(ctx)
	var failed *command.Failed
	switch {
	case err == nil:
		return "deployed in " + result.Took.Round(100*time.Millisecond).String() + ": " + result.Tail, nil
	case errors.As(err, &failed) && (failed.Over || failed.Code < 0): // it may have got to the end of it
		return "", unknown(err)
	case failed != nil && netlify.OfCredits(failed.Tail):
		return "", s.outOfCredits(fmt.Errorf("deploy failed: %w", err))
	case failed != nil:
		return "", fmt.Errorf("deploy failed: %w", err)
	}

	return "", err
}
