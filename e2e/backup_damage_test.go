//go:build verify

package e2e

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"rr/internal/backup"
)

// spoilt is an rr whose one backup differs from what is in place, and is to be
// damaged.
type spoilt struct {
	*keeper
	b       backup.Backup
	path    string // of its archive
	archive []byte
	live    folder
}

func newSpoilt(t *testing.T, more string) *spoilt {
	t.Helper()
	files := oldFiles()
	files["noise"] = noise("x", 200) // for truncations to be of something
	k := newKeeper(t, more, files)
	k.edit("redundancy.cue", `interval: "300ms"`, `interval: "1h"`)
	k.edit("redundancy.cue", `every: "1s"`, `every: "1h"`)
	k.must("backup", "create")
	s := &spoilt{keeper: k, b: k.lastGood(), live: newFiles()}
	s.path = archive(k.store, s.b)
	lay(t, k.path("data"), s.live)
	var err error
	if s.archive, err = os.ReadFile(s.path); err != nil {
		t.Fatal(err)
	}

	return s
}

// serve has another rr hold the state, so that a command costs little. That one
// takes a turn at its start and no other by itself.
func (s *spoilt) serve() {
	s.t.Helper()
	before := s.status().turn()
	s.run()
	await(s.t, "rr to run", func() bool { return s.status().turn() > before })
}

// put gives the archive other bytes; it is gone where they are nil.
func (s *spoilt) put(bytes []byte) {
	s.t.Helper()
	err := os.WriteFile(s.path, bytes, 0o600)
	if err == nil && bytes == nil {
		err = os.Remove(s.path)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// detects holds that an archive with these bytes is found damaged by what reads
// it, before anything is written.
func (s *spoilt) detects(what string, bytes []byte) {
	s.t.Helper()
	s.put(bytes)
	s.fails(what, "backup verify data", s.b.ID, "the backup is damaged: ", s.path, "back up anew")
	s.fails(what, "backup restore --apply "+s.b.ID, s.b.ID, "the backup is damaged: ", "rr backup list")
}

// fails holds that a command fails, says all of this, and changes no file in
// place.
func (s *spoilt) fails(what, command string, says ...string) {
	s.t.Helper()
	got := s.rr(strings.Fields(command)...)
	for _, text := range says {
		if got.code != exitFailed || !strings.Contains(got.stdout+got.stderr, text) {
			s.t.Fatalf("%s: rr %s does not fail with %q: %s", what, command, text, got)
		}
	}
	if live := laid(s.t, s.rig.path("data")); !maps.Equal(live, s.live) {
		s.t.Fatalf("%s: rr %s wrote: there is %.300v", what, command, live)
	}
}

// sound holds that with its own bytes the backup is good again.
func (s *spoilt) sound() {
	s.t.Helper()
	s.put(s.archive)
	s.must("backup", "verify", "data")
	s.must("backup", "restore", s.b.ID)
}

// keptAs runs a test on a backup in plain and on one that is encrypted.
func keptAs(t *testing.T, test func(t *testing.T, more string)) {
	t.Parallel()
	debian(t)
	key, recipient := keyPair(t)
	for name, more := range map[string]string{"plain": "", "age": fmt.Sprintf("backup: {recipients: [%q], identity_file: %q}\n", recipient, key)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, more)
		})
	}
}

// (2) Each bit of the first bytes and of the last ones is flipped, and one of
// every few bytes between: verify and restore find it before anything is
// written, and say which backup, where it is and what to do.
func TestVerifyFlippedBitsOfABackupAreFoundByVerifyAndRestore(t *testing.T) {
	keptAs(t, func(t *testing.T, more string) {
		s := newSpoilt(t, more)
		s.serve()
		var bits []int
		for bit := range len(s.archive) * 8 {
			at := bit / 8
			if at < 24 || at >= len(s.archive)-8 || at%67 == 0 && bit%8 == at%8 {
				bits = append(bits, bit)
			}
		}
		for _, bit := range bits {
			s.archive[bit/8] ^= 1 << (bit % 8)
			s.detects(fmt.Sprintf("bit %d flipped", bit), s.archive)
			s.archive[bit/8] ^= 1 << (bit % 8)
		}
		s.sound()
		t.Logf("%d of %d bits", len(bits), len(s.archive)*8)
	})
}

