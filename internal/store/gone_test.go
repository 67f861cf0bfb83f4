package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rr/schemas"
)

func TestAnIncidentWhoseSubjectIsGoneIsOverForEver(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	turn := fleetTurn(1, 1)
	at := start
	turn.Incidents = []schemas.Incident{
		{ID: 1, Subject: "pm2/local/process/gone", State: schemas.IncidentGone, OpenedAt: at, ClosedAt: &at},
		{ID: 2, Subject: "pm2/local/process/back", State: schemas.IncidentRecovered, OpenedAt: at, ClosedAt: &at},
		{ID: 3, Subject: "pm2/local/process/open", State: schemas.IncidentOpen, OpenedAt: at},
		{ID: 4, Subject: "pm2/local/process/exhausted", State: schemas.IncidentExhausted, OpenedAt: at},
	}
	mustWrite(t, s, turn)
	memory, err := s.Memory(context.Background(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	open, err := s.Incidents(context.Background(), IncidentFilter{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, incidents := range map[string][]schemas.Incident{"Memory": memory.Incidents, "Incidents": open} {
		for _, i := range incidents {
			if i.ClosedAt != nil {
				t.Errorf("%s still holds incident %d, which is %s", name, i.ID, i.State)
			}
		}
		if len(incidents) != 2 {
			t.Errorf("%s holds %d incidents, want the 2 that are not over", name, len(incidents))
		}
	}

	later := fleetTurn(2, 1)
	later.Record.Snapshot.Moment.ClockMS += 30 * dayMS
	mustWrite(t, s, later)
	if _, err := s.Prune(context.Background(), later.Record.Snapshot.Moment, Keep{For: 7 * 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	left, err := s.Incidents(context.Background(), IncidentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("%d incidents are left after a month, want the 2 that are not over: %+v", len(left), left)
	}
}

func TestAJournalThatWasTakenAwayIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, fleetTurn(1, 1))
	if err := os.Rename(filepath.Join(dir, fileName), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteTurn(context.Background(), fleetTurn(2, 1)); !errors.Is(err, ErrNotWritten) {
		t.Errorf("WriteTurn = %v, want %v", err, ErrNotWritten)
	}
	if err := os.WriteFile(filepath.Join(dir, fileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteTurn(context.Background(), fleetTurn(2, 1)); !errors.Is(err, ErrNotWritten) {
		t.Errorf("WriteTurn beside another file = %v, want %v", err, ErrNotWritten)
	}
}
