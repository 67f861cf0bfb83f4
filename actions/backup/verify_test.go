package backup_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	act "rr/actions/backup"
	"rr/internal/backup"
	"rr/schemas"
)

func verify(t *testing.T, s shelf) (string, error) {
	t.Helper()

	return act.Verify{Stores: s}.Act(context.Background(), schemas.Action{Target: target}, schemas.Snapshot{})
}

func create(t *testing.T, s shelf) backup.Backup {
	t.Helper()
	ctx := context.Background()
	if _, err := (act.Create{Stores: s}).Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); err != nil {
		t.Fatal(err)
	}
	b, err := s.opened.NewestGood(ctx, "data")
	if err != nil {
		t.Fatal(err)
	}

	return b
}

// fails holds that something fails and says all of this.
func fails(t *testing.T, what, note string, err error, says ...string) {
	t.Helper()
	for _, text := range says {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s came to %q, %v; want an error that says %q", what, note, err, text)
		}
	}
}

func TestToVerifyNothingIsNoSuccess(t *testing.T) {
	note, err := verify(t, newShelf(t))
	fails(t, "verifying without backups", note, err, "there is no backup of data: rr backup create data")
}

func TestVerifySaysWhichBackupIsDamagedAndWhere(t *testing.T) {
	s := newShelf(t)
	s.write(t, "[1]")
	first := create(t, s)
	s.write(t, "[2]")
	create(t, s)
	path := s.opened.Store.Path(first)
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is not forgotten the second time
		note, err := verify(t, s)
		fails(t, "verifying what is damaged", note, err, "1 of 2 backups are whole", first.ID, path, "back up anew")
	}
}

func TestVerifyReadsWhatRestoresReplacedToo(t *testing.T) {
	ctx := context.Background()
	s := newShelf(t)
	s.write(t, "[1]")
	create(t, s)
	s.write(t, "[2]")
	restore := act.Restore{Stores: s, Alive: func(context.Context, string) error { return nil }}
	if _, err := restore.Act(ctx, schemas.Action{Target: target}, schemas.Snapshot{}); err != nil {
		t.Fatal(err)
	}
	if note, err := verify(t, s); err != nil || note != "2 of 2 backups are whole" {
		t.Errorf("Act() = %s, %v; want both", note, err)
	}
	replaced, err := s.opened.Store.List(ctx, backup.ReplacedBy("data"))
	if err != nil || len(replaced) != 1 {
		t.Fatalf("List() = %v, %v", replaced, err)
	}
	if err := os.Remove(s.opened.Store.Path(replaced[0])); err != nil {
		t.Fatal(err)
	}
	note, err := verify(t, s)
	fails(t, "verifying without what was replaced", note, err, "1 of 2 backups are whole", replaced[0].ID, "its archive is gone")
}

// A key that opens nothing is a mistake where one is configured, and intended
// where none is.
func TestVerifyFailsWithAKeyThatOpensNothing(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf(t)
	s.write(t, "[1]")
	opened := func(key string) {
		t.Helper()
		options := backup.Options{Recipients: []string{identity.Recipient().String()}}
		if s.opened.Config.IdentityEnv = ""; key != "" {
			options.Identities, s.opened.Config.IdentityEnv = backup.IdentityText(key, "$KEY"), "KEY"
		}
		if s.opened.Store, err = backup.Open(s.opened.Store.Dir(), options); err != nil {
			t.Fatal(err)
		}
	}
	opened(identity.String())
	create(t, s)
	if note, err := verify(t, s); err != nil || note != "1 of 1 backups are whole" {
		t.Errorf("with the key Act() = %s, %v", note, err)
	}
	opened(other.String())
	note, err := verify(t, s)
	fails(t, "verifying with another key", note, err, "0 of 1 backups are whole", "backup.identity_env", "encrypted for another")
	opened("")
	if note, err := verify(t, s); err != nil || note != "the bytes of 1 of 1 backups are right; nothing here opens them" {
		t.Errorf("without a key Act() = %s, %v; want the bytes verified", note, err)
	}
	if s.opened.Store, err = backup.Open(s.opened.Store.Dir(), backup.Options{}); err != nil {
		t.Fatal(err)
	}
	s.write(t, "[2]")
	create(t, s)
	if note, err := verify(t, s); err != nil || note != "1 of 2 backups are whole; of 1 only the bytes are verified, since nothing here opens them" {
		t.Errorf("without a key, of which one needs none, Act() = %s, %v", note, err)
	}
}

func TestARestorePassesOverWhatIsDamagedAndSaysSo(t *testing.T) {
	s := newShelf(t)
	s.write(t, "[1]")
	create(t, s)
	s.write(t, "[2]")
	last := create(t, s)
	s.write(t, "[3]")
	if err := os.Truncate(s.opened.Store.Path(last), 10); err != nil {
		t.Fatal(err)
	}
	restore := act.Restore{Stores: s, Alive: func(context.Context, string) error { return nil }}
	note, err := restore.Act(context.Background(), schemas.Action{Target: target}, schemas.Snapshot{})
	if err != nil || s.read(t) != "[1]" || !strings.Contains(note, "passed over, since damaged: "+last.ID) {
		t.Errorf("Act() = %s, %v, the file holds %s; want the older one, and why", note, err, s.read(t))
	}
}
