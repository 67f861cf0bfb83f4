package runner

import (
	"context"
	"errors"
	"time"

	"rr/schemas"
)

// patience is how long a stop waits for upkeep that does not heed it.
const patience = 10 * time.Second

// errStopped is why upkeep was broken off.
var errStopped = errors.New("rr was stopped before it had ended; it is due again at the next start")

// aside does what is routine beside the turns: a backup of much, or onto a disk
// that hangs, holds up no healing. One is done at a time, so that all together
// take no more than one of them. A stop breaks it off, for it may take long and
// leaves what was kept before as it was. The channel gives the outcome, once.
func (r *Runner) aside(ctx context.Context, seen schemas.Snapshot, outcome schemas.Outcome) <-chan schemas.Outcome {
	ended, halted, slot := make(chan schemas.Outcome, 1), r.halted, r.oneAside
	r.asides.Go(func() {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		go func() {
			select {
			case <-halted:
				stop(errStopped)
			case <-ctx.Done():
			}
		}()
		select {
		case slot <- struct{}{}:
			r.try(ctx, seen, &outcome)
			<-slot
		case <-ctx.Done():
		}
		if errors.Is(context.Cause(ctx), errStopped) && outcome.Status != schemas.OutcomeDone {
			outcome.Status, outcome.Note = schemas.OutcomeRefused, errStopped.Error()
		}
		r.endAside(ctx, &outcome)
		ended <- outcome
	})

	return ended
}

// endAside remembers how upkeep ended, between two turns.
func (r *Runner) endAside(ctx context.Context, outcome *schemas.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end(ctx, outcome)
	r.lookAgain([]schemas.Outcome{*outcome})
	r.tellOutcome(*outcome, map[string]string{})
}

// halt breaks upkeep off and waits until it has ended, but no longer than
// patience for what does not heed it.
func (r *Runner) halt() {
	r.mu.Lock()
	close(r.halted)
	r.loops = false
	r.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		r.asides.Wait()
		close(ended)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		r.Log.Error("upkeep does not end, and is left behind", "kind", "run", "status", "stopping")
	}
}
