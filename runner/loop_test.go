package runner_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rr/runner"
	"rr/schemas"
)

// bubble runs a world's loop within synctest and returns when it began each
// turn, in seconds.
func bubble(t *testing.T, w *world, events runner.Events, length time.Duration, during func()) (turns []float64) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	events.Turned = func(runner.Report) { turns = append(turns, time.Since(began).Seconds()) }
	if during != nil {
		go during()
	}
	w.runner.Run(ctx, events)

	return turns
}

func TestTurnsComeAtTheirInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := bubble(t, newWorld(t), runner.Events{}, 16*time.Second, nil)
		if want := []float64{0, 5, 10, 15}; !slices.Equal(got, want) {
			t.Errorf("turns at %v, want %v", got, want)
		}
	})
}

func TestEventsHastenTheNextTurnButNeverBelowMinInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hints := make(chan struct{}, 1)
		got := bubble(t, newWorld(t), runner.Events{Hints: hints}, 12*time.Second, func() {
			time.Sleep(200 * time.Millisecond)
			for range 20 { // a flood for a tenth of a second
				select {
				case hints <- struct{}{}:
				default:
				}
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(2900 * time.Millisecond)
			hints <- struct{}{}
		})
		if want := []float64{0, 1, 2, 3.2, 8.2}; !slices.Equal(got, want) {
			t.Errorf("turns at %v, want %v: at min_interval after an event, at once where that has passed, else at the interval", got, want)
		}
	})
}

func TestAReloadComesIntoForceBetweenTwoTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.states[api] = "errored"
		acting := false
		w.onAct = func(schemas.Action) {
			acting = true
			time.Sleep(2 * time.Second)
			acting = false
		}
		setups := make(chan runner.Setup)
		var usedWhileActing bool
		var usedAt float64
		began := time.Now()
		got := bubble(t, w, runner.Events{Reload: setups}, 6*time.Second, func() {
			time.Sleep(500 * time.Millisecond)
			next := w.setup(testConfig())
			next.OnUse = func() { usedWhileActing, usedAt = acting, time.Since(began).Seconds() }
			setups <- next
		})
		if usedWhileActing || usedAt != 2 {
			t.Errorf("in force at %v, while acting: %v; want at 2, after the turn", usedAt, usedWhileActing)
		}
		if want := []float64{2, 2}; !slices.Equal(got[:2], want) {
			t.Errorf("turns ended at %v, want %v: the next one at once, min_interval has passed", got, want)
		}
	})
}

func TestAStopLetsTheTurnFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.states[api] = "errored"
		w.onAct = func(schemas.Action) { time.Sleep(3 * time.Second) }
		bubble(t, w, runner.Events{}, time.Second, nil)
		if len(w.ends) != 1 || w.ends[0].Status != schemas.OutcomeDone {
			t.Errorf("ended %+v, want the act done and recorded", w.ends)
		}
	})
}
