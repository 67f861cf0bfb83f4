package pm2

import (
	"context"
	"fmt"

	"rr/internal/pm2"
	"rr/schemas"
)

// Restart is pm2.restart: it restarts a process that runs, and starts one that
// does not, with the environment and the configuration that it has.
type Restart struct{ Homes Homes }

// Act restarts the target. One that waits for its restart is refused: PM2 does
// not restart it before its time, and says so with an error that helps nobody.
func (r Restart) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	if seen.Processes[a.Target].State == schemas.ProcessWaiting {
		return "", fmt.Errorf("%w: PM2 waits before it restarts it, and restarts it no sooner: wait, or start it now with pm2.stop_start", schemas.ErrRefused)
	}

	return withProcess(ctx, r.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		if err := c.Restart(ctx, app.ID); err != nil {
			return "", fmt.Errorf("restart: %w", err)
		}
		_ = c.NotifyRestart(ctx, app.ID) // a courtesy to whoever reads `pm2 logs`

		return "restarted", nil
	})
}
