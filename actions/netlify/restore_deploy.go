package netlify

import (
	"context"
	"fmt"

	"rr/internal/netlify"
	"rr/schemas"
)

// RestoreDeploy is netlify.restore_deploy: it publishes the deploy again that
// was seen as the one to go back to. Done twice it is done once.
type RestoreDeploy struct{ Sites Sites }

// Act publishes it.
func (v RestoreDeploy) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return v.Sites.alone(ctx, a, seen, func(ctx context.Context, s Site, before schemas.Site) (string, error) {
		return s.restoreDeploy(ctx, before)
	})
}

func (s Site) restoreDeploy(ctx context.Context, before schemas.Site) (string, error) {
	if before.RollbackID == "" {
		return "", refused("there is no deploy to go back to")
	}
	now, err := s.look(ctx)
	if err != nil {
		return "", err
	}
	if now.published() == before.RollbackID {
		return "", refused("deploy %s is published already", before.RollbackID)
	}
	if err := now.same(before); err != nil {
		return "", err
	}
	if err := now.open(before); err != nil {
		return "", err
	}
	if err := s.good(ctx, now, before.RollbackID); err != nil {
		return "", err
	}

	return s.restore(ctx, now, before.RollbackID)
}

// good refuses a deploy that cannot be gone back to any more.
func (s Site) good(ctx context.Context, now fresh, deploy string) error {
	target, err := s.Client.Deploy(ctx, now.site.ID, deploy)
	switch {
	case netlify.KindOf(err) == netlify.NotFound:
		return refused("there is no deploy %s any more", deploy)
	case err != nil:
		return err
	case target.State != netlify.StateReady:
		return refused("deploy %s is %s", deploy, target.State)
	case target.Context != netlify.ContextProduction || target.Draft || target.PublishedAt.IsZero():
		return refused("deploy %s never was a production deploy that was published", deploy)
	case now.site.Published != nil && !target.CreatedAt.Before(now.site.Published.CreatedAt.Time):
		return refused("deploy %s is newer than the published one", deploy)
	}

	return nil
}

// restore publishes a deploy and remembers whether that locked the site.
func (s Site) restore(ctx context.Context, now fresh, deploy string) (string, error) {
	restored, err := s.Client.Restore(ctx, now.site.ID, deploy)
	if err != nil {
		return "", err
	}
	locked := restored.Locked != nil && *restored.Locked
	note := fmt.Sprintf("deploy %s is published again, in place of %s", deploy, or(now.published(), "none"))
	if err := s.remember(func(m *memories) {
		m.Restored = deploy
		if m.Locked = ""; locked {
			m.Locked = deploy
		}
	}); err != nil {
		return "", unknown(fmt.Errorf("%s: %w", note, err))
	}
	if locked {
		note += "; that locked the site"
	}

	return note, nil
}
