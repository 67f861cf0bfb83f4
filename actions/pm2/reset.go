package pm2

import (
	"context"
	"fmt"

	"rr/internal/pm2"
	"rr/schemas"
)

// Reset is pm2.reset: it sets PM2's counts of the restarts of a process to zero.
type Reset struct{ Homes Homes }

// Act resets the counts of the target.
func (r Reset) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return withProcess(ctx, r.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		if err := c.Reset(ctx, app.ID); err != nil {
			return "", fmt.Errorf("reset: %w", err)
		}
		if !app.Restarts.Known {
			return "counts of restarts set to 0", nil
		}

		return fmt.Sprintf("counts of restarts set to 0; it had %d", app.Restarts.N), nil
	})
}
