package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rr/schemas"
)

// childReadOnce reads a journal in a process of its own: within one process
// SQLite shares what it knows of a file.
func childReadOnce(dir string) error {
	ctx := context.Background()
	s, err := OpenRead(dir)
	if err != nil {
		return err
	}
	if got, err := s.Record(ctx, 0); err != nil || got.Snapshot.Turn == 0 {
		return fmt.Errorf("Record is of turn %d, %v", got.Snapshot.Turn, err)
	}
	if err := s.WriteTurn(ctx, smallTurn(9)); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("WriteTurn = %v, want %v", err, ErrReadOnly)
	}
	if _, err := s.Prune(ctx, schemas.Moment{}, Keep{}); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("Prune = %v, want %v", err, ErrReadOnly)
	}

	return s.Close()
}

func TestOpenReadNeverWrites(t *testing.T) {
	if _, err := OpenRead(t.TempDir()); !errors.Is(err, ErrNoJournal) {
		t.Errorf("OpenRead = %v, want %v", err, ErrNoJournal)
	}

	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, smallTurn(1), smallTurn(2))
	states := map[string]func() string{
		"beside a writer": func() string { return dir },
		"after a writer that was killed": func() string {
			killed := t.TempDir()
			killedWriter(t, killed, 0, map[int64]bool{})
			return killed
		},
		"with a log and no index of it": func() string {
			copied := t.TempDir()
			for _, side := range []string{"", "-wal"} {
				if err := copyFile(journal(copied)+side, journal(dir)+side); err != nil {
					t.Fatal(err)
				}
			}
			return copied
		},
		"after a writer that was closed": func() string {
			closed := t.TempDir()
			s := mustOpen(t, closed)
			mustWrite(t, s, smallTurn(1))
			s.Close()
			return closed
		},
	}
	for name, state := range states {
		dir := state()
		before := listing(t, dir)
		if out, err := child(t, "read-once", dir).Output(); err != nil {
			t.Errorf("it reads %s: %v: %s", name, err, out)
		}
		if after := listing(t, dir); after != before {
			t.Errorf("it reads %s: folder is\n%s, was\n%s", name, after, before)
		}
	}
}

// listing tells the files of a folder with their sizes and content.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		hash, _ := schemas.Hash(b)
		all += fmt.Sprintln(entry.Name(), len(b), hash)
	}

	return all
}
