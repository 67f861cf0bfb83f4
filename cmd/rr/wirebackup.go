package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	actbackup "rr/actions/backup"
	seebackup "rr/collectors/backup"
	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/internal/store"
	"rr/policies"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// How backups are looked at.
const (
	lookAtBackups  = 10 * time.Second // how often, at the most
	waitBackups    = time.Second
	backupsTimeout = 30 * time.Second
	backupsStale   = 5 * time.Minute
)

// backups is the store of backups of one configuration.
type backups struct {
	main    *Main
	loaded  config.Loaded
	state   string // directory
	readers *ecosystemReaders
}

// options say where what the configuration names is.
func (b backups) options() backupsets.Options {
	home := func(scope string) (string, bool) {
		home, err := b.main.pm2Home(b.loaded, b.loaded.Config.PM2[scope])
		return home, err == nil
	}

	return backupsets.Options{
		Config: b.loaded.Config, Path: b.loaded.Path, Policy: b.loaded.PolicyDir(), Resolve: b.loaded.Resolve, Home: home,
		Reader: func(scope string) *ecosystem.Reader {
			of, _ := home(scope)
			return b.readers.of(of)
		},
		Journal: func(ctx context.Context) ([]byte, error) { return store.Copy(ctx, b.state) },
		Judge:   judgeOwn,
	}
}

// judgeOwn says what is wrong with a file of rr itself.
func judgeOwn(path string, content []byte) error {
	switch filepath.Ext(path) {
	case ".cue":
		_, err := config.Parse(path, content)
		return err
	case ".rego":
		return policies.Parses(path, content)
	}

	return nil
}

// Open opens the store, and makes it where there is none.
func (b backups) Open() (*actbackup.Opened, error) {
	if b.loaded.Config.Backup == nil {
		return nil, errors.New("nothing is backed up: write backup: {} into " + b.loaded.Path)
	}
	options := b.options()
	dir, mirror := options.Where(b.state)
	kept := b.kept()
	opened, err := backup.Open(dir, kept)
	if err != nil {
		return nil, err
	}

	return &actbackup.Opened{
		Store: opened, Sets: backupsets.Of(options), Config: *b.loaded.Config.Backup, Mirror: mirror, Scratch: b.scratch(),
	}, nil
}

// kept says how the store behaves.
func (b backups) kept() backup.Options {
	kept := b.options().Store(b.main.Getenv)
	kept.Version, kept.Clock, kept.Failpoint = version(), b.main.Now, b.main.Failpoint
	if host, err := os.Hostname(); err == nil {
		kept.Host = host
	}

	return kept
}

// looking says what the collector looks at.
func (b backups) looking() seebackup.Config {
	options := b.options()
	dir, mirror := options.Where(b.state)

	return seebackup.Config{Backup: *b.loaded.Config.Backup, Dir: dir, Mirror: mirror, Options: b.kept(), Sets: backupsets.Of(options)}
}

// alive tells why a set of PM2's must not be put back now: its daemon would
// write over a dump, or does not know that it changed.
func (b backups) alive(ctx context.Context, set string) error {
	scope, of := strings.CutPrefix(set, "pm2-")
	entry, found := b.loaded.Config.PM2[scope]
	if !of || !found {
		return nil
	}
	home, err := b.main.pm2Home(b.loaded, entry)
	if err != nil {
		return err
	}
	status := pm2.Probe(ctx, home)
	if status.State == pm2.Dead || status.State == pm2.Absent {
		return nil
	}

	return fmt.Errorf("the PM2 daemon of %s is %s: it would write its own list over the restored one; `rr backup restore %s` says the steps", home, status.State, set)
}

