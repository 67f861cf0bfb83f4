package pm2

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rr/internal/pm2"
	"rr/schemas"
)

// EndOrphans is pm2.end_orphans: it ends processes that an earlier daemon left
// running and that stand in the way of the one that serves. An orphan is ended
// only where an instance of its app is to be started, so that nothing ends that
// nothing follows.
type EndOrphans struct {
	Homes Homes
	Files Files // of apps that PM2 does not know and that are expected; may be nil
}

// Act ends orphans under the target.
func (e EndOrphans) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return withDaemon(ctx, e.Homes, a.Target, seen, func(ctx context.Context, d serving) (string, error) {
		apps, err := d.client.List(ctx)
		if err != nil {
			return "", notBegun(a.Target, err)
		}
		starts := map[string]bool{}
		result, err := endOrphans(ctx, d.home, d.status.PID, func(name string) bool {
			if _, judged := starts[name]; !judged {
				starts[name] = e.starts(ctx, d, apps, name, a.Target, seen)
			}
			return starts[name]
		})
		left := ""
		if len(result.left) > 0 {
			left = fmt.Sprintf("; left, since no start of the app is due: %s", names(result.left))
		}
		switch {
		case err != nil:
			return "", fmt.Errorf("%w (orphans ended: %d%s)", err, len(result.ended), left)
		case len(result.ended) == 0:
			return "", fmt.Errorf("%w: there is no orphan to end%s", schemas.ErrRefused, left)
		}

		return fmt.Sprintf("orphans ended: %d, of %s%s", len(result.ended), names(result.ended), left), nil
	})
}

// starts tells whether an instance of an app is to be started: one that PM2
// knows and that neither runs nor was stopped, or, where PM2 does not know the
// app, one that is expected and can be started.
func (e EndOrphans) starts(ctx context.Context, d serving, apps []pm2.App, name string, daemon schemas.ID, seen schemas.Snapshot) bool {
	known := false
	for _, app := range apps {
		if app.Name != name {
			continue
		}
		known = true
		if waitsForStart(app) {
			return true
		}
	}

	return !known && expected(name, daemon.Scope(), d.config, seen) && (isSaved(d.home, name) || e.isInFile(ctx, d, daemon.Scope(), name))
}

// waitsForStart tells of an instance that PM2 or rr is about to start.
func waitsForStart(app pm2.App) bool {
	switch app.Status {
	case "errored", "waiting restart", "launching":
		return true
	case "online":
		return !lives(app.PID)
	}

	return false
}

// expected tells whether an app should be there, by the configuration or by
// what was seen.
func expected(name, scope string, config schemas.PM2, seen schemas.Snapshot) bool {
	if slices.Contains(config.Expect, name) {
		return true
	}
	for id, process := range seen.Processes {
		if id.Scope() == scope && process.Name == name && process.Expected {
			return true
		}
	}

	return false
}

// isSaved tells whether dump.pm2 can start an app.
func isSaved(home, name string) bool {
	dump, err := pm2.ReadDump(home)

	return err == nil && slices.ContainsFunc(dump.Entries, func(entry pm2.DumpEntry) bool {
		return entry.Name == name && entry.Status != "stopped" && entry.Problem() == nil
	})
}

// isInFile tells whether an ecosystem file can start an app.
func (e EndOrphans) isInFile(ctx context.Context, d serving, scope, name string) bool {
	if e.Files == nil {
		return false
	}
	file, err := findInFiles(ctx, pm2.Peer{PID: d.status.PID}, d.home, e.Files(scope), name)
	if err != nil {
		return false
	}
	_, remove, err := startable(file)
	if err != nil {
		return false
	}
	remove()

	return true
}

// names lists each name once.
func names(all []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(all))), ", ")
}
