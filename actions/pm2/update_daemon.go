package pm2

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// UpdateDaemon is pm2.update_daemon: it replaces the daemon by one of the
// version of PM2 that is installed, and with it restarts every app. Only a
// person may ask for it.
type UpdateDaemon struct{ Homes Homes }

// lookTimeout bounds the look at what an update made.
const lookTimeout = 10 * time.Second

// Act updates the target. Once it has begun it is not ended half way, which
// would leave neither daemon nor apps.
func (u UpdateDaemon) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	switch {
	case a.Policy != schemas.PolicyOperator:
		return "", fmt.Errorf("%w: only a person may ask for it, and %q did", schemas.ErrRefused, a.Policy)
	case seen.RunsRR(a.Target):
		return "", fmt.Errorf("%w: rr itself runs under this daemon and would be ended by it", schemas.ErrRefused)
	}

	return withDaemon(ctx, u.Homes, a.Target, seen, func(ctx context.Context, d serving) (string, error) {
		if under(d.status.PID) {
			return "", fmt.Errorf("%w: rr itself runs under this daemon and would be ended by it", schemas.ErrRefused)
		}
		before, err := d.client.List(ctx)
		if err != nil {
			return "", notBegun(a.Target, err)
		}
		result, err := pm2.CLI{Home: d.home, Path: d.config.Command}.UpdateDaemon(ctx)
		if result.Took == 0 && err != nil {
			return "", commandOutcome(result, err)
		}

		return updated(context.WithoutCancel(ctx), d, before, err)
	})
}

// under tells whether this process is a descendant of a daemon.
func under(daemon int) bool {
	table, err := procfs.FS{}.Table()

	return err != nil || slices.Contains(table.Ancestors(os.Getpid()), daemon)
}

// updated looks at what an update made.
func updated(ctx context.Context, d serving, before []pm2.App, failed error) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	now := pm2.Probe(ctx, d.home)
	if failed != nil {
		return "", fmt.Errorf("%w: %w (the daemon is %s now: %s)", schemas.ErrOutcomeUnknown, failed, now.State, now.Note)
	}
	client := &pm2.Client{Home: d.home}
	defer client.Close()
	after, err := client.List(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: updated, but look at the apps: %w", schemas.ErrOutcomeUnknown, err)
	}
	change := fmt.Sprintf("the daemon was PM2 %s, pid %d, and is PM2 %s, pid %d", d.status.Version, d.status.PID, now.Version, now.PID)
	if fewer := lost(before, after); len(fewer) > 0 {
		return "", fmt.Errorf("%s, but it has fewer of %s: look for them in dump.pm2 and dump.pm2.bak", change, names(fewer))
	}

	return fmt.Sprintf("%s; processes: %d before, %d now", change, len(before), len(after)), nil
}

// lost names the apps of which there are fewer instances after than before.
// Modules of PM2 come back by themselves, in their own time.
func lost(before, after []pm2.App) []string {
	count := map[string]int{}
	for _, app := range after {
		count[app.Name]++
	}
	var fewer []string
	for _, app := range before {
		if count[app.Name]--; count[app.Name] < 0 && !app.Module.B {
			fewer = append(fewer, app.Name)
		}
	}

	return fewer
}
