package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rr/runner/config"
	"rr/schemas"
)

// held is a store of backups that another writes into for ever, as onto a disk
// that hangs.
func held(t *testing.T) backups {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "redundancy.cue")
	if err := os.MkdirAll(filepath.Join(dir, ".github/workflows"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{path: "github: web: repo: \"acme/web\"\nbackup: {}\n", filepath.Join(dir, ".github/workflows/ci.yml"): "on: push\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	b := backups{main: &Main{Getenv: os.Getenv, Now: time.Now}, loaded: loaded, state: filepath.Join(dir, ".rr")}
	if _, err := b.Open(); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, ".rr/backups/lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}

	return b
}

// doer notes that it acted.
type doer struct{ acted bool }

func (d *doer) Act(context.Context, schemas.Action, schemas.Snapshot) (string, error) {
	d.acted = true
	return "did it", nil
}

func TestAnActionWaitsForABackupNoLongerThanItIsWorth(t *testing.T) {
	t.Parallel()
	b := held(t)
	action := schemas.Action{Verb: "github.restore_file", Target: "github/web/workflow/ci.yml"}
	for name, test := range map[string]struct{ must, acts bool }{
		"it is not performed where what is there would be lost":    {must: true, acts: false},
		"it is performed where somebody waits for it, and told so": {must: false, acts: true},
	} {
		t.Run(name, func(t *testing.T) {
			actor := &doer{}
			note, err := backedUp{Actor: actor, backups: b, must: test.must, wait: 200 * time.Millisecond}.Act(context.Background(), action, schemas.Snapshot{})
			if actor.acted != test.acts || errors.Is(err, schemas.ErrRefused) == test.acts {
				t.Errorf("acted = %v, %v, want %v", actor.acted, err, test.acts)
			}
			if test.acts && !strings.Contains(note, "not backed up first: ") {
				t.Errorf("note = %q, want it to say that nothing was backed up", note)
			}
		})
	}
}
