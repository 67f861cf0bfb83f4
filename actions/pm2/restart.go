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

// Act restarts the target.
func (r Restart) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return withProcess(ctx, r.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		if err := c.Restart(ctx, app.ID); err != nil {
			return "", fmt.Errorf("restart: %w", err)
		}
		_ = c.NotifyRestart(ctx, app.ID) // a courtesy to whoever reads `pm2 logs`

		return "restarted", nil
	})
}
