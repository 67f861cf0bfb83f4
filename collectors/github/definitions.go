package github

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"rr/internal/names"
	"rr/schemas"
)

// maxFiles bounds the workflow files of one repository.
const maxFiles = 2000

// Definitions looks at the workflow files of a checkout. It remembers what it
// read of files that did not change, so use one for as long as rr runs.
type Definitions struct {
	Scope string
	Dir   string // of the checkout
	Now   func() time.Time

	config  atomic.Pointer[schemas.GitHub]
	backups atomic.Pointer[Backups]
	files   map[string]*file // by name
	past    past
}

// NewDefinitions returns a collector of a checkout's workflow files.
func NewDefinitions(scope, dir string, config schemas.GitHub, now func() time.Time) *Definitions {
	d := &Definitions{Scope: scope, Dir: dir, Now: now, files: map[string]*file{}, past: past{dir: dir, now: now}}
	d.Configure(config)

	return d
}

// Configure puts another configuration in force from the next look on.
func (d *Definitions) Configure(config schemas.GitHub) { d.config.Store(&config) }

// Collect reads every workflow file that changed since the last look. A
// checkout that is not there is an error: nothing is known then. One without a
// folder of workflows has none.
func (d *Definitions) Collect(ctx context.Context) (schemas.Facts, error) {
	config := *d.config.Load()
	found, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	d.files = found
	d.past.look(ctx, d.files)

	return schemas.WorkflowFacts{Scope: d.Scope, TakenAt: d.Now().UTC(), Workflows: d.facts(ctx, config)}, nil
}

// read reads the files that changed and keeps the others as they were read.
func (d *Definitions) read(ctx context.Context) (map[string]*file, error) {
	if _, err := os.Stat(d.Dir); err != nil {
		return nil, fmt.Errorf("checkout %s: %w", d.Dir, errors.Unwrap(err))
	}
	at := filepath.Join(d.Dir, filepath.FromSlash(folder))
	entries, err := os.ReadDir(at)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("workflows: %w", err)
	}
	found := map[string]*file{}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("workflows: %w", err)
		}
		if !isWorkflow(entry.Name()) || entry.IsDir() {
			continue
		}
		if len(found) == maxFiles {
			return nil, fmt.Errorf("workflows: more than %d files in %s", maxFiles, at)
		}
		read, err := readFile(filepath.Join(at, entry.Name()), entry.Name(), d.files[entry.Name()])
		if err != nil {
			return nil, err
		}
		if read != nil {
			found[entry.Name()] = read
		}
	}

	return found, nil
}

// facts makes the facts of every watched file, and of those that are expected
// and not there.
func (d *Definitions) facts(ctx context.Context, config schemas.GitHub) map[schemas.ID]schemas.Workflow {
	all := map[schemas.ID]schemas.Workflow{}
	standIns := backups(d.files)
	for name, f := range d.files {
		if !names.Watched(config.Include, config.Exclude, name) {
			continue
		}
		w := f.facts(d.Now(), d.exists)
		w.Expected = slices.Contains(config.Expect, name)
		w.BackedUpBy = standIns[name]
		w.Committed = d.past.committed(ctx, name)
		if !f.checked.Valid {
			w.Restorable, w.RestoreFrom = d.restorable(ctx, name, f)
		}
		all[schemas.NewID("github", d.Scope, "workflow", name, 0)] = w
	}
	for _, name := range config.Expect {
		if d.files[name] != nil {
			continue
		}
		w := missing(name)
		w.Committed = d.past.committed(ctx, name)
		w.Restorable, w.RestoreFrom = d.restorable(ctx, name, nil)
		all[schemas.NewID("github", d.Scope, "workflow", name, 0)] = w
	}

	return all
}

// exists tells whether the checkout has a path, slash separated.
func (d *Definitions) exists(path string) bool {
	_, err := os.Stat(filepath.Join(d.Dir, filepath.FromSlash(path)))
	return err == nil
}

// backups are the names of generated workflows by those of the workflows that
// they stand in for.
func backups(files map[string]*file) map[string]string {
	by := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if f := files[name]; f.checked.Generated && f.checked.Valid && f.checked.Dispatchable {
			by[path.Base(f.checked.BackupOf)] = name
		}
	}

	return by
}

// current reads the files as they are now: what the other side needs to know of
// schedules, secrets and contents.
func (d *Definitions) current(ctx context.Context) (map[string]*file, error) {
	found, err := d.read(ctx)
	if err == nil {
		d.files = found
	}

	return found, err
}
