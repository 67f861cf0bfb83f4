package store

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

// wornJournal returns the files of a journal with turns, attempts and an open
// incident, as its last holder left them: with a log where it was killed.
func wornJournal(t *testing.T, killed bool) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	for n := int64(1); n <= 60; n++ {
		turn := fleetTurn(n, 5)
		turn.Begun = []schemas.Attempt{begun(n, 1)}
		turn.Incidents = []schemas.Incident{incident(1, schemas.IncidentOpen, 5000)}
		mustWrite(t, s, turn)
		if n == 30 && killed {
			if _, err := s.db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !killed {
		s.Close()
	}
	files := map[string][]byte{}
	for _, side := range []string{"", "-wal"} {
		b, err := os.ReadFile(journal(dir) + side)
		if err == nil && len(b) > 0 {
			files[fileName+side] = b
		}
	}

	return files
}

func putFiles(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// openWorn opens a damaged journal and checks what must hold of any: it opens,
// it can be written to, nothing of it was deleted, and either it remembers all
// that was to be remembered or it says that it does not.
func openWorn(t *testing.T, what string, files map[string][]byte, least int64) (Opened, Memory) {
	t.Helper()
	dir := t.TempDir()
	putFiles(t, dir, files)
	s, opened, err := Open(dir, Options{})
	if err != nil {
		t.Fatalf("%s: Open: %v", what, err)
	}
	defer s.Close()
	memory, err := s.Memory(context.Background(), 24*time.Hour)
	if err != nil {
		t.Fatalf("%s: Memory: %v", what, err)
	}
	if (memory.LostMS != nil) != opened.Lost {
		t.Errorf("%s: LostMS = %v, Lost = %v", what, memory.LostMS, opened.Lost)
	}
	if !opened.Lost && (int64(len(memory.Attempts)) < least || memory.Turn < least) {
		t.Errorf("%s: remembers %d attempts and turn %d (%+v), want %d or to be told of a loss", what, len(memory.Attempts), memory.Turn, opened, least)
	}
	for _, attempt := range memory.Attempts {
		if attempt.BeganMS > memory.Moment.ClockMS {
			t.Errorf("%s: attempt %s began at %d, after rr's clock %d", what, attempt.ID, attempt.BeganMS, memory.Moment.ClockMS)
		}
	}
	next := fleetTurn(memory.Turn+1, 5)
	next.Begun = []schemas.Attempt{begun(memory.Turn+1, 1)}
	if err := s.WriteTurn(context.Background(), next); err != nil {
		t.Errorf("%s: WriteTurn: %v", what, err)
	}
	if opened.Quarantined != "" {
		if _, err := os.Stat(opened.Quarantined); err != nil && files[fileName] != nil {
			t.Errorf("%s: %v", what, err)
		}
	}

	return opened, memory
}

func TestOpenSurvivesTruncationAtAnyOffset(t *testing.T) {
	for _, killed := range []bool{false, true} {
		files := wornJournal(t, killed)
		for name, whole := range files {
			least := int64(60)
			if killed && strings.HasSuffix(name, "-wal") {
				least = 30 // what was in the file already
			}
			step := len(whole)/40 + 1
			offsets := []int{0, 1, 15, 16, 99, 100, 511, 512, 4095, 4096, 4097, len(whole) - 4096, len(whole) - 1}
			for at := 0; at < len(whole); at += step {
				offsets = append(offsets, at)
			}
			for _, at := range offsets {
				cut := map[string][]byte{}
				for other, b := range files {
					cut[other] = b
				}
				cut[name] = whole[:at]
				openWorn(t, name+" cut at "+itoa(at), cut, least)
			}
		}
	}
}

func TestOpenSurvivesFlippedBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, killed := range []bool{false, true} {
		files := wornJournal(t, killed)
		for name, whole := range files {
			for n := range 120 {
				at := random.IntN(len(whole))
				if n < 40 {
					at = random.IntN(120) // the header
				}
				flipped := map[string][]byte{}
				for other, b := range files {
					flipped[other] = b
				}
				b := append([]byte(nil), whole...)
				b[at] ^= 1 << random.IntN(8)
				flipped[name] = b
				openFlipped(t, name+" flipped at "+itoa(at), flipped)
			}
		}
	}
}

// openFlipped opens a journal with a flipped bit. SQLite has no checksums of
// its pages, so a flipped bit may stay unseen: it must not stop rr.
func openFlipped(t *testing.T, what string, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	putFiles(t, dir, files)
	s, _, err := Open(dir, Options{})
	if err != nil {
		t.Errorf("%s: Open: %v", what, err)
		return
	}
	defer s.Close()
	memory, err := s.Memory(context.Background(), 24*time.Hour)
	if err != nil {
		t.Errorf("%s: Memory: %v", what, err)
		return
	}
	for n := int64(1); n <= memory.Turn && n <= 60; n++ {
		got, err := s.Record(context.Background(), n)
		if err == nil && got.Snapshot.Turn != n {
			t.Errorf("%s: Record(%d) is of turn %d", what, n, got.Snapshot.Turn)
		}
	}
}

func TestADamagedRecordIsAnErrorThatNamesItsTurn(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for n := int64(1); n <= 10; n++ {
		mustWrite(t, s, fleetTurn(n, 5))
	}
	if _, err := s.db.Exec(`UPDATE body SET data = (SELECT data FROM body WHERE turn = 6) WHERE turn = 7`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(context.Background(), 7); err == nil || !strings.Contains(err.Error(), "turn 7: damaged") {
		t.Errorf("Record(7) = %v, want a damaged turn 7", err)
	}
	var data []byte
	if err := s.db.QueryRow(`SELECT data FROM body WHERE turn = 8`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	want, err := s.Record(context.Background(), 8)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(data) * 8 {
		b := append([]byte(nil), data...)
		b[bit/8] ^= 1 << (bit % 8)
		if _, err := s.db.Exec(`UPDATE body SET data = ? WHERE turn = 8`, b); err != nil {
			t.Fatal(err)
		}
		got, err := s.Record(context.Background(), 8)
		if err != nil && strings.Contains(err.Error(), "turn 8: damaged") {
			continue
		}
		gotHash, _ := schemas.Hash(got)
		if wantHash, _ := schemas.Hash(want); err != nil || gotHash != wantHash {
			t.Fatalf("bit %d: Record(8) = %v, %v, want a damaged turn 8", bit, got.Snapshot.Turn, err)
		}
	}
}

func TestASwapThatWasCutShortIsFinished(t *testing.T) {
	worn := wornJournal(t, true)
	ready := wornJournal(t, false)[fileName]
	for name, files := range map[string]map[string][]byte{
		"before anything was put aside": {fileName: worn[fileName], fileName + "-wal": worn[fileName+"-wal"], fileName + readySuffix: ready},
		"before the log was put aside":  {fileName + "-wal": worn[fileName+"-wal"], fileName + readySuffix: ready},
		"before it took its place":      {fileName + readySuffix: ready},
		"before it was ready":           {fileName: worn[fileName], fileName + "-wal": worn[fileName+"-wal"], fileName + newSuffix: []byte("half"), fileName + newSuffix + "-wal": []byte("half")},
	} {
		if _, memory := openWorn(t, name, files, 60); len(memory.Attempts) != 60 {
			t.Errorf("%s: remembers %d attempts, want 60", name, len(memory.Attempts))
		}
	}
}

func TestAJournalOfNothingHoldsBackActions(t *testing.T) {
	for name, files := range map[string]map[string][]byte{
		"an empty file":         {fileName: {}},
		"something else":        {fileName: []byte(strings.Repeat("not a journal ", 1000))},
		"a log without its own": {fileName + "-wal": wornJournal(t, true)[fileName+"-wal"]},
	} {
		opened, memory := openWorn(t, name, files, 0)
		if !opened.Lost || opened.Quarantined == "" || memory.LostMS == nil {
			t.Errorf("%s: opened = %+v, want a loss", name, opened)
		}
	}
}

func TestALossIsRememberedByTheNextStart(t *testing.T) {
	dir := t.TempDir()
	putFiles(t, dir, map[string][]byte{fileName: {}})
	s, _, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, smallTurn(1))
	s.Close()
	memory, err := mustOpen(t, dir).Memory(context.Background(), time.Hour)
	if err != nil || memory.LostMS == nil || *memory.LostMS != 0 {
		t.Errorf("Memory = %+v, %v, want a loss at 0", memory, err)
	}
}

func TestADamagedPageOfHistoryCostsNoAttempt(t *testing.T) {
	opened, memory := openWorn(t, "body", map[string][]byte{fileName: withoutBodies(t)}, 60)
	if opened.Lost || opened.Quarantined == "" || len(memory.Attempts) != 60 || len(memory.Incidents) != 1 {
		t.Errorf("opened = %+v with %d attempts, want all of them", opened, len(memory.Attempts))
	}
}

func TestDamageMetWhileRunningIsPutAsideByTheNextOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	for n := int64(1); n <= 60; n++ {
		mustWrite(t, s, bulkyTurn(n))
	}
	s.Close()
	s = mustOpen(t, dir)
	var page int64
	if err := s.db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = 'body'`).Scan(&page); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(journal(dir), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 4096), (page-1)*4096); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s.db.SetMaxIdleConns(0) // forget the pages that SQLite has read
	if err := s.WriteTurn(context.Background(), bulkyTurn(61)); !errors.Is(err, ErrNotWritten) || !errors.Is(err, ErrDamaged) {
		t.Errorf("WriteTurn = %v, want %v and %v", err, ErrNotWritten, ErrDamaged)
	}
	s.Close()
	s, opened, err := Open(dir, Options{})
	if err != nil || opened.Quarantined == "" || opened.Lost {
		t.Fatalf("Open = %+v, %v, want a quarantine that lost no attempt", opened, err)
	}
	defer s.Close()
	mustWrite(t, s, bulkyTurn(61))
	if _, err := os.Stat(journal(dir) + suspectSuffix); err == nil {
		t.Error("the journal is suspect for ever")
	}
}

// withoutBodies returns a journal whose bodies of records cannot be found.
func withoutBodies(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	putFiles(t, dir, wornJournal(t, false))
	s := mustOpen(t, dir)
	var page int64
	if err := s.db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = 'body'`).Scan(&page); err != nil {
		t.Fatal(err)
	}
	s.Close()
	b, err := os.ReadFile(journal(dir))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint64(b[(page-1)*4096:], 0xffffffffffffffff)

	return b
}
