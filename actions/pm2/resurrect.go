package pm2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// Resurrect is pm2.resurrect: it brings back from dump.pm2 a daemon that is
// dead, with all its apps, or one app that a serving daemon has lost.
type Resurrect struct{ Homes Homes }

// orphanGrace is how long a process that outlived its daemon has to end by
// itself: PM2's own kill_timeout is 1.6 s.
const orphanGrace = 5 * time.Second

// Act brings the target back.
func (r Resurrect) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	home, config, found := r.Homes(a.Target.Scope())
	if !found {
		return "", fmt.Errorf("%s: no PM2 home is configured as %q", a.Target, a.Target.Scope())
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()

	if a.Target.Kind() == "pm2/daemon" {
		note, err := resurrectDaemon(ctx, home, config.Command)
		return note, err
	}
	note, err := resurrectApp(ctx, home, a.Target)

	return note, outcome(err)
}

// resurrectDaemon ends what the dead daemon left running, since a new one would
// not know it and start the same apps beside it, then lets PM2 start a daemon
// and its saved apps.
func resurrectDaemon(ctx context.Context, home, command string) (string, error) {
	if status := pm2.Probe(ctx, home); status.State != pm2.Dead {
		return "", fmt.Errorf("the daemon is %s now, and only a dead one is brought back: %s", status.State, status.Note)
	}
	if err := ours(home); err != nil {
		return "", err
	}
	dump, err := pm2.ReadDump(home)
	if err != nil {
		return "", fmt.Errorf("nothing to bring back: %w", err)
	}
	ended, err := endOrphans(ctx, home, dump)
	if err != nil {
		return "", err
	}
	result, err := pm2.CLI{Home: home, Path: command}.Resurrect(ctx)
	if err != nil {
		if errors.Is(err, pm2.ErrRefused) {
			return "", err
		}
		return "", fmt.Errorf("%w: %w", schemas.ErrOutcomeUnknown, err)
	}

	return fmt.Sprintf("pm2 resurrect took %s; %d saved apps, %d orphans ended before", result.Took.Round(10*time.Millisecond), len(dump.Entries), ended), nil
}

// ours refuses a home of another user: the daemon would be started as us.
func ours(home string) error {
	info, err := os.Stat(home)
	if err != nil {
		return fmt.Errorf("look at %s: %w", home, err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to uid %d and rr runs as uid %d: a daemon started by rr would not be that user's", home, stat.Uid, os.Geteuid())
	}

	return nil
}

// endOrphans ends those that outlived the daemon and whose app is in the dump,
// and so is about to be started again. Others are left alone.
func endOrphans(ctx context.Context, home string, dump pm2.Dump) (int, error) {
	table, err := procfs.FS{}.Table()
	if err != nil {
		return 0, fmt.Errorf("look for orphans: %w", err)
	}
	saved := map[string]bool{}
	for _, entry := range dump.Entries {
		saved[entry.Name] = saved[entry.Name] || entry.Status != "stopped"
	}
	ended := 0
	for _, orphan := range pm2.Orphans(table, home, 0) {
		if !saved[orphan.Name] {
			continue
		}
		if err := pm2.EndProcess(ctx, orphan.PID, orphan.Start, orphanGrace); err != nil {
			return ended, fmt.Errorf("end orphan %d of %s: %w", orphan.PID, orphan.Name, err)
		}
		ended++
	}

	return ended, nil
}

// resurrectApp starts the one saved app that the target names, if the daemon
// still does not know it.
func resurrectApp(ctx context.Context, home string, id schemas.ID) (string, error) {
	client := &pm2.Client{Home: home, OneDaemon: true}
	defer client.Close()
	apps, err := client.List(ctx)
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", id, notActed(err))
	}
	for _, app := range apps {
		if app.Name == id.Name() {
			return "", fmt.Errorf("PM2 knows %s again: it is %s", id.Name(), app.Status)
		}
	}
	dump, err := pm2.ReadDump(home)
	if err != nil {
		return "", fmt.Errorf("nothing to bring back: %w", err)
	}
	started := 0
	for _, entry := range dump.Entries {
		if entry.Name != id.Name() {
			continue
		}
		if err := client.Prepare(ctx, entry); err != nil {
			return "", fmt.Errorf("start %s from dump.pm2: %w", id.Name(), err)
		}
		started++
	}
	if started == 0 {
		return "", fmt.Errorf("dump.pm2 of %s holds no %s: start it and run `pm2 save`", dump.SavedAt.UTC().Format(time.RFC3339), id.Name())
	}

	return fmt.Sprintf("started from dump.pm2 of %s, %d instances", dump.SavedAt.UTC().Format(time.RFC3339), started), nil
}
