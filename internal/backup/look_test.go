package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"rr/internal/backup"
)

func TestLookingAtBackupsMakesAndMendsNothing(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "none")
	looking, err := backup.Look(dir, backup.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := looking.List(ctx, "web"); err != nil || len(list) != 0 {
		t.Errorf("List where there is no store = %v, %v; want none", list, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("looking made %s", dir)
	}
	store, err := backup.Open(dir, backup.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Create(ctx, "web", []backup.File{{Path: "a", Content: func(context.Context) ([]byte, error) { return []byte("a"), nil }}}, nil); err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(dir, "web", "index.json")
	if err := os.WriteFile(index, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := looking.List(ctx, "web"); err == nil {
		t.Error("a damaged index was believed")
	}
	if text, _ := os.ReadFile(index); string(text) != "{}" {
		t.Error("looking mended the index")
	}
	if _, _, err := looking.Create(ctx, "web", nil, nil); err == nil {
		t.Error("who looks only could back up")
	}
}