// (2) So they do when the archive is cut off after every 512 bytes, has one too
// many, or is missing; the last is no reason to say that all is well.
func TestVerifyTruncatedAndMissingBackupsAreFoundByVerifyAndRestore(t *testing.T) {
	keptAs(t, func(t *testing.T, more string) {
		s := newSpoilt(t, more)
		s.serve()
		sizes := 0
		for size := 0; size < len(s.archive); size += 512 {
			sizes++
			s.detects(fmt.Sprintf("%d of %d bytes", size, len(s.archive)), append([]byte{}, s.archive[:size]...))
		}
		s.detects("a byte too many", append(s.archive[:len(s.archive):len(s.archive)], 0))
		s.detects("no archive", nil)
		s.fails("no archive", "backup verify", "0 of 1 backups are whole", "its archive is gone")
		s.fails("no archive", "backup drill", "set data has no good backup that is whole: 1 is damaged")
		s.fails("no archive", "backup restore data", "set data has no good backup that is whole: 1 is damaged")
		if list := s.must("backup", "list").stdout; !strings.Contains(list, "damaged") || !strings.Contains(list, "data has no good backup") {
			t.Errorf("the list does not say that the archive is gone:\n%s", list)
		}
		s.sound()
		t.Logf("%d sizes of %d bytes", sizes, len(s.archive))
	})
}

// (2) With the key of another, with one that is not there, and with one that
// others may read, verify and restore say so and nothing is written. Without any
// the bytes are verified, and it is said that nothing opens them.
func TestVerifyAWrongKeyIsFoundByVerifyAndRestore(t *testing.T) {
	t.Parallel()
	debian(t)
	key, recipient := keyPair(t)
	other, _ := keyPair(t)
	public := key + ".public"
	if text, err := os.ReadFile(key); err != nil || os.WriteFile(public, text, 0o644) != nil {
		t.Fatal(err)
	}
	s := newSpoilt(t, fmt.Sprintf("backup: {recipients: [%q], identity_file: %q}\n", recipient, key))
	for _, row := range []struct{ what, key, says string }{
		{"the key of another", other, "it is encrypted for another"},
		{"no file with a key", key + ".none", "no such file"},
		{"a file that others read", public, "may be read by others: chmod 600 it"},
	} {
		k := s.clone(t)
		k.edit("redundancy.cue", key+`"}`, row.key+`"}`)
		wrong := &spoilt{keeper: k, b: s.b, live: s.live}
		wrong.fails(row.what, "backup verify", s.b.ID, "0 of 1 backups are whole", "backup.identity_file", row.says)
		wrong.fails(row.what, "backup drill", s.b.ID, row.says)
		wrong.fails(row.what, "backup restore data", s.b.ID, row.says)
		wrong.fails(row.what, "backup restore --apply "+s.b.ID, row.says)
	}
	k := s.clone(t)
	k.edit("redundancy.cue", fmt.Sprintf(", identity_file: %q", key), "")
	without := &spoilt{keeper: k, b: s.b, live: s.live}
	if got := k.must("backup", "verify").stdout; !strings.Contains(got, "the bytes of 1 of 1 backups are right; nothing here opens them") {
		t.Errorf("without a key rr backup verify says %s", got)
	}
	without.fails("no key", "backup restore data", s.b.ID, "none is named in backup.identity_file or backup.identity_env")
	without.fails("no key", "backup drill", s.b.ID, "none is named")
}

// (2) A newer backup that is damaged is passed over by a restore, which says so.
func TestVerifyARestoreTellsWhichDamagedBackupItPassesOver(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "", oldFiles())
	k.must("backup", "create")
	k.holds(newFiles())
	last := k.lastGood()
	if err := os.Truncate(archive(k.store, last), 100); err != nil {
		t.Fatal(err)
	}
	lay(t, k.path("data"), notValid(1))
	got := k.must("backup", "restore", "--apply", "data").stdout
	if !strings.Contains(got, "passed over "+last.ID+": it is damaged") {
		t.Errorf("a restore does not tell what it passes over: %s", got)
	}
	k.eitherOr("restored", oldFiles())
}
