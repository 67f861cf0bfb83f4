package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rr/schemas"
)

// Ledger keeps what a person asked for. It returns once that is on disk.
type Ledger interface {
	Keep(ctx context.Context, now schemas.Moment, s schemas.Standing, events []schemas.Event) error
}

// ErrOrder marks an order that cannot be followed, as that to resume what is not
// paused.
var ErrOrder = errors.New("order")

// order changes what stands, between two turns, and journals who changed it and
// why. What cannot be written is not changed.
func (r *Runner) order(ctx context.Context, change func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error)) (schemas.Standing, error) {
	return r.orderThen(ctx, change, func(schemas.Moment) {})
}

// orderThen is order, and does something more once that is on disk.
func (r *Runner) orderThen(ctx context.Context, change func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error), then func(now schemas.Moment)) (schemas.Standing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	now := r.moment()
	next := r.memory.standing
	pauses, over := pausesNow(next.Operator.Pauses, now)
	next.Operator.Pauses = pauses
	events, err := change(&next, now)
	if err != nil {
		return r.memory.standing, err
	}
	events = append(over, events...)
	for i := range events {
		events[i].At, events[i].ClockMS = now.At, now.ClockMS
	}
	if err := r.Ledger.Keep(context.WithoutCancel(ctx), now, next, events); err != nil {
		return r.memory.standing, fmt.Errorf("record what was asked for: %w", err)
	}
	r.memory.standing = next
	then(now)
	for _, e := range events {
		r.tellEvent(e)
	}

	return next, nil
}

// Standing is what stands now.
func (r *Runner) Standing() schemas.Standing {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.memory.standing
}

// Sources lists what is watched, by system/scope/kind.
func (r *Runner) Sources() []string {
	r.mu.Lock()
	defer r.mu.Unlock()

	return sourcesOf(r.setup)
}

// Pause keeps rr from acting on what on names for a time on rr's clock. One
// that is there already on the same is replaced.
func (r *Runner) Pause(ctx context.Context, on, by, reason string, length time.Duration) (schemas.Standing, error) {
	return r.order(ctx, func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error) {
		s.Operator.Pauses = append(withoutPause(s.Operator.Pauses, on), schemas.Pause{
			On: on, By: by, Reason: reason, SinceAt: now.At, UntilMS: now.ClockMS + length.Milliseconds(),
		})
		return []schemas.Event{{Kind: schemas.EventPaused, By: by, On: on, Reason: reason, Note: "for " + length.String()}}, nil
	})
}

func withoutPause(pauses []schemas.Pause, on string) []schemas.Pause {
	return slices.DeleteFunc(slices.Clone(pauses), func(p schemas.Pause) bool { return p.On == on })
}

// Resume ends the pause on what on names. On everything it ends what a shutdown
// froze too.
func (r *Runner) Resume(ctx context.Context, on, by, reason string) (schemas.Standing, error) {
	return r.order(ctx, func(s *schemas.Standing, _ schemas.Moment) ([]schemas.Event, error) {
		pauses := withoutPause(s.Operator.Pauses, on)
		frozen := on == "" && s.Operator.Frozen != nil
		if len(pauses) == len(s.Operator.Pauses) && !frozen {
			return nil, fmt.Errorf("%w: %s is not paused; %s", ErrOrder, everything(on), pausedNow(s.Operator))
		}
		s.Operator.Pauses = pauses
		if frozen {
			s.Operator.Frozen = nil
		}
		return []schemas.Event{{Kind: schemas.EventResumed, By: by, On: on, Reason: reason}}, nil
	})
}

func pausedNow(o schemas.Operator) string {
	if len(o.Pauses) == 0 {
		return "no pause is in force"
	}
	var names []string
	for _, p := range o.Pauses {
		names = append(names, everything(p.On))
	}

	return "paused: " + strings.Join(names, ", ")
}

// Freeze stops all automation until somebody resumes it.
func (r *Runner) Freeze(ctx context.Context, by, reason string) (schemas.Standing, error) {
	return r.order(ctx, func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error) {
		s.Operator.Frozen = &schemas.Freeze{By: by, Reason: reason, SinceAt: now.At}
		return []schemas.Event{{Kind: schemas.EventShutdown, By: by, Reason: reason}}, nil
	})
}

// Approve lets one action on a target pass that waits in the last turn, or that
// a person is about to ask for by hand. With verb empty it is the one that
// waits.
func (r *Runner) Approve(ctx context.Context, last schemas.Record, target schemas.ID, verb, by, reason string) (schemas.Standing, error) {
	return r.order(ctx, func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error) {
		verb, err := r.approvable(last, target, verb)
		if err != nil {
			return nil, err
		}
		expires := r.setup.Config.Approval.Expires
		approval := schemas.Approval{
			Verb: verb, Target: target, By: by, Reason: reason, GivenAt: now.At, UntilMS: now.ClockMS + expires.MS(),
			Facts: FactsOf(verb, target, r.memory.incidents[target].ID, r.memory.attempts, last.Decision.Findings),
		}
		s.Operator.Approvals = append(slices.DeleteFunc(slices.Clone(s.Operator.Approvals), func(a schemas.Approval) bool {
			return a.Verb == verb && a.Target == target
		}), approval)
		return []schemas.Event{{Kind: schemas.EventApproved, By: by, On: string(target), Reason: reason, Note: verb + " for " + expires.String()}}, nil
	})
}

// approvable finds the verb that an approval is for.
func (r *Runner) approvable(last schemas.Record, target schemas.ID, verb string) (string, error) {
	var waiting []string
	for _, a := range Waiting(last) {
		if a.Target == target && (verb == "" || verb == a.Verb) {
			return a.Verb, nil
		}
		waiting = append(waiting, a.Verb+" on "+string(a.Target))
	}
	byHand := schemas.Action{Verb: verb, Target: target, Subject: target, Policy: schemas.PolicyOperator}
	if verb != "" && picked(r.setup.Config.Approval.Required, byHand) {
		return verb, nil
	}
	if len(waiting) == 0 {
		return "", fmt.Errorf("%w: nothing waits for approval", ErrOrder)
	}

	return "", fmt.Errorf("%w: %s does not wait for approval; what waits: %s", ErrOrder, joinWords(verb, string(target)), strings.Join(waiting, ", "))
}

func joinWords(verb, target string) string {
	if verb == "" {
		return target
	}

	return verb + " on " + target
}
