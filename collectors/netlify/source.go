package netlify

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rr/internal/functions"
	"rr/internal/names"
	"rr/schemas"
)

// lookAnyway is how long what was read stands while nothing seems to have
// changed. What functions import from outside the site's folder is not noticed
// sooner.
const lookAnyway = 5 * time.Minute

// Source looks at the functions of a site's folder. It remembers what it read of
// a folder that did not change, so use one for as long as rr runs; any number of
// goroutines may use it.
type Source struct {
	Scope  string
	Dir    string // of the site
	Ignore string // folder below it that is rr's own; may be empty
	Now    func() time.Time

	config  atomic.Pointer[schemas.Netlify]
	backups atomic.Pointer[Backups]

	mu     sync.Mutex
	print  [sha256.Size]byte
	read   time.Time // when it was last parsed; zero before
	parsed int       // how often, for tests
	found  functions.Site
	past   past
}

// NewSource returns a collector of a site's source.
func NewSource(scope, dir string, config schemas.Netlify, now func() time.Time) *Source {
	s := &Source{Scope: scope, Dir: dir, Now: now, past: past{dir: dir, now: now}}
	s.Configure(config)

	return s
}

// Configure puts another configuration in force from the next look on.
func (s *Source) Configure(config schemas.Netlify) { s.config.Store(&config) }

// Collect reads the source where it changed. A folder that is not there is an
// error: nothing is known then. One without functions has none.
func (s *Source) Collect(ctx context.Context) (schemas.Facts, error) {
	config := *s.config.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	s.past.look(ctx, s.found, s.read)
	facts := schemas.FunctionFacts{Scope: s.Scope, TakenAt: s.Now().UTC(), Functions: map[schemas.ID]schemas.Function{}}
	s.functions(ctx, config, facts.Functions)
	facts.Manifest = s.manifest(config)

	return facts, ctx.Err()
}

// look parses the source, unless it is what it was.
func (s *Source) look(ctx context.Context) error {
	if _, err := os.Stat(s.Dir); err != nil {
		return fmt.Errorf("site %s: %w", s.Dir, errors.Unwrap(err))
	}
	now, err := fingerprint(ctx, s.Dir, s.Ignore)
	if err != nil {
		return fmt.Errorf("site %s: %w", s.Dir, err)
	}
	if now == s.print && !s.read.IsZero() && s.Now().Sub(s.read) < lookAnyway {
		return nil
	}
	found, err := functions.Find(ctx, s.Dir, functions.Options{})
	if err != nil {
		return err
	}
	s.found, s.print, s.read = found, now, s.Now()
	s.parsed++

	return nil
}

// current is the source as it is now, and the configuration: what the other
// sides need to know of it.
func (s *Source) current(ctx context.Context) (functions.Site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.look(ctx)

	return s.found, err
}

// functions makes the facts of every watched function, and of those that are
// expected and not there.
func (s *Source) functions(ctx context.Context, config schemas.Netlify, into map[schemas.ID]schemas.Function) {
	there := map[string]bool{}
	budget := restorableAtOnce
	for _, f := range s.found.Functions {
		there[f.Name] = true
		if !names.Watched(config.Include, config.Exclude, f.Name) {
			continue
		}
		facts := function(f, s.found.Problems)
		facts.Expected = slices.Contains(config.Expect, f.Name)
		facts.Committed = s.past.committed(f.MainFile)
		facts.Restorable = "no"
		if facts.State == schemas.FunctionInvalid {
			facts.Restorable, facts.RestoreFrom = s.restorable(ctx, f.Name, &budget)
		}
		into[schemas.NewID("netlify", s.Scope, "function", f.Name, 0)] = facts
	}
	for _, name := range config.Expect {
		if there[name] {
			continue
		}
		facts := missingFunction(name)
		facts.Committed = s.past.missing(s.found, name)
		facts.Restorable, facts.RestoreFrom = s.restorable(ctx, name, &budget)
		into[schemas.NewID("netlify", s.Scope, "function", name, 0)] = facts
	}
}

// readManifest reads the list of functions that the configuration names, else
// one in the usual places. It is nil where there is none.
func (s *Source) readManifest(config schemas.Netlify) (at string, text []byte, err error) {
	places := []string{config.Manifest.Path}
	if config.Manifest.Path == "" {
		places = []string{filepath.Join(s.found.Base, ".netlify", "functions", "manifest.json"), filepath.Join(s.found.Dir, "functions-manifest.json")}
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return places[0], nil, err
	}
	defer root.Close()
	for _, place := range places {
		text, err := readSome(root, place)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}

		return filepath.ToSlash(place), text, err
	}

	return filepath.ToSlash(places[0]), nil, nil
}
