package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"rr/schemas"
)

func TestManyGoroutinesMayUseAStore(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, fleetTurn(1, 5))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.Record(ctx, 0); err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
					t.Error(err)
				}
				if _, err := s.Health(ctx, HealthOverall, start, start.Add(time.Hour)); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := s.Prune(ctx, schemas.Moment{ClockMS: 1}, Keep{For: time.Hour, MaxSize: 200 << 10}); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	for n := int64(2); n <= 300; n++ {
		turn := fleetTurn(n, 5)
		turn.Begun = []schemas.Attempt{begun(n, 0)}
		mustWrite(t, s, turn)
		if err := s.EndAttempt(ctx, settled(turn.Begun[0], schemas.AttemptFailed)); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	wg.Wait()
}

func TestRecordsOfAnySizeAreKept(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	sizes := []int{1, 3000, 3000, 1, 1, 3000, 0}
	for i, processes := range sizes {
		mustWrite(t, s, fleetTurn(int64(i+1), processes))
	}
	for i, processes := range sizes {
		got, err := s.Record(context.Background(), int64(i+1))
		if err != nil || len(got.Snapshot.Processes) != processes {
			t.Errorf("Record(%d) has %d processes, %v, want %d", i+1, len(got.Snapshot.Processes), err, processes)
		}
	}
}
