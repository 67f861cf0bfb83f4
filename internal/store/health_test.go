package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"rr/schemas"
)

func TestHealthIsKeptByTheMinuteAndThenByTheHour(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, t.TempDir())
	sick := schemas.NewID("pm2", "local", "process", "service-000", 0)
	for n := int64(1); n <= 24; n++ {
		turn := smallTurn(n)
		if n%2 == 0 {
			turn.Record.Decision.Health.Subjects[sick] = schemas.SubjectHealth{Score: new(40), Status: schemas.StatusCritical}
			turn.Record.Decision.Health.Score = new(70)
		}
		mustWrite(t, s, turn)
	}
	end := start.Add(time.Hour)
	want := []HealthPoint{
		{At: start, Step: time.Minute, Min: 70, Sum: 6*100 + 5*70, Count: 11},
		{At: start.Add(time.Minute), Step: time.Minute, Min: 70, Sum: 6*100 + 6*70, Count: 12},
		{At: start.Add(2 * time.Minute), Step: time.Minute, Min: 70, Sum: 70, Count: 1},
	}
	got, err := s.Health(ctx, HealthOverall, start, end)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Health = %v, %v\nwant %v", got, err, want)
	}

	moment := schemas.Moment{At: start.Add(49 * time.Hour), ClockMS: 49 * 3600 * 1000}
	for range 2 {
		if _, err := s.Prune(ctx, moment, Keep{For: 30 * 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	mustWrite(t, s, turnAt(25, start.Add(49*time.Hour)))
	for key, want := range map[string][]HealthPoint{
		HealthOverall: {
			{At: start, Step: time.Hour, Min: 70, Sum: 12*100 + 12*70, Count: 24},
			{At: start.Add(49 * time.Hour), Step: time.Minute, Min: 100, Sum: 100, Count: 1},
		},
		string(sick): {{At: start, Step: time.Hour, Min: 40, Sum: 12 * 40, Count: 12}},
	} {
		got, err := s.Health(ctx, key, start, start.Add(100*time.Hour))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Health(%s) = %v, %v\nwant %v", key, got, err, want)
		}
	}
}

// turnAt is a small turn at a time of the wall clock and of rr's.
func turnAt(n int64, at time.Time) Turn {
	turn := smallTurn(n)
	turn.Record.Snapshot.Moment.At = at
	turn.Record.Snapshot.Moment.ClockMS = at.Sub(start).Milliseconds()

	return turn
}
