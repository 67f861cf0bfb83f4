package runner

import (
	"context"
	"fmt"
	"slices"

	"rr/schemas"
)

// Enter puts rr into an emergency, whatever health says, for
// emergency.forced_for; then health decides again.
func (r *Runner) Enter(ctx context.Context, by, reason string) (schemas.Standing, error) {
	return r.order(ctx, func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error) {
		until := now.ClockMS + r.setup.Config.Emergency.ForcedFor.MS()
		if s.Mode != schemas.ModeNormal && s.Mode != "" {
			s.Emergency.By, s.Emergency.Reason, s.Emergency.ForcedUntilMS, s.Emergency.Once = by, reason, &until, false
			return []schemas.Event{{Kind: schemas.EventMode, By: by, Reason: reason, Note: s.Mode + " is kept"}}, nil
		}
		return begin(s, now, schemas.Emergency{
			By: by, Reason: reason, ForcedUntilMS: &until, Plan: plan(r.setup.Config, sourcesOf(r.setup)),
		}), nil
	})
}

// begin puts a standing into an emergency.
func begin(s *schemas.Standing, now schemas.Moment, e schemas.Emergency) []schemas.Event {
	e.SinceAt, e.LookedMS = &now.At, now.ClockMS
	e.LowMS, e.HighMS = s.Emergency.LowMS, s.Emergency.HighMS
	s.Mode, s.Emergency = schemas.ModeEmergency, e

	return []schemas.Event{{Kind: schemas.EventMode, By: e.By, Reason: e.Reason, Note: schemas.ModeNormal + " to " + schemas.ModeEmergency}}
}

// Exit puts rr back to normal, and lifts what a shutdown froze. Health begins no
// emergency for emergency.forced_for.
func (r *Runner) Exit(ctx context.Context, by, reason string) (schemas.Standing, error) {
	return r.order(ctx, func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error) {
		normal := s.Mode == schemas.ModeNormal || s.Mode == ""
		if normal && s.Operator.Frozen == nil {
			return nil, fmt.Errorf("%w: rr is in no emergency", ErrOrder)
		}
		s.Operator.Frozen = nil
		was := s.Mode
		if !normal {
			until := now.ClockMS + r.setup.Config.Emergency.ForcedFor.MS()
			s.Mode = schemas.ModeNormal
			s.Emergency = schemas.Emergency{By: by, Reason: reason, SinceAt: &now.At, ForcedUntilMS: &until, LookedMS: now.ClockMS}
		}
		return []schemas.Event{{Kind: schemas.EventMode, By: by, Reason: reason, Note: was + " to " + schemas.ModeNormal}}, nil
	})
}

// Recover runs the recovery plan by hand, of a part of the world where on names
// one, within the same guards. Ladders that have ended there begin anew. It is
// over when the plan is. What rr itself runs under, as of the last turn, it is
// not to recover.
func (r *Runner) Recover(ctx context.Context, last schemas.Record, on, by, reason string) (schemas.Standing, error) {
	return r.orderThen(ctx, func(s *schemas.Standing, now schemas.Moment) ([]schemas.Event, error) {
		if onlySelf(on, last.Snapshot) {
			return nil, fmt.Errorf("%w: rr itself runs under %s, and does nothing to it: recover it with pm2, or run rr as a service of its own", ErrOrder, on)
		}
		if s.Mode != schemas.ModeNormal && s.Mode != "" {
			return nil, fmt.Errorf("%w: rr is in %s already, by %s: %s", ErrOrder, s.Mode, s.Emergency.By, s.Emergency.Reason)
		}
		return begin(s, now, schemas.Emergency{By: by, Reason: reason, Once: true, Plan: planOf(on, plan(r.setup.Config, sourcesOf(r.setup)))}), nil
	}, func(now schemas.Moment) { r.reopen(on, now) })
}

// onlySelf tells whether rr runs under all that is on what a person names.
func onlySelf(on string, s schemas.Snapshot) bool {
	all := slices.DeleteFunc(s.Subjects(), func(id schemas.ID) bool { return !id.In(on) })

	return len(all) > 0 && !slices.ContainsFunc(all, func(id schemas.ID) bool { return !s.RunsRR(id) })
}

// planOf keeps the backups of a plan and what of it is about a part of the world.
func planOf(on string, whole []schemas.Step) []schemas.Step {
	var steps []schemas.Step
	found := false
	for _, step := range whole {
		switch {
		case step.Recover == "", schemas.ID(step.Recover).In(on):
		case schemas.ID(on).In(step.Recover):
			step.Recover = on
		default:
			continue
		}
		found = found || step.Recover != ""
		steps = append(steps, step)
	}
	if !found {
		steps = append(steps, schemas.Step{Recover: on, TimeoutS: stepTimeoutS, State: schemas.StepWaiting})
	}

	return steps
}

// reopen ends incidents whose ladders have ended, so that the next turn begins
// new ones, whose ladders start from their first rung. Budgets stay spent.
func (r *Runner) reopen(on string, now schemas.Moment) {
	for id, incident := range r.memory.incidents {
		if incident.State != schemas.IncidentExhausted || !id.In(on) {
			continue
		}
		incident.State, incident.ClosedAt = schemas.IncidentReopened, &now.At
		delete(r.memory.incidents, id)
		r.memory.unsaved.merge(changes{Incidents: []schemas.Incident{incident}})
	}
}

// sourcesOf lists what a setup watches, by system/scope/kind.
func sourcesOf(s Setup) []string {
	var all []string
	for _, watch := range s.Watches {
		all = append(all, watch.Sources...)
	}

	return all
}
