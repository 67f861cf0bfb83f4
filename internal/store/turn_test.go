package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"rr/schemas"
)

func TestRecordReturnsWhatWasWritten(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	const turns = 3*baseEvery + 7
	for n := int64(1); n <= turns; n++ {
		mustWrite(t, s, fleetTurn(n, int(n%5)))
	}
	for n := int64(turns); n >= 1; n-- {
		got, err := s.Record(context.Background(), n)
		if err != nil {
			t.Fatalf("Record(%d): %v", n, err)
		}
		if want := fleetTurn(n, int(n%5)).Record; !reflect.DeepEqual(got, want) {
			t.Fatalf("Record(%d) = %+v, want %+v", n, got, want)
		}
	}
	last, err := s.Record(context.Background(), 0)
	if err != nil || last.Snapshot.Turn != turns {
		t.Errorf("Record(0) is of turn %d, %v, want %d", last.Snapshot.Turn, err, turns)
	}
	if _, err := s.Record(context.Background(), turns+1); !errors.Is(err, ErrNoRecord) {
		t.Errorf("Record(%d) = %v, want %v", turns+1, err, ErrNoRecord)
	}
}

func TestRecordOfAnEmptyJournalIsNone(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	if _, err := s.Record(context.Background(), 0); !errors.Is(err, ErrNoRecord) {
		t.Errorf("Record(0) = %v, want %v", err, ErrNoRecord)
	}
	memory, err := s.Memory(context.Background(), time.Hour)
	if err != nil || memory.Turn != 0 || memory.NextIncident != 1 || !memory.Moment.At.IsZero() {
		t.Errorf("Memory = %+v, %v, want an empty one", memory, err)
	}
}

func TestRecordsOfAReopenedJournalCanBeRead(t *testing.T) {
	dir := t.TempDir()
	for n := int64(1); n <= 20; n++ {
		s := mustOpen(t, dir)
		mustWrite(t, s, fleetTurn(2*n-1, 3), fleetTurn(2*n, 3))
		s.Close()
	}
	s := mustOpen(t, dir)
	for n := int64(1); n <= 40; n++ {
		if _, err := s.Record(context.Background(), n); err != nil {
			t.Errorf("Record(%d): %v", n, err)
		}
	}
}

