package backup_test

import (
	"context"
	"errors"
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
	kept, _, err := store.Create(ctx, "web", []backup.File{{Path: "a", Content: func(context.Context) ([]byte, error) { return []byte("a"), nil }}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(dir, "web", "index.json")
	if err := os.WriteFile(index, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := looking.CheckIndex("web"); !errors.Is(err, backup.ErrIndex) {
		t.Errorf("CheckIndex = %v, want %v", err, backup.ErrIndex)
	}
	if list, err := looking.List(ctx, "web"); err != nil || len(list) != 1 || list[0].ID != kept.ID || list[0].Archive != kept.Archive {
		t.Errorf("List without an index = %v, %v; want the one backup that there is", list, err)
	}
	if err := os.WriteFile(looking.Path(kept), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := looking.List(ctx, "web"); err != nil || len(list) != 0 {
		t.Errorf("List of what is damaged = %v, %v; want none", list, err)
	}
	if text, _ := os.ReadFile(index); string(text) != "{}" {
		t.Error("looking mended the index")
	}
	if text, _ := os.ReadFile(looking.Path(kept)); string(text) != "damaged" {
		t.Error("looking set an archive aside")
	}
	if _, _, err := looking.Create(ctx, "web", nil, nil); err == nil {
		t.Error("who looks only could back up")
	}
}
