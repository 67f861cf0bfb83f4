// Package pm2 acts on the processes and the daemon of one PM2 home. It holds
// one verb a file; what several share is in pm2.go (processes), daemon.go,
// alone.go (one act at a time), orphans.go and ecosystem.go. Each verb looks
// again before it acts and refuses where its target is not what was seen:
// between the look and the act a person may have renamed, deleted or mended it.
//
// A process is restarted by PM2's own call, which leaves its environment as it
// is. Only to bring back a daemon that is dead, to start an app of an ecosystem
// file and to update a daemon is the pm2 command run, which gets next to nothing
// of rr's environment. Never `pm2 kill`, never `restart all`.
package pm2

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// actTimeout bounds one act. PM2 takes up to kill_timeout twice to stop a
// process, and 3 s more to start one that reports itself ready.
const actTimeout = 60 * time.Second

// Homes gives the PM2 home of a scope and its configuration, empty and false
// where there is none.
type Homes func(scope string) (home string, config schemas.PM2, found bool)

// homeOf gives the home of a target.
func homeOf(homes Homes, id schemas.ID) (string, schemas.PM2, error) {
	home, config, found := homes(id.Scope())
	if !found {
		return "", schemas.PM2{}, fmt.Errorf("%s: no PM2 home is configured as %q", id, id.Scope())
	}

	return home, config, nil
}

// withProcess calls the daemon that the target is under, if the target is
// still what was seen.
func withProcess(ctx context.Context, homes Homes, id schemas.ID, seen schemas.Snapshot, do func(context.Context, *pm2.Client, pm2.App) (string, error)) (string, error) {
	home, _, err := homeOf(homes, id)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	client := &pm2.Client{Home: home, OneDaemon: true}
	defer client.Close()

	app, err := findApp(ctx, client, id)
	if err != nil {
		return "", err
	}
	if err := unchanged(seen.Processes[id], app); err != nil {
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	note, err := do(ctx, client, app)

	return note, outcome(err)
}

// findApp finds the app of an id in a fresh list: PM2's own numbers start anew
// with each daemon.
func findApp(ctx context.Context, client *pm2.Client, id schemas.ID) (pm2.App, error) {
	apps, err := client.List(ctx)
	if err != nil {
		return pm2.App{}, notBegun(id, err)
	}
	instances := pm2.Instances(apps)
	for _, app := range apps {
		if app.Name == id.Name() && instances[app.ID] == id.Instance() {
			return app, nil
		}
	}

	return pm2.App{}, fmt.Errorf("%w: %s is no longer there", schemas.ErrRefused, id)
}

// unchanged compares an app with what the decision was made on.
func unchanged(seen schemas.Process, now pm2.App) error {
	switch {
	case seen.PMID == nil:
		return fmt.Errorf("PM2 did not know it when it was looked at and knows it now")
	case *seen.PMID != now.ID:
		return fmt.Errorf("it is another process now: PM2's number was %d and is %d", *seen.PMID, now.ID)
	case seen.State == schemas.ProcessCrashLoop:
		return nil // it is never twice the same; that is what is wrong with it
	case seen.Status != now.Status:
		return fmt.Errorf("it has changed since it was looked at: it was %s and is %s", seen.Status, now.Status)
	case seen.PID != nil && *seen.PID != now.PID:
		return fmt.Errorf("it was started anew since it was looked at: its pid was %d and is %d", *seen.PID, now.PID)
	case seen.PID == nil && now.Status == "online" && lives(now.PID):
		return fmt.Errorf("it runs now, with pid %d; there was no such process when it was looked at", now.PID)
	}

	return nil
}

func lives(pid int) bool {
	process, err := procfs.FS{}.Stat(pid)

	return pid > 0 && err == nil && process.State != 'Z'
}

// outcome marks errors before which nothing was begun and errors after which it
// is not known whether PM2 acted, and keeps what PM2 says to a line: its errors
// may quote what it was given.
func outcome(err error) error {
	if err == nil || errors.Is(err, schemas.ErrRefused) || errors.Is(err, schemas.ErrOutcomeUnknown) {
		return err
	}
	var remote *pm2.RemoteError
	if errors.As(err, &remote) {
		return fmt.Errorf("PM2 refused %s: %s", remote.Method, clip(remote.Text))
	}
	if errors.Is(err, pm2.ErrRefused) {
		return fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	if errors.Is(err, pm2.ErrOutcomeUnknown) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", schemas.ErrOutcomeUnknown, err)
	}

	return err
}

// commandOutcome is the outcome of a run of the pm2 command, which may have come
// to its deadline before it was begun.
func commandOutcome(result pm2.CLIResult, err error) error {
	if result.Took == 0 && err != nil && !errors.Is(err, pm2.ErrRefused) {
		return fmt.Errorf("nothing was begun: %s", err)
	}

	return outcome(err)
}

// clip keeps the first line of a text, and of that what fits a line.
func clip(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > 160 {
		return line[:160] + "…"
	}

	return line
}

// notBegun tells that nothing was done, since the target could not be looked
// at.
func notBegun(id schemas.ID, err error) error {
	return fmt.Errorf("%w: look for %s: %s", schemas.ErrRefused, id, err)
}
