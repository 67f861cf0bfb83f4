package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rr/internal/store"
)

func TestACopyOfAJournalIsMadeWhileItIsInUse(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if _, err := store.Copy(ctx, dir); !errors.Is(err, store.ErrNoJournal) {
		t.Errorf("Copy() of nothing = %v, want %v", err, store.ErrNoJournal)
	}
	journal, _, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	content, err := store.Copy(ctx, dir)
	if err != nil || !strings.HasPrefix(string(content), "SQLite format 3") {
		t.Fatalf("Copy() = %d bytes, %v; want a database", len(content), err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "rr.db"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	copied, found, err := store.Open(other, store.Options{})
	if err != nil || found.Quarantined != "" {
		t.Fatalf("the copy opens as %+v, %v; want it whole", found, err)
	}
	if err := copied.Close(); err != nil {
		t.Error(err)
	}
	nothingIsLeft(t, dir)
}

// nothingIsLeft holds that no copy has left its folder.
func nothingIsLeft(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			t.Errorf("the folder %s is left", entry.Name())
		}
	}
}

func TestCopiesOfAJournalAtOnceAreAllWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	journal, _, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	const copies = 20
	type copied struct {
		content []byte
		err     error
	}
	all := make(chan copied, copies)
	for range copies {
		go func() {
			content, err := store.Copy(context.Background(), dir)
			all <- copied{content, err}
		}()
	}
	var first []byte
	for range copies {
		got := <-all
		if got.err != nil || len(got.content) == 0 {
			t.Fatalf("Copy() = %d bytes, %v; want a journal", len(got.content), got.err)
		}
		if first == nil {
			first = got.content
		}
		if !bytes.Equal(got.content, first) {
			t.Error("two copies of what did not change differ")
		}
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "rr.db"), first, 0o600); err != nil {
		t.Fatal(err)
	}
	opened, found, err := store.Open(other, store.Options{})
	if err != nil || found.Quarantined != "" {
		t.Fatalf("a copy opens as %+v, %v; want it whole", found, err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
	nothingIsLeft(t, dir)
}

func TestWhatCopiesHaveLeftIsCleared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".rr-copy-1", ".rr-copy-22", "backups"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".rr-copy-1", "rr.db"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.ClearCopy(dir); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || entries[0].Name() != "backups" {
		t.Errorf("there is %v, %v; want the backups alone", entries, err)
	}
	if err := store.ClearCopy(filepath.Join(dir, "none")); err != nil {
		t.Errorf("where there is no journal: %v", err)
	}
}
