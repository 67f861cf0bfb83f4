package netlify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rr/internal/netlify"
	"rr/schemas"
)

// TriggerBuild is netlify.trigger_build: it asks Netlify to build, by a build
// hook. Its address is a secret, and is told nowhere.
type TriggerBuild struct{ Sites Sites }

// Act asks for a build, if none is under way.
func (v TriggerBuild) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return v.Sites.alone(ctx, a, seen, func(ctx context.Context, s Site, before schemas.Site) (string, error) {
		if s.Hook == nil {
			return "", fmt.Errorf("%s: there is no build hook: name one, as in hook_env: \"NETLIFY_BUILD_HOOK\"", a.Target)
		}

		return s.triggerBuild(ctx, before, seen.Sources["netlify/"+s.Scope+"/site"].TakenAt)
	})
}

func (s Site) triggerBuild(ctx context.Context, before schemas.Site, seen time.Time) (string, error) {
	if err := s.ready(ctx, before); err != nil {
		return "", err
	}
	if s.recall().Triggered.After(seen) {
		return "", refused("a build was asked for since the site was looked at")
	}
	hook, err := s.Hook()
	if err != nil {
		return "", fmt.Errorf("build hook: %w", err)
	}
	asked := s.Now() // before: that it may have been asked for must not be forgotten
	if err := s.remember(func(m *memories) { m.Triggered = asked }); err != nil {
		return "", err
	}
	if err := s.Client.TriggerBuildHook(ctx, hook); err != nil {
		return "", s.noteCredits(err)
	}

	return "Netlify was asked to build", nil
}

// ready refuses a site that is not what was seen, takes no deploys, or has one
// under way.
func (s Site) ready(ctx context.Context, before schemas.Site) error {
	now, err := s.look(ctx)
	if err != nil {
		return err
	}
	if err := now.same(before); err != nil {
		return err
	}
	if d, found := now.inWork(); found && d.ID != s.recall().Deploy {
		return refused("deploy %s is %s", d.ID, d.State)
	}

	return now.open(before)
}

// noteCredits remembers a refusal for want of credits, which the API tells only
// who deploys.
func (s Site) noteCredits(err error) error {
	var failed *netlify.DeployError
	if errors.As(err, &failed) && netlify.OfCredits(failed.Text) || netlify.KindOf(err) == netlify.Credits {
		return s.outOfCredits(err)
	}

	return err
}

// outOfCredits remembers that there are none.
func (s Site) outOfCredits(err error) error {
	at := s.Now()
	if kept := s.remember(func(m *memories) { m.RefusedAt = at }); kept != nil {
		return fmt.Errorf("%w; and %w", err, kept)
	}

	return err
}
