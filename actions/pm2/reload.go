package pm2

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// Reload is pm2.reload: it replaces one worker of a cluster, the old one
// serving until the new one does. PM2 would restart any other process.
type Reload struct{ Homes Homes }

// Act reloads the target.
func (r Reload) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return aloneWithProcess(ctx, r.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		switch {
		case app.ExecMode != "cluster_mode":
			return "", fmt.Errorf("%w: it runs in %s, and only cluster_mode reloads without downtime: restart it", schemas.ErrRefused, orUnknown(app.ExecMode))
		case app.Status != "online" || !lives(app.PID):
			return "", fmt.Errorf("%w: nothing of it is online that could serve meanwhile: restart it", schemas.ErrRefused)
		case reloading(c.Home, time.Now()):
			return "", fmt.Errorf("%w: somebody runs `pm2 reload` just now, as reload.lock says", schemas.ErrRefused)
		}
		if err := c.Reload(ctx, app.ID); err != nil {
			return "", fmt.Errorf("reload: %w", err)
		}

		return "reloaded", nil
	})
}

func orUnknown(mode string) string {
	if mode == "" {
		return "an unknown mode"
	}

	return mode
}

// reloadLock is for how long PM2 heeds its own reload.lock.
const reloadLock = 30 * time.Second

// reloading tells whether the pm2 command reloads something: it keeps the time
// at which it began, in milliseconds, in reload.lock, and empties that in the end.
func reloading(home string, now time.Time) bool {
	text, err := os.ReadFile(filepath.Join(home, "reload.lock"))
	if err != nil {
		return false
	}
	began, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	age := now.Sub(time.UnixMilli(began))

	return err == nil && age >= 0 && age < reloadLock
}