// Backup takes a backup of sets, of all where none are named, and verifies each.
func (b backups) Backup(ctx context.Context, names []string) (note string, err error) {
	o, err := b.Open()
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		for _, set := range o.Sets {
			names = append(names, set.Name)
		}
	}
	var good, others []string
	var errs []error
	for _, name := range names {
		taken, note, err := b.takeOne(ctx, o, name)
		switch {
		case err == nil && note == "":
			good = append(good, taken.ID)
		case note != "":
			others = append(others, note)
		}
		if err != nil && !errors.Is(err, backup.ErrEmpty) && !errors.Is(err, backup.ErrSecret) {
			errs = append(errs, err)
		}
	}
	note = plural(len(good), "set", "sets") + " backed up and verified"
	if len(good) > 0 {
		note += ": " + strings.Join(good, ", ")
	}
	note = strings.Join(append([]string{note}, others...), "; ")
	if len(errs) > 0 { // what was taken is told too
		return "", fmt.Errorf("%w (%s)", errors.Join(errs...), note)
	}

	return note, nil
}

// takeOne takes a backup of one set and verifies it. The note says what it is
// where it is none that a restore would be made of.
func (b backups) takeOne(ctx context.Context, o *actbackup.Opened, name string) (taken backup.Backup, note string, err error) {
	set, err := backupsets.Find(o.Sets, name)
	if err != nil {
		return backup.Backup{}, "", err
	}
	taken, note, err = o.Take(ctx, set)
	switch {
	case errors.Is(err, backup.ErrSecret):
		return taken, name + " holds secrets and is not encrypted", err
	case err != nil:
		return taken, "", err
	}
	err = o.Store.Verify(ctx, taken.ID)
	switch {
	case errors.Is(err, backup.ErrNoIdentity):
		return taken, "of " + taken.ID + " only the bytes are verified: nothing here opens it", nil
	case err != nil:
		return taken, "", err
	case taken.State == backup.Evidence:
		return taken, note, nil
	}

	return taken, "", nil
}

// backups is the store of backups of a configuration.
func (w *wiring) backups(loaded config.Loaded) backups {
	return backups{w.main, loaded, w.state, w.readers}
}

// backupWatches is the collector of backups, where they are configured.
func (w *wiring) backupWatches(loaded config.Loaded, use kept) []runner.Watch {
	if loaded.Config.Backup == nil {
		return nil
	}
	b := w.backups(loaded)
	collector := w.keep(use, "backup", func() configured { return backupSets{seebackup.New(b.looking(), w.main.Now), w} })

	return []runner.Watch{{
		Name: "backup", Sources: slices.Collect(backupSources(loaded.Config)), Collector: collector,
		Interval: min(lookAtBackups, loaded.Config.Backup.Every.Of()), Timeout: backupsTimeout, Wait: waitBackups, StaleAfter: backupsStale,
	}}
}

type backupSets struct {
	*seebackup.Collector
	w *wiring
}

func (s backupSets) configure(loaded config.Loaded) {
	s.Configure(s.w.backups(loaded).looking())
}

// backupSources are the sources that the store fills.
func backupSources(c schemas.Config) func(func(string) bool) {
	return func(yield func(string) bool) {
		for source := range c.Sources() {
			if strings.HasPrefix(source, "backup/") && !yield(source) {
				return
			}
		}
	}
}

// backupVerbs is every verb that rr has for backups. Where several are due, the
// next backup comes first.
func backupVerbs() []schemas.Verb {
	set := func(name string, rung int) schemas.Verb {
		return schemas.Verb{Name: name, Rungs: map[string]int{"backup/set": rung}}
	}
	restore := set("backup.restore", 4)
	restore.ByHand = true

	return []schemas.Verb{set("backup.prune", 0), set("backup.drill", 1), set("backup.verify", 2), set("backup.create", 3), restore}
}

// backupActors is who performs each verb.
func backupActors(b backups) map[string]runner.Actor {
	return map[string]runner.Actor{
		"backup.create":  actbackup.Create{Stores: b},
		"backup.verify":  actbackup.Verify{Stores: b},
		"backup.drill":   actbackup.Drill{Stores: b},
		"backup.prune":   actbackup.Prune{Stores: b},
		"backup.restore": actbackup.Restore{Stores: b, Alive: b.alive},
	}
}
