package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	act "rr/actions/backup"
	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/schemas"
)

// shelf is a store with one set, data, that a folder holds.
type shelf struct {
	opened *act.Opened
	dir    string
}

func (s shelf) Open() (*act.Opened, error) { return s.opened, nil }

func newShelf(t *testing.T) shelf {
	t.Helper()
	dir := t.TempDir()
	config := schemas.BackupConfig{Sets: map[string]schemas.BackupSetConfig{"data": {Root: "data", Paths: []string{"**"}}}}
	options := backupsets.Options{Config: schemas.Config{Backup: &config}, Resolve: func(path string) string { return filepath.Join(dir, path) }}
	store, err := backup.Open(filepath.Join(dir, "backups"), options.Store(os.Getenv))
	if err != nil {
		t.Fatal(err)
	}
	s := shelf{&act.Opened{Store: store, Sets: backupsets.Of(options), Config: config, Scratch: filepath.Join(dir, "drill")}, filepath.Join(dir, "data")}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}

	return s
}

func (s shelf) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "a.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s shelf) read(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "a.json"))
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

var target = schemas.SetID("data")

func TestADrillLeavesNothingBehindAndClearsWhatAnEarlierOneLeft(t *testing.T) {
	ctx := context.Background()
	s := newShelf(t)
	s.write(t, "{}")
	if _, err := (act.Create{Stores: s}).Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(s.opened.Scratch, "data", "secret")
	if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o700), os.WriteFile(left, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if note, err := (act.Drill{Stores: s}).Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); err != nil {
		t.Fatalf("Act() = %s, %v", note, err)
	}
	if _, err := os.Stat(filepath.Dir(left)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a drill left its folder: %v", err)
	}
}

func TestARestoreIsRefusedWhereItMustNotBe(t *testing.T) {
	ctx := context.Background()
	s := newShelf(t)
	s.write(t, "{}")
	if _, err := (act.Create{Stores: s}).Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); err != nil {
		t.Fatal(err)
	}
	s.write(t, "[1]")
	alive := errors.New("a daemon lives")
	restore := act.Restore{Stores: s, Alive: func(context.Context, string) error { return alive }}
	if _, err := restore.Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); !errors.Is(err, schemas.ErrRefused) || s.read(t) != "[1]" {
		t.Errorf("Act() under a living daemon = %v, the file holds %s; want it refused and nothing changed", err, s.read(t))
	}
	alive = nil
	if note, err := restore.Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); err != nil || s.read(t) != "{}" {
		t.Errorf("Act() = %s, %v, the file holds %s; want {}", note, err, s.read(t))
	}
}
