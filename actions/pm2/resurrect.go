package pm2

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// Resurrect is pm2.resurrect: it brings back from dump.pm2 a daemon that is
// dead, with all its apps, or one app that a serving daemon has lost.
type Resurrect struct{ Homes Homes }

// Act brings the target back.
func (r Resurrect) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	home, config, err := homeOf(r.Homes, a.Target)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()

	if a.Target.Kind() == "pm2/daemon" {
		return resurrectDaemon(ctx, home, config.Command)
	}
	note, err := resurrectApp(ctx, home, a.Target)

	return note, outcome(err)
}

// resurrectDaemon lets PM2 start a daemon and its saved apps, once what the dead
// one left running is ended: a new daemon would not know it and start the same
// apps beside it. Nothing is ended before all else is known to be in order.
func resurrectDaemon(ctx context.Context, home, command string) (string, error) {
	dump, err := pm2.ReadDump(home)
	if err != nil {
		return "", fmt.Errorf("nothing to bring back: %w", err)
	}

	return startDead(ctx, home, command, dump, func() error { return nil })
}

// startDead does what is to be done first and lets PM2 start a daemon and the
// apps of a dump. An error after the first is that of an outcome not known.
func startDead(ctx context.Context, home, command string, dump pm2.Dump, first func() error) (string, error) {
	ended, begun := 0, false
	result, err := pm2.CLI{Home: home, Path: command}.ResurrectDead(ctx, func(ctx context.Context) (err error) {
		if err := first(); err != nil {
			return err
		}
		begun = true
		ended, err = endSaved(ctx, home, dump)
		return err
	})
	switch {
	case errors.Is(err, pm2.ErrRefused):
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	case err != nil && begun:
		return "", fmt.Errorf("%w: %w (orphans ended before: %d)", schemas.ErrOutcomeUnknown, err, ended)
	case err != nil:
		return "", err
	}

	return fmt.Sprintf("pm2 resurrect took %s; apps saved: %d, orphans ended before: %d", result.Took.Round(10*time.Millisecond), len(dump.Entries), ended), nil
}

// endSaved ends the orphans whose app is in the dump, and so is about to be
// started again. Others are left alone.
func endSaved(ctx context.Context, home string, dump pm2.Dump) (int, error) {
	saved := map[string]bool{}
	for _, entry := range dump.Entries {
		saved[entry.Name] = saved[entry.Name] || entry.Status != "stopped"
	}
	result, err := endOrphans(ctx, home, 0, func(name string) bool { return saved[name] })

	return len(result.ended), err
}

// resurrectApp starts the one saved app that the target names, if the daemon
// still does not know it.
func resurrectApp(ctx context.Context, home string, id schemas.ID) (string, error) {
	client := &pm2.Client{Home: home, OneDaemon: true}
	defer client.Close()
	if err := unknownStill(ctx, client, id); err != nil {
		return "", err
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
			return "", fmt.Errorf("start %s from dump.pm2: %w", id.Name(), quiet(err))
		}
		started++
	}
	if started == 0 {
		return "", fmt.Errorf("dump.pm2 of %s holds no %s: start it and run `pm2 save`", dump.SavedAt.UTC().Format(time.RFC3339), id.Name())
	}

	return fmt.Sprintf("started from dump.pm2 of %s, instances: %d", dump.SavedAt.UTC().Format(time.RFC3339), started), nil
}

// unknownStill refuses where the daemon knows an app.
func unknownStill(ctx context.Context, client *pm2.Client, id schemas.ID) error {
	apps, err := client.List(ctx)
	if err != nil {
		return notBegun(id, err)
	}
	for _, app := range apps {
		if app.Name == id.Name() {
			return fmt.Errorf("%w: PM2 knows %s again: it is %s", schemas.ErrRefused, id.Name(), app.Status)
		}
	}

	return nil
}

// quiet keeps back what PM2 says of an entry that it refuses: it may quote the
// entry, and the entry holds an environment.
func quiet(err error) error {
	var remote *pm2.RemoteError
	if errors.As(err, &remote) {
		return errors.New("PM2 refused the entry")
	}

	return err
}
