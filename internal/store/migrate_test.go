package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOpenMigratesAnOlderJournalAndKeepsACopy(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, smallTurn(1))
	s.Close()

	s, opened, err := open(dir, Options{}, append(migrations(), `ALTER TABLE record ADD COLUMN extra TEXT`))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if opened.Migrated != len(migrations()) || opened.Quarantined != "" {
		t.Errorf("opened = %+v, want migrated from the one before", opened)
	}
	if _, err := s.db.Exec(`UPDATE record SET extra = 'new'`); err != nil {
		t.Error(err)
	}

	before := t.TempDir()
	b, err := os.ReadFile(opened.Copy)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(opened.Copy); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("copy has mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(journal(before), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := mustOpen(t, before).Record(context.Background(), 1); err != nil || got.Snapshot.Turn != 1 {
		t.Errorf("record of the copy is of turn %d, %v", got.Snapshot.Turn, err)
	}
}

func TestOpenLeavesAJournalThatItCannotMigrate(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, smallTurn(1))
	s.Close()

	_, _, err := open(dir, Options{}, append(migrations(), `ALTER TABLE record ADD COLUMN extra TEXT; SELECT no_such_function()`))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migrate journal to version %d", len(migrations())+1)) {
		t.Fatalf("open = %v, want an error of the migration", err)
	}
	s = mustOpen(t, dir)
	if _, err := s.Record(context.Background(), 1); err != nil {
		t.Error(err)
	}
	if _, err := s.db.Exec(`SELECT extra FROM record`); err == nil {
		t.Error("half of a migration was kept")
	}
}

func TestOpenRefusesANewerJournal(t *testing.T) {
	dir := t.TempDir()
	s, _, err := open(dir, Options{}, append(migrations(), `CREATE TABLE extra (id INTEGER)`))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()

	for name, open := range map[string]func() error{
		"Open":     func() error { _, _, err := Open(dir, Options{}); return err },
		"OpenRead": func() error { _, err := OpenRead(dir); return err },
	} {
		err := open()
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), fmt.Sprint("version ", len(migrations())+1)) || !strings.Contains(err.Error(), fmt.Sprint("up to ", len(migrations()))) {
			t.Errorf("%s = %v, want %v naming both versions", name, err, ErrNewer)
		}
	}
	if files, _ := filepath.Glob(journal(dir) + ".*"); len(files) != 0 {
		t.Errorf("refused journal left %v", files)
	}
}

func TestADamagedVersionIsNotTakenForANewerRR(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, smallTurn(1))
	if _, err := s.db.Exec(`PRAGMA user_version = 65`); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s, opened, err := Open(dir, Options{})
	if err != nil || opened.Quarantined == "" || opened.Lost {
		t.Fatalf("Open = %+v, %v, want a quarantine that lost nothing", opened, err)
	}
	defer s.Close()
	if memory, err := s.Memory(context.Background(), time.Hour); err != nil || memory.Turn != 1 {
		t.Errorf("Memory = %+v, %v, want turn 1", memory, err)
	}
}
