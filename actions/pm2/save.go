package pm2

import (
	"context"
	"errors"
	"fmt"

	"rr/internal/pm2"
	"rr/schemas"
)

// Save is pm2.save: it writes what the daemon runs to dump.pm2, from which it
// comes back. It never gives up a fuller dump.
type Save struct{ Homes Homes }

// Act saves the list of the target.
func (s Save) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return withDaemon(ctx, s.Homes, a.Target, seen, func(ctx context.Context, d serving) (string, error) {
		saved, err := pm2.Save(ctx, d.client, false)
		var remote *pm2.RemoteError
		switch {
		case errors.Is(err, pm2.ErrRefused):
			return "", err
		case errors.As(err, &remote), errors.Is(err, pm2.ErrOutcomeUnknown), errors.Is(err, pm2.ErrAnotherDaemon), ctx.Err() != nil && err != nil:
			return "", fmt.Errorf("%w: nothing was written: %s", schemas.ErrRefused, clip(err.Error()))
		case err != nil:
			return "", err
		}

		return fmt.Sprintf("saved to %s, apps: %d", saved.Path, saved.Apps), nil
	})
}