func TestMemoryHoldsWhatTheRunnerMustNotForget(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	old, open, pending, recent := begun(1, 0), begun(2, 7), begun(3, 0), begun(400, 0)
	first := smallTurn(1)
	first.Begun = []schemas.Attempt{old}
	second := smallTurn(2)
	second.Begun = []schemas.Attempt{open}
	second.Incidents = []schemas.Incident{incident(6, schemas.IncidentRecovered, 5000), incident(7, schemas.IncidentOpen, 10000)}
	third := smallTurn(3)
	third.Begun = []schemas.Attempt{pending}
	third.Verified = []schemas.Attempt{settled(old, schemas.AttemptRecovered), settled(open, schemas.AttemptFailed)}
	third.Falls = []Fall{{Subject: open.Action.Subject, ClockMS: 15000}}
	last := smallTurn(400)
	last.Begun = []schemas.Attempt{recent}
	last.Falls = []Fall{{Subject: open.Action.Subject, ClockMS: 2_000_000}}
	last.Record.Asked = map[string]schemas.AskedSince{"a": {ClockMS: 5}}
	mustWrite(t, s, first, second, third, last)
	if err := s.EndAttempt(context.Background(), settled(recent, schemas.AttemptRecovered)); err != nil {
		t.Fatal(err)
	}
	s.Close()

	memory, err := mustOpen(t, dir).Memory(context.Background(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := Memory{
		Turn: 400, Moment: last.Record.Snapshot.Moment,
		Attempts:     []schemas.Attempt{settled(open, schemas.AttemptFailed), pending, settled(recent, schemas.AttemptRecovered)},
		Incidents:    []schemas.Incident{incident(7, schemas.IncidentOpen, 10000)},
		Falls:        last.Falls,
		Asked:        last.Record.Asked,
		NextIncident: 8,
	}
	if !reflect.DeepEqual(memory, want) {
		t.Errorf("Memory = %+v\nwant %+v", memory, want)
	}
}

func TestWriteTurnWritesAllOrNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	first := smallTurn(1)
	first.Begun = []schemas.Attempt{begun(1, 0)}
	mustWrite(t, s, first)

	bad := smallTurn(2)
	bad.Incidents = []schemas.Incident{incident(1, schemas.IncidentOpen, 1)}
	bad.Verified = []schemas.Attempt{begun(9, 0)}
	err := s.WriteTurn(context.Background(), bad)
	if !errors.Is(err, ErrNotWritten) || !errors.Is(err, ErrNoAttempt) {
		t.Fatalf("WriteTurn = %v, want %v and %v", err, ErrNotWritten, ErrNoAttempt)
	}
	memory, err := s.Memory(context.Background(), time.Hour)
	if err != nil || memory.Turn != 1 || len(memory.Incidents) != 0 {
		t.Errorf("Memory = %+v, %v, want nothing of turn 2", memory, err)
	}
	mustWrite(t, s, smallTurn(2), smallTurn(3))
	for n := int64(1); n <= 3; n++ {
		if _, err := s.Record(context.Background(), n); err != nil {
			t.Errorf("Record(%d): %v", n, err)
		}
	}
}

func TestWriteTurnRefuses(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustWrite(t, s, smallTurn(5))
	unknown := smallTurn(6)
	unknown.Policies = Bundle{Hash: "never seen"}
	again := smallTurn(6)
	again.Begun = []schemas.Attempt{begun(6, 0), begun(6, 0)}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, row := range map[string]struct {
		ctx  context.Context
		turn Turn
	}{
		"a turn that was written":           {context.Background(), smallTurn(5)},
		"a turn before the last":            {context.Background(), smallTurn(4)},
		"a bundle that nobody has":          {context.Background(), unknown},
		"an attempt that is begun twice":    {context.Background(), again},
		"a turn whose context has been cut": {cancelled, smallTurn(6)},
	} {
		if err := s.WriteTurn(row.ctx, row.turn); !errors.Is(err, ErrNotWritten) {
			t.Errorf("it refuses %s: WriteTurn = %v, want %v", name, err, ErrNotWritten)
		}
	}
	mustWrite(t, s, smallTurn(6))
}

func TestEndAttemptRefusesOneThatWasNeverBegun(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	if err := s.EndAttempt(context.Background(), begun(1, 0)); !errors.Is(err, ErrNoAttempt) {
		t.Errorf("EndAttempt = %v, want %v", err, ErrNoAttempt)
	}
}

func TestBundleIsStoredOnceAndReturned(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustWrite(t, s, smallTurn(1), smallTurn(2))
	third := smallTurn(3)
	third.Policies.Files = nil
	mustWrite(t, s, third)
	got, err := s.Bundle(context.Background(), "p1")
	if err != nil || !reflect.DeepEqual(got, smallTurn(1).Policies.Files) {
		t.Errorf("Bundle = %q, %v, want %q", got, err, smallTurn(1).Policies.Files)
	}
	if _, err := s.Bundle(context.Background(), "p2"); !errors.Is(err, ErrNoBundle) {
		t.Errorf("Bundle = %v, want %v", err, ErrNoBundle)
	}
	var n int
	if err := s.db.QueryRow(`SELECT count(*) FROM bundle`).Scan(&n); err != nil || n != 2 {
		t.Errorf("journal has %d bundles, %v, want 2", n, err)
	}
}

func TestReadersSelect(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, t.TempDir())
	for n := int64(1); n <= 10; n++ {
		turn := smallTurn(n)
		if n == 4 {
			turn.Begun = []schemas.Attempt{settled(begun(n, 1), schemas.AttemptFailed)}
			turn.Incidents = []schemas.Incident{incident(1, schemas.IncidentExhausted, 1), incident(2, schemas.IncidentRecovered, 1)}
			turn.Record.Outcomes = []schemas.Outcome{{Status: schemas.OutcomeBegun}, {Status: schemas.OutcomeWithheld}}
			turn.Record.Decision.Health.Status = schemas.StatusCritical
		}
		mustWrite(t, s, turn)
	}
	for name, row := range map[string]struct {
		filter RecordFilter
		want   []int64
	}{
		"the newest":          {RecordFilter{Limit: 2}, []int64{10, 9}},
		"the page before":     {RecordFilter{Before: 9, Limit: 2}, []int64{8, 7}},
		"a span of time":      {RecordFilter{Since: start.Add(10 * time.Second), Until: start.Add(20 * time.Second)}, []int64{3, 2}},
		"those with a status": {RecordFilter{Status: schemas.StatusCritical}, []int64{4}},
		"those that acted":    {RecordFilter{Acted: true}, []int64{4}},
	} {
		all, err := s.Records(ctx, row.filter)
		var got []int64
		for _, one := range all {
			got = append(got, one.Turn)
		}
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("it selects %s: Records = %v, %v, want %v", name, got, err, row.want)
		}
	}
	api := schemas.NewID("pm2", "local", "process", "api", 0)
	if all, err := s.Attempts(ctx, AttemptFilter{Subject: api, Since: start, Limit: 3}); err != nil || len(all) != 1 || all[0].ID != "4-1" {
		t.Errorf("Attempts = %v, %v, want 4-1", all, err)
	}
	if all, err := s.Attempts(ctx, AttemptFilter{Since: start.Add(time.Hour)}); err != nil || len(all) != 0 {
		t.Errorf("Attempts after the last = %v, %v, want none", all, err)
	}
	if all, err := s.Incidents(ctx, IncidentFilter{Open: true}); err != nil || len(all) != 1 || all[0].ID != 1 {
		t.Errorf("Incidents = %v, %v, want the exhausted one", all, err)
	}
	if all, err := s.Efficacy(ctx); err != nil || !reflect.DeepEqual(all, []Efficacy{{Verb: "pm2.restart", Tried: 1, Failed: 1}}) {
		t.Errorf("Efficacy = %v, %v", all, err)
	}
	sums, err := s.Records(ctx, RecordFilter{Acted: true})
	if err != nil || sums[0].Actions != 1 || sums[0].Withheld != 1 || sums[0].PoliciesHash != "p1" || sums[0].ConfigHash != "c1" {
		t.Errorf("Records = %+v, %v", sums, err)
	}
}

func TestOnlyTheOwnerCanReadTheJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s := mustOpen(t, dir)
	mustWrite(t, s, smallTurn(1))
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v, %v, want 0700", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 3 {
		t.Fatalf("folder has %v, %v", entries, err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v, want 0600", entry.Name(), info.Mode(), err)
		}
	}
}
