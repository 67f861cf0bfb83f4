package runner

import (
	"context"
	"time"

	"rr/schemas"
)

// Events is what may come between two turns.
type Events struct {
	Hints  <-chan struct{} // something happened: look sooner
	Reload <-chan Setup    // a validated setup, to be put in force
	Turned func(Report)    // called after each turn; may be nil
	Failed func(error)     // called where a turn could not be taken; may be nil
}

// Run takes turns until ctx ends: one each interval, sooner after an event but
// never sooner than min_interval after the last one began. A turn that has
// begun is finished; what goes on beside the turns is broken off.
func (r *Runner) Run(ctx context.Context, events Events) {
	r.mu.Lock()
	r.loops, r.asides = true, newAsides()
	r.mu.Unlock()
	defer r.halt()
	for ctx.Err() == nil {
		began := time.Now()
		if report, err := r.Turn(context.WithoutCancel(ctx), nil); err != nil {
			r.Log.Error("turn failed", "kind", "turn", "note", err)
			if events.Failed != nil {
				events.Failed(err)
			}
		} else if events.Turned != nil {
			events.Turned(report)
		}
		r.rest(ctx, began, events)
	}
}

// rest waits for the next turn to be due.
func (r *Runner) rest(ctx context.Context, began time.Time, events Events) {
	config := r.Config()
	timer := time.NewTimer(time.Until(began.Add(config.Interval.Of())))
	defer timer.Stop()

	hints := events.Hints
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-hints:
			hints = nil // one is enough
			timer.Reset(time.Until(began.Add(soonest(config))))
		case setup := <-events.Reload:
			r.Use(setup)
			hints = nil
			timer.Reset(time.Until(began.Add(soonest(setup.Config))))
		}
	}
}

// soonest is how long after the last turn began the next one may begin.
func soonest(c schemas.Config) time.Duration { return min(c.MinInterval.Of(), c.Interval.Of()) }
