package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"rr/schemas"
)

// parallel is how many targets are acted on at once. A turn holds at most one
// action per target, so those on one target are serial.
const parallel = 4

// perform does what was admitted and recorded, and records how it ended. It
// does not heed a stop: a turn that has begun is finished. Actors have
// deadlines of their own. Where turn follows turn, what is about backups goes on
// beside them; it is returned by its place among the outcomes.
func (r *Runner) perform(ctx context.Context, seen schemas.Snapshot, outcomes []schemas.Outcome) map[int]<-chan schemas.Outcome {
	asides := map[int]<-chan schemas.Outcome{}
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i := range outcomes {
		if outcomes[i].Status != schemas.OutcomeBegun {
			continue
		}
		actor := r.setup.Actors[outcomes[i].Action.Verb] // of the setup that decided, whatever is in force when it acts
		if r.loops && onBackups(outcomes[i].Action) {
			asides[i] = r.aside(ctx, actor, seen, outcomes[i])
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r.performOne(ctx, actor, seen, &outcomes[i])
		})
	}
	wg.Wait()
	r.lookAgain(outcomes)

	return asides
}

// lookAgain has whatever was acted on looked at in the next turn, before its
// interval has passed: what was seen of it is no longer so.
func (r *Runner) lookAgain(outcomes []schemas.Outcome) {
	for _, outcome := range outcomes {
		if outcome.EndedAt == nil {
			continue
		}
		for _, v := range r.views {
			if slices.Contains(v.Sources, outcome.Action.Target.Source()) || slices.Contains(v.Sources, outcome.Action.Subject.Source()) {
				v.again = true
			}
		}
	}
}

func (r *Runner) performOne(ctx context.Context, actor Actor, seen schemas.Snapshot, outcome *schemas.Outcome) {
	r.try(ctx, actor, seen, outcome)
	r.end(ctx, outcome)
	if r.Beat != nil {
		r.Beat()
	}
}

// try acts, and says how that went.
func (r *Runner) try(ctx context.Context, actor Actor, seen schemas.Snapshot, outcome *schemas.Outcome) {
	r.failpoint("acting")
	note, err := act(ctx, actor, outcome.Action, seen)
	r.failpoint("acted")
	switch {
	case err == nil:
		outcome.Status, outcome.Note = schemas.OutcomeDone, note
	case errors.Is(err, schemas.ErrRefused):
		outcome.Status, outcome.Note = schemas.OutcomeRefused, err.Error()
	case errors.Is(err, schemas.ErrOutcomeUnknown):
		outcome.Status, outcome.Note = schemas.OutcomeUnknown, err.Error()
	default:
		outcome.Status, outcome.Note = schemas.OutcomeFailed, err.Error()
	}
}

// end remembers and records how an action ended. Where that cannot be written
// the intent alone stands in the journal, so that an rr started now would take
// the outcome as unknown; this one writes it with the next turn.
func (r *Runner) end(ctx context.Context, outcome *schemas.Outcome) {
	r.ending.Lock()
	defer r.ending.Unlock()

	now := r.moment()
	outcome.EndedAt = &now.At
	i := slices.IndexFunc(r.memory.attempts, func(a schemas.Attempt) bool { return a.ID == outcome.Attempt })
	if i < 0 { // its subject went while it was at work, and it is forgotten
		return
	}
	a := r.memory.attempts[i]
	a.Status, a.Note, a.EndedMS, a.EndedAt = outcome.Status, outcome.Note, &now.ClockMS, &now.At
	switch a.Status {
	case schemas.OutcomeDone:
		if schemas.Routine(a.Action.Verb) { // it has proved itself
			a.State, a.VerifiedAt = schemas.AttemptRecovered, &now.At
		}
	case schemas.OutcomeFailed:
		a.State, a.VerifiedAt = schemas.AttemptFailed, &now.At
	case schemas.OutcomeRefused:
		a.State, a.VerifiedAt = schemas.AttemptRefused, &now.At
	}
	r.memory.attempts[i] = a
	if err := r.Journal.EndAttempt(context.WithoutCancel(ctx), a); err != nil {
		r.Log.Error("outcome not recorded", "kind", "journal", "target", a.Action.Target, "note", err)
		r.memory.unsaved.merge(changes{Verified: []schemas.Attempt{a}})
	}
}

// act is the panic barrier of one actor.
func act(ctx context.Context, actor Actor, a schemas.Action, seen schemas.Snapshot) (note string, err error) {
	if actor == nil {
		return "", fmt.Errorf("no actor for %s", a.Verb)
	}
	defer func() {
		if p := recover(); p != nil {
			note, err = "", fmt.Errorf("%s panicked: %v: %w", a.Verb, p, schemas.ErrOutcomeUnknown)
		}
	}()

	return actor.Act(ctx, a, seen)
}
