package pm2

import (
	"context"
	"fmt"

	"rr/internal/pm2"
	"rr/schemas"
)

// Stop is pm2.stop: it ends a process and keeps it in PM2's list, where it
// stays stopped until somebody starts it.
type Stop struct{ Homes Homes }

// Act stops the target.
func (s Stop) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return aloneWithProcess(ctx, s.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		switch {
		case app.CronRestart != "":
			return "", fmt.Errorf("%w: its cron_restart %q would start it again: take that from its configuration first", schemas.ErrRefused, app.CronRestart)
		case app.Status == "stopped":
			return "", fmt.Errorf("%w: it is stopped already", schemas.ErrRefused)
		}
		if err := c.StopWatch(ctx, app.ID); err != nil {
			return "", fmt.Errorf("nothing was stopped: end the watching of its files: %w", err)
		}
		if err := c.Stop(ctx, app.ID); err != nil {
			return "", fmt.Errorf("stop: %w", err)
		}
		again := fmt.Sprintf("`pm2 restart %d`", app.ID)
		if app.Watch.B {
			again = fmt.Sprintf("`pm2 restart %d --watch`, which watches its files again", app.ID)
		}

		return fmt.Sprintf("stopped; start it again with `rr act pm2.restart %s` or %s", a.Target, again), nil
	})
}
