package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/backupsets"
	"rr/runner/config"
	"rr/schemas"
)

// homeKept is a PM2 home and the backups of its dump.
type homeKept struct {
	t     *testing.T
	home  string
	store backups
}

func newHomeKept(t *testing.T) homeKept {
	t.Helper()
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "redundancy.cue")
	if err := os.WriteFile(path, []byte("pm2: local: home: \"home\"\nbackup: {builtin: [\"pm2\"], encrypt: \"none\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}

	return homeKept{t, home, backups{
		main: &Main{Getenv: os.Getenv, Now: time.Now}, loaded: loaded, state: filepath.Join(dir, ".rr"), readers: newEcosystemReaders(),
	}}
}

// take backs up a dump of these apps, and gives where its archive is.
func (k homeKept) take(names ...string) string {
	k.t.Helper()
	entries := make([]string, len(names))
	for i, name := range names {
		entries[i] = `{"name":"` + name + `","env":{"TOKEN":"s3cret"}}`
	}
	if err := os.WriteFile(filepath.Join(k.home, "dump.pm2"), []byte("["+strings.Join(entries, ",")+"]"), 0o600); err != nil {
		k.t.Fatal(err)
	}
	o, err := k.store.Open()
	if err != nil {
		k.t.Fatal(err)
	}
	set, err := backupsets.Find(o.Sets, schemas.SetOf("pm2", "local"))
	if err != nil {
		k.t.Fatal(err)
	}
	taken, _, err := set.Create(k.t.Context(), o.Store)
	if err != nil {
		k.t.Fatal(err)
	}

	return o.Store.Path(taken)
}

// seenApps asks what a collector does.
type seenApps struct {
	t    *testing.T
	dump savedDumps
}

func (s seenApps) apps() (string, error) {
	held, err := s.dump.Apps(s.t.Context(), "local")
	var all []string
	for _, backup := range held {
		var names []string
		for _, app := range backup.Apps {
			names = append(names, app.Name)
		}
		all = append(all, strings.Join(names, " "))
	}

	return strings.Join(all, "; "), err
}

// has holds which apps the backups are said to hold, the newest first.
func (s seenApps) has(want string) {
	s.t.Helper()
	if got, err := s.apps(); err != nil || got != want {
		s.t.Errorf("backups hold %q, %v, want %q", got, err, want)
	}
}

func TestABackupIsReadOnceForWhatItHolds(t *testing.T) {
	k := newHomeKept(t)
	seen := seenApps{t, k.store.seenDumps().(savedDumps)}
	first := k.take("api")
	seen.has("api")
	if err := os.WriteFile(first, []byte("unreadable now"), 0o600); err != nil {
		t.Fatal(err)
	}
	seen.has("api") // by heart
	k.take("api", "web")
	seen.has("api web; api")

	if anew, err := (seenApps{t, k.store.seenDumps().(savedDumps)}).apps(); err != nil || anew != "api web; " {
		t.Errorf("who looks for the first time sees %q, %v, want nothing in what cannot be read", anew, err)
	}
}

func TestALookDoesNotWaitForTheOneThatIsAtTheBackupsStill(t *testing.T) {
	k := newHomeKept(t)
	k.take("api")
	dump := k.store.seenDumps().(savedDumps)
	seen := seenApps{t, dump}
	dump.seen.mu.Lock() // as by a look that was left behind at a disk that hangs
	if got, err := seen.apps(); err == nil {
		t.Errorf("backups hold %q, want an error, at once", got)
	}
	dump.seen.mu.Unlock()
	seen.has("api")
}
