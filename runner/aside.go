package runner

import (
	"context"
	"errors"
	"time"

	"rr/schemas"
)

// patience is how long a stop waits for a backup that does not heed it.
const patience = 10 * time.Second

// errBrokenOff is why something beside the turns did not come to its end.
var errBrokenOff = errors.New("it was broken off, for rr was stopped or an emergency took a backup of its own")

// leftBehind is what a person is told who waits for what does not end.
const leftBehind = "rr was stopped, and it did not end: it is left behind, and is looked at by the next start"

// asides is what is done beside the turns, one at a time.
type asides struct {
	slot   chan struct{} // full while one is at work
	broken chan struct{} // closed where those that are under way are broken off
	left   chan struct{} // closed where nobody waits for them any more
}

func newAsides() *asides {
	return &asides{slot: make(chan struct{}, 1), broken: make(chan struct{}), left: make(chan struct{})}
}

// aside does what is about rr's own backups beside the turns: one of much, or
// onto a disk that hangs, holds up no healing. One is done at a time, so that
// all together take no more than one of them. It is broken off by a stop, since
// it may take long and leaves what was kept before as it was. The channel gives
// the outcome, once.
func (r *Runner) aside(ctx context.Context, actor Actor, seen schemas.Snapshot, outcome schemas.Outcome) <-chan schemas.Outcome {
	ended, broken, slot := make(chan schemas.Outcome, 1), r.asides.broken, r.asides.slot
	r.beside.Go(func() {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		go func() {
			select {
			case <-broken:
				stop(errBrokenOff)
			case <-ctx.Done():
			}
		}()
		select {
		case slot <- struct{}{}:
			r.try(ctx, actor, seen, &outcome)
			<-slot
		case <-ctx.Done():
			outcome.Status, outcome.Note = schemas.OutcomeRefused, errBrokenOff.Error()
		}
		if errors.Is(context.Cause(ctx), errBrokenOff) && outcome.Status == schemas.OutcomeFailed && schemas.Routine(outcome.Action.Verb) {
			outcome.Status, outcome.Note = schemas.OutcomeRefused, errBrokenOff.Error()
		}
		r.endAside(ctx, &outcome)
		ended <- outcome
	})

	return ended
}

// endAside remembers how it ended, between two turns.
func (r *Runner) endAside(ctx context.Context, outcome *schemas.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end(ctx, outcome)
	r.lookAgain([]schemas.Outcome{*outcome})
	r.tellOutcome(*outcome, map[string]string{})
}

// breakOff ends what is done beside the turns, so that its locks are free, and
// does not wait for it. What begins later is not broken off.
func (r *Runner) breakOff() {
	if r.asides == nil {
		return
	}
	close(r.asides.broken)
	r.asides.broken = make(chan struct{})
}

// halt breaks off what is done beside the turns and waits until it has ended,
// but no longer than patience for what does not heed it.
func (r *Runner) halt() {
	r.mu.Lock()
	r.breakOff()
	r.loops = false
	left := r.asides.left
	r.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		r.beside.Wait()
		close(ended)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		r.Log.Error("a backup does not end, and is left behind", "kind", "run", "status", "stopping")
	}
	close(left)
}

// waitAside puts the outcomes into a report that a person waits for.
func (r *Runner) waitAside(report *Report, ended map[int]<-chan schemas.Outcome, left <-chan struct{}) {
	for i, ended := range ended {
		select {
		case report.Record.Outcomes[i] = <-ended:
		case <-left:
			select {
			case report.Record.Outcomes[i] = <-ended: // at the same time
			default:
				report.Record.Outcomes[i].Status, report.Record.Outcomes[i].Note = schemas.OutcomeUnknown, leftBehind
			}
		}
	}
}

// leaving is closed once nobody waits for what is beside the turns any more.
func (r *Runner) leaving() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.asides.left
}
