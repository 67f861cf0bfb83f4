package netlify

import (
	"context"
	"fmt"

	"rr/schemas"
)

// Unlock is netlify.unlock: it lets the site publish newer deploys by itself
// again, where it was rr that locked it. A person's lock is theirs, and only a
// person takes it off.
type Unlock struct{ Sites Sites }

// Act unlocks it.
func (v Unlock) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return v.Sites.alone(ctx, a, seen, func(ctx context.Context, s Site, before schemas.Site) (string, error) {
		return s.unlock(ctx, a, before)
	})
}

func (s Site) unlock(ctx context.Context, a schemas.Action, before schemas.Site) (string, error) {
	now, err := s.look(ctx)
	if err != nil {
		return "", err
	}
	deploy := now.published()
	switch {
	case !now.locked():
		return "", refused("the site is not locked")
	case deploy != before.PublishedID:
		return "", refused("another deploy is published than was seen: %s", deploy)
	case !byHand(a) && s.recall().Locked != deploy:
		return "", refused("rr did not lock deploy %s, so a person did; unlock it by hand: rr act netlify.unlock %s", deploy, a.Target)
	}
	if _, err := s.Client.Unlock(ctx, deploy); err != nil {
		return "", err
	}
	if err := s.remember(func(m *memories) { m.Locked = "" }); err != nil {
		return "", unknown(err)
	}

	return fmt.Sprintf("deploy %s is unlocked", deploy), nil
}
