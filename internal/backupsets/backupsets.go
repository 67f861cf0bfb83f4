// Package backupsets says what rr backs up: which sets a configuration makes,
// which files each holds now, where they belong when they are put back, and
// whether their content is worth to be called good. It reads files and writes
// none but in folders of its own for practice; package backup keeps what it
// finds.
//
// It runs nothing, with the exception of package ecosystem: a file in JavaScript
// that the configuration names is evaluated to see what it names, once for each
// content, and only when its set is looked into.
//
// Read it as backupsets.go (the sets of a configuration), builtin.go (what the
// built-in ones hold), ecosystems.go (what ecosystem files add to that),
// places.go (where it belongs), judge.go and site.go (what is valid), and open.go
// (the store that a configuration names).
package backupsets

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rr/internal/backup"
	"rr/internal/ecosystem"
	"rr/schemas"
)

// Options say where what a configuration names is.
type Options struct {
	Config  schemas.Config
	Path    string                            // of redundancy.cue, absolute
	Policy  string                            // folder of the operator's policies, empty where there is none
	Resolve func(path string) string          // a path of the configuration as an absolute one
	Home    func(scope string) (string, bool) // of PM2

	// Journal gives a copy of rr's journal that was checked to open.
	Journal func(ctx context.Context) ([]byte, error)

	// Reader reads the ecosystem files of a PM2 scope. Who looks often gives the
	// same one for the same scope, since it knows what it has evaluated. Where it
	// is nil nothing is evaluated.
	Reader func(scope string) *ecosystem.Reader

	// Judge says what is wrong with a file of rr itself; nil when it is valid.
	Judge func(path string, content []byte) error
}

// Set is a set of files that are backed up together.
type Set struct {
	Name   string
	Secret bool
	Every  time.Duration
	Roots  backup.Roots // where its files belong, as far as the configuration says; Places knows more

	// Leave names files that a restore leaves out, with why: it cannot be done
	// under a running rr.
	Leave map[string]string

	parts      []part
	extra      []backup.File
	ecosystems []ecosystemFile
	project    string // folder of the configuration, of sets with ecosystem files
	judge      func(ctx context.Context, f found) backup.Judge
}

// part is a folder, and globs below it.
type part struct {
	dir, prefix string
	globs       []string
	more        func() []string // globs that depend on what is there now; nil where none do
}

// found is what a set holds now.
type found struct {
	backup.Selection
	roots backup.Roots
	read  map[string]reading // what came of ecosystem files, by path; nil where none was looked at
	seen  map[string]string  // sha256 of what they required, by path
	last  *backup.Backup     // the newest good one, nil where there is none
}

// Of lists the sets of a configuration, by name.
func Of(o Options) []Set {
	if o.Config.Backup == nil {
		return nil
	}
	c := *o.Config.Backup
	var sets []Set
	for _, builtin := range c.Builtin {
		sets = append(sets, o.builtin(builtin)...)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sets)) {
		declared := c.Sets[name]
		dir := o.Resolve(declared.Root)
		sets = append(sets, Set{
			Name: name, Secret: declared.Secret, Roots: backup.Roots{"": dir}, parts: []part{{dir: dir, globs: declared.Paths}}, judge: each(plain),
		})
	}
	for i := range sets {
		if sets[i].Every == 0 {
			sets[i].Every = c.Every.Of()
		}
	}
	slices.SortFunc(sets, func(a, b Set) int { return strings.Compare(a.Name, b.Name) })

	return slices.CompactFunc(sets, func(a, b Set) bool { return a.Name == b.Name })
}

// Find gives the set of a name.
func Find(sets []Set, name string) (Set, error) {
	var names []string
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}

	return Set{}, fmt.Errorf("no set %q is configured; there are %s", name, strings.Join(names, ", "))
}

// Select lists the files of a set as they are now. A folder that is not there
// holds none.
func (s Set) Select(ctx context.Context, store *backup.Store) (backup.Selection, error) {
	f, err := s.look(ctx, store)

	return f.Selection, err
}

// Empty tells whether there is nothing of a set, and reads no ecosystem file for
// that: one that is there is something.
func (s Set) Empty(ctx context.Context, store *backup.Store) (bool, error) {
	if slices.ContainsFunc(s.ecosystems, func(e ecosystemFile) bool { _, err := os.Lstat(e.path); return err == nil }) {
		return false, nil
	}
	s.ecosystems = nil
	f, err := s.look(ctx, store)

	return err == nil && len(f.Files) == 0, err
}

// look finds the files of a set. One that two rules name is in it once: a
// restore puts it back once.
func (s Set) look(ctx context.Context, store *backup.Store) (found, error) {
	f := found{Selection: backup.Selection{Files: slices.Clone(s.extra)}, roots: maps.Clone(s.Roots)}
	for _, part := range s.parts {
		if !isDir(part.dir) {
			continue
		}
		globs := part.globs
		if part.more != nil {
			globs = slices.Concat(globs, part.more())
		}
		selected, err := store.Select(ctx, part.dir, part.prefix, globs...)
		if err != nil {
			return found{}, err
		}
		f.Files, f.Skipped = append(f.Files, selected.Files...), append(f.Skipped, selected.Skipped...)
	}
	if len(s.ecosystems) > 0 {
		if err := f.addEcosystems(ctx, s); err != nil {
			return found{}, err
		}
	}
	places := map[string]bool{}
	f.Files = slices.DeleteFunc(f.Files, func(file backup.File) bool {
		place := filepath.Join(file.Root, file.From)
		again := places[place] && file.Content == nil
		places[place] = true
		return again
	})
	slices.SortFunc(f.Files, func(a, b backup.File) int { return strings.Compare(a.Path, b.Path) })

	return f, nil
}

// Create backs a set up. Where its content is that of the newest backup, that
// one is touched, and created is false.
func (s Set) Create(ctx context.Context, store *backup.Store) (b backup.Backup, created bool, err error) {
	f, err := s.look(ctx, store)
	if err != nil {
		return backup.Backup{}, false, err
	}
	if f.last, err = newestGood(ctx, store, s.Name); err != nil {
		return backup.Backup{}, false, err
	}

	return store.Create(ctx, s.Name, f.Files, s.judgeOf(ctx, f))
}

// judgeOf judges what was found.
func (s Set) judgeOf(ctx context.Context, f found) backup.Judge {
	if len(s.ecosystems) == 0 {
		return s.judge(ctx, f)
	}

	return s.asPM2Would(f, s.judge(ctx, f))
}

// Drill restores a backup into a private folder below scratch and judges what
// came of it.
func (s Set) Drill(ctx context.Context, store *backup.Store, b backup.Backup, scratch string) (backup.Drill, error) {
	judge, done, err := s.rehearsed(ctx, b, scratch)
	if err != nil {
		return backup.Drill{}, err
	}
	defer done()

	return store.Drill(ctx, b.ID, scratch, judge)
}

// newestGood is the newest good backup of a set that is not known to be
// damaged, nil where there is none.
func newestGood(ctx context.Context, store *backup.Store, set string) (*backup.Backup, error) {
	all, err := store.List(ctx, set)
	if err != nil {
		return nil, err
	}
	for _, b := range slices.Backward(all) {
		if b.State == backup.Good && b.Damaged == "" {
			return &b, nil
		}
	}

	return nil, nil
}

// below makes the path of a file in a backup: relative to a folder where it is
// below it.
func below(dir, path string) (string, bool) {
	rel, err := filepath.Rel(dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", false
	}

	return filepath.ToSlash(rel), true
}
