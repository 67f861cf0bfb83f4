package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestOpenRefusesAJournalThatAnotherHolds(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)

	_, _, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) {
		t.Fatalf("second Open = %v, want %v", err, ErrLocked)
	}
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("second Open = %v, want pid %d", err, os.Getpid())
	}
}

func TestCloseFreesTheLockAndLeavesItsFile(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, lockName)); err != nil {
		t.Errorf("lock file: %v", err)
	}
	mustOpen(t, dir)
}
