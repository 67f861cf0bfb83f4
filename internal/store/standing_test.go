package store

import (
	"context"
	"os"
	"testing"
	"time"

	"rr/schemas"
)

func paused(on string) schemas.Standing {
	return schemas.Standing{Operator: schemas.Operator{Pauses: []schemas.Pause{{On: on, By: "ana", Reason: "move", UntilMS: 9000}}}}
}

func TestWhatAPersonAskedForIsRememberedBeforeTheFirstTurn(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	now := schemas.Moment{HostID: "h", BootID: "b", BootMS: 7, ClockMS: 70}
	if err := s.Keep(context.Background(), now, paused("pm2"), []schemas.Event{{Kind: schemas.EventPaused, By: "ana", On: "pm2", ClockMS: 70}}); err != nil {
		t.Fatal(err)
	}
	s.Close()

	s = mustOpen(t, dir)
	memory, err := s.Memory(context.Background(), time.Hour)
	if err != nil || len(memory.Standing.Operator.Pauses) != 1 || memory.Standing.Operator.Pauses[0].On != "pm2" {
		t.Fatalf("memory stands as %+v, %v, want the pause", memory.Standing, err)
	}
	if memory.Moment.ClockMS != 70 || memory.Turn != 0 {
		t.Errorf("memory goes on from turn %d at %d, want 0 at 70", memory.Turn, memory.Moment.ClockMS)
	}
	mustWrite(t, s, smallTurn(1))
	if memory, err = s.Memory(context.Background(), time.Hour); err != nil || len(memory.Standing.Operator.Pauses) != 0 {
		t.Errorf("memory stands as %+v, %v, want as the turn left it", memory.Standing, err)
	}
}

func TestEventsAreReadNewestFirstAndOfWhatTheyAreAbout(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	turn := smallTurn(1)
	for _, on := range []string{"", "pm2/local", "pm2/local/process/api", "pm2/other"} {
		turn.Events = append(turn.Events, schemas.Event{Kind: schemas.EventPaused, By: "ana", On: on})
	}
	mustWrite(t, s, turn)
	for _, row := range []struct {
		on   string
		want []string
	}{
		{"", []string{"pm2/other", "pm2/local/process/api", "pm2/local", ""}},
		{"pm2/local/process/api", []string{"pm2/local/process/api", "pm2/local", ""}},
	} {
		events, err := s.Events(context.Background(), EventFilter{On: row.on})
		if err != nil || len(events) != len(row.want) {
			t.Fatalf("events of %q = %v, %v, want %q", row.on, events, err, row.want)
		}
		for i, e := range events {
			if e.On != row.want[i] {
				t.Errorf("event %d of %q is about %q, want %q", i, row.on, e.On, row.want[i])
			}
		}
	}
}

func TestADamagedJournalKeepsWhatAPersonAskedFor(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	turn := smallTurn(1)
	turn.Record.Standing = paused("pm2/local")
	mustWrite(t, s, turn)
	if _, err := s.db.Exec(`PRAGMA user_version = 65`); err != nil {
		t.Fatal(err)
	}
	s.Close()

	s, opened, err := Open(dir, Options{})
	if err != nil || opened.Quarantined == "" {
		t.Fatalf("Open = %+v, %v, want a quarantine", opened, err)
	}
	defer s.Close()
	memory, err := s.Memory(context.Background(), time.Hour)
	if err != nil || len(memory.Standing.Operator.Pauses) != 1 {
		t.Errorf("memory stands as %+v, %v, want the pause", memory.Standing, err)
	}
}

func TestWhatCannotBeKeptIsAnError(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, smallTurn(1))
	if err := os.Remove(journal(dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(context.Background(), schemas.Moment{}, paused(""), nil); err == nil {
		t.Error("it was kept in a journal that is gone")
	}
}
