package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"rr/schemas"
)

func TestPruneByAgeKeepsWhatCounts(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, t.TempDir())
	closed, open, pending := begun(1, 1), begun(2, 2), begun(3, 0)
	for n := int64(1); n <= 300; n++ {
		turn := fleetTurn(n, 3)
		switch n {
		case 1:
			turn.Begun = []schemas.Attempt{settled(closed, schemas.AttemptRecovered)}
			turn.Incidents = []schemas.Incident{incident(1, schemas.IncidentRecovered, 1)}
			turn.Policies = Bundle{Hash: "old", Files: map[string][]byte{"a": nil}}
			turn.Falls = []Fall{{Subject: closed.Action.Subject, ClockMS: 5000}}
		case 2:
			turn.Begun = []schemas.Attempt{settled(open, schemas.AttemptFailed)}
			turn.Incidents = []schemas.Incident{incident(2, schemas.IncidentOpen, 1)}
		case 3:
			turn.Begun = []schemas.Attempt{pending}
		case 290:
			turn.Begun = []schemas.Attempt{settled(begun(290, 0), schemas.AttemptFailed)}
		}
		mustWrite(t, s, turn)
	}
	now := fleetTurn(300, 0).Record.Snapshot.Moment
	pruned, err := s.Prune(ctx, now, Keep{For: 100 * 5 * time.Second, Window: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if pruned.Attempts != 1 || pruned.Incidents != 1 || pruned.Falls != 1 || pruned.Bundles != 1 {
		t.Errorf("Prune = %+v, want one attempt, incident, fall and bundle", pruned)
	}
	memory, err := s.Memory(ctx, time.Minute)
	if err != nil || len(memory.Attempts) != 3 || len(memory.Incidents) != 1 || memory.NextIncident != 3 {
		t.Errorf("Memory = %+v, %v, want 2-1, 3-1, 290-1 and incident 2", memory, err)
	}
	for n := int64(200); n <= 300; n++ {
		if _, err := s.Record(ctx, n); err != nil {
			t.Errorf("Record(%d): %v", n, err)
		}
	}
	if _, err := s.Record(ctx, 190); !errors.Is(err, ErrNoRecord) {
		t.Errorf("Record(190) = %v, want %v", err, ErrNoRecord)
	}
	if _, err := s.Bundle(ctx, "p1"); err != nil {
		t.Errorf("Bundle: %v", err)
	}
}

func TestPruneNeverRemovesTheLastRecord(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, t.TempDir())
	for n := int64(1); n <= 10; n++ {
		mustWrite(t, s, smallTurn(n))
	}
	far := schemas.Moment{At: start.Add(1000 * time.Hour), ClockMS: 100 * dayMS}
	if _, err := s.Prune(ctx, far, Keep{For: time.Hour, MaxSize: 1}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Record(ctx, 0); err != nil || got.Snapshot.Turn != 10 {
		t.Errorf("last record is of turn %d, %v, want 10", got.Snapshot.Turn, err)
	}
	mustWrite(t, s, smallTurn(11))
	if got, err := s.Record(ctx, 11); err != nil || got.Snapshot.Turn != 11 {
		t.Errorf("record after Prune is of turn %d, %v, want 11", got.Snapshot.Turn, err)
	}
}

func TestPruneGivesRoomBackToTheDisk(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, t.TempDir())
	for n := int64(1); n <= 3000; n++ {
		turn := smallTurn(n)
		turn.Record.Decision.SnapshotHash = fmt.Sprintf("%0512x", n*7919)
		mustWrite(t, s, turn)
	}
	before, err := s.Size()
	if err != nil {
		t.Fatal(err)
	}
	now := smallTurn(3000).Record.Snapshot.Moment
	const maxSize = 400 << 10
	pruned, err := s.Prune(ctx, now, Keep{For: 1000 * time.Hour, MaxSize: maxSize})
	if err != nil {
		t.Fatal(err)
	}
	if size, err := s.Size(); err != nil || size > maxSize+64<<10 || size != pruned.Size || size >= before {
		t.Errorf("Size = %d, %v after Prune (%d before, %+v), want at most %d", size, err, before, pruned, maxSize)
	}
	all, err := s.Records(ctx, RecordFilter{})
	if err != nil || len(all) == 0 || all[0].Turn != 3000 {
		t.Fatalf("Records = %d, %v", len(all), err)
	}
	for _, one := range all {
		if _, err := s.Record(ctx, one.Turn); err != nil {
			t.Errorf("Record(%d): %v", one.Turn, err)
		}
	}
}
