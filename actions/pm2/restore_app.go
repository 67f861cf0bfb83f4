package pm2

import (
	"context"
	"fmt"
	"slices"

	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// RestoreApp is pm2.restore_app: under a daemon that serves it starts a process
// from its entry in a backup of dump.pm2, where PM2 has lost it, or deletes and
// starts it so where nothing else has helped. dump.pm2 itself is left as it is.
type RestoreApp struct {
	Homes Homes
	Dumps Dumps // nil where nothing is backed up
}

// Act starts the target, if it is still what was seen.
func (r RestoreApp) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	home, _, err := homeOf(r.Homes, a.Target)
	if err != nil {
		return "", err
	}
	if r.Dumps == nil {
		return "", fmt.Errorf("%w: nothing is backed up", schemas.ErrRefused)
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	found, err := r.find(ctx, home, a.Target)
	if err != nil {
		return "", err
	}
	if seen.Processes[a.Target].PMID == nil {
		return found.start(ctx, home, a.Target)
	}

	return aloneWithProcess(ctx, r.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		if err := found.holds(home); err != nil {
			return "", err
		}
		if err := pm2.Recreate(ctx, c, app.ID, found.entry); err != nil {
			return "", recreateError(err)
		}

		return "deleted and started from " + found.from, nil
	})
}

// restored is what a process is started from.
type restored struct {
	from    string
	entry   pm2.DumpEntry   // of the target
	all     []pm2.DumpEntry // of every instance of its app that may be started
	current []byte          // dump.pm2 as it was when this was found
}

// find looks for the newest backup whose entry of the target could be started
// and is another than what dump.pm2 holds.
func (r RestoreApp) find(ctx context.Context, home string, id schemas.ID) (restored, error) {
	client := &pm2.Client{Home: home}
	defer client.Close()
	daemon, err := client.Peer(ctx)
	if err != nil {
		return restored{}, notBegun(id, err)
	}
	elsewhere := procfs.FS{}.Elsewhere(daemon.PID)
	current, err := pm2.DumpText(home)
	if err != nil {
		return restored{}, fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	var now []pm2.SavedApp
	if dump, err := pm2.ParseDump(current); err == nil {
		now = dump.Apps()
	}
	found, why := restored{current: current}, ""
	text, from, err := r.Dumps.NewestDump(ctx, id.Scope(), current, func(text []byte) bool {
		unfit, held := found.take(text, id, now, elsewhere)
		if held && unfit != "" && why == "" {
			why = ": in the newest that does " + unfit
		}
		return held && unfit == ""
	})
	switch {
	case err != nil:
		return restored{}, fmt.Errorf("look into backups: %w", err)
	case text == nil:
		return restored{}, fmt.Errorf("%w: no backup holds another %s, instance %d, that could be started%s", schemas.ErrRefused, id.Name(), id.Instance(), why)
	}
	found.from = from

	return found, nil
}

// take takes what a dump holds of the target, and tells why it must not be
// started where that is so.
func (f *restored) take(text []byte, id schemas.ID, now []pm2.SavedApp, elsewhere bool) (unfit string, held bool) {
	dump, err := pm2.ParseDump(text)
	if err != nil {
		return "", false
	}
	apps := dump.Apps()
	at, held := pm2.FindApp(apps, id.Name(), id.Instance())
	if !held {
		return "", false
	}
	f.entry, f.all = dump.Entries[at], nil
	for i, app := range apps {
		if app.Name == id.Name() && app.Unfit(nil, elsewhere) == "" {
			f.all = append(f.all, dump.Entries[i])
		}
	}

	return apps[at].Unfit(now, elsewhere), true
}

// holds tells whether dump.pm2 is still what the entry was compared with.
func (f restored) holds(home string) error {
	now, err := pm2.DumpText(home)
	if err != nil {
		return fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	if !slices.Equal(now, f.current) {
		return fmt.Errorf("%w: dump.pm2 has changed since it was looked at", schemas.ErrRefused)
	}

	return nil
}

// start starts all instances of the app of a process that PM2 does not know, as
// long as it does not.
func (f restored) start(ctx context.Context, home string, id schemas.ID) (string, error) {
	leave, err := alone(ctx, home, id)
	if err != nil {
		return "", err
	}
	defer leave()
	client := &pm2.Client{Home: home, OneDaemon: true}
	defer client.Close()
	if err := unknownStill(ctx, client, id); err != nil {
		return "", err
	}
	if err := f.holds(home); err != nil {
		return "", err
	}
	for i, entry := range f.all {
		if err := client.Prepare(ctx, entry); err != nil {
			return "", outcome(fmt.Errorf("start %s from %s: %w (instances started before: %d)", id.Name(), f.from, quiet(err), i))
		}
	}

	return fmt.Sprintf("started from %s, instances: %d", f.from, len(f.all)), nil
}
