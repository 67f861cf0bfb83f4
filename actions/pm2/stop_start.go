package pm2

import (
	"context"
	"fmt"

	"rr/internal/pm2"
	"rr/schemas"
)

// StopStart is pm2.stop_start: it stops a process and starts it, for states in
// which PM2 refuses to restart.
type StopStart struct{ Homes Homes }

// Act stops the target and starts it. Between the two it is stopped; where the
// start fails the error says so.
func (s StopStart) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return withProcess(ctx, s.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		if err := c.Stop(ctx, app.ID); err != nil {
			return "", fmt.Errorf("stop: %w", err)
		}
		if err := c.Restart(ctx, app.ID); err != nil {
			return "", fmt.Errorf("stopped, but start: %w", outcome(err))
		}
		_ = c.NotifyRestart(ctx, app.ID)

		return "stopped and started", nil
	})
}
