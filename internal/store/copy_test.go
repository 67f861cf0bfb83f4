package store_test

import (
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
	if _, err := os.Stat(filepath.Join(dir, "copy")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the scratch folder is left: %v", err)
	}
}
