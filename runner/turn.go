package runner

import (
	"context"
	"fmt"
	"slices"

	"rr/schemas"
)

// Report is what one turn came to.
type Report struct {
	Record   schemas.Record    // as journalled, outcomes as they ended
	Verified []schemas.Attempt // attempts that this turn found recovered or failed
	Told     []schemas.Alert   // alerts told for the first time
	Closed   []schemas.Incident
	Events   []schemas.Event // of what stands
	Unsaved  error           // why the journal could not be written; nothing was performed
}

// ByHand is an action that a person asks for.
type ByHand struct {
	Action schemas.Action
	DryRun bool
}

// Turn takes one turn: it plans, records, performs and records again. With hand
// set, just that action is considered; what policies ask for waits for the next
// turn. A person is told how it ended, also where it goes on beside the turns.
func (r *Runner) Turn(ctx context.Context, hand *ByHand) (Report, error) {
	report, ended, err := r.turn(ctx, hand)
	if hand != nil && len(ended) > 0 {
		r.waitAside(&report, ended, r.leaving())
	}

	return report, err
}

func (r *Runner) turn(ctx context.Context, hand *ByHand) (report Report, asides map[int]<-chan schemas.Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	report, changes, err := r.plan(ctx, hand)
	if err != nil {
		return Report{}, nil, err
	}

	r.failpoint("planned")
	report.Unsaved = r.record(ctx, &report.Record, changes)
	r.tellFound(&report)
	if report.Unsaved == nil {
		r.failpoint("recorded")
		report.Events = append(report.Events, r.backUp(ctx, &report.Record)...)
		asides = r.perform(ctx, report.Record.Snapshot, report.Record.Outcomes)
		r.failpoint("performed")
	}
	r.tellDone(report)

	return report, asides, nil
}

// Plan does all of a turn that changes nothing: the same sweep, decision and
// admission, neither recorded nor performed.
func (r *Runner) Plan(ctx context.Context) (Report, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	report, _, err := r.plan(ctx, nil)

	return report, err
}

// Replan decides and admits a snapshot that was taken earlier, as Plan does
// one that is taken now.
func (r *Runner) Replan(ctx context.Context, s schemas.Snapshot) (Report, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	report, _, err := r.judge(ctx, s)

	return report, err
}

func (r *Runner) plan(ctx context.Context, hand *ByHand) (Report, changes, error) {
	s := r.sweep(ctx)
	s.DryRun = r.DryRun
	if hand != nil {
		s.DryRun, s.Hand = s.DryRun || hand.DryRun, &hand.Action
	}
	r.failpoint("swept")

	return r.judge(ctx, s)
}

func (r *Runner) judge(ctx context.Context, s schemas.Snapshot) (Report, changes, error) {
	d, err := r.decide(ctx, s)
	if err != nil {
		return Report{}, changes{}, fmt.Errorf("decide turn %d: %w", s.Turn, err)
	}
	r.failpoint("decided")

	config := r.setup.Config
	actions := d.Actions
	if s.Hand != nil {
		actions = []schemas.Action{*s.Hand}
	}

	standing, events := stand(s, d)
	steered := (&steering{snapshot: s, decision: d, config: config, backups: r.setup.Backups != nil, standing: &standing}).steer()
	outcomes := admit(s, d, standing, actions, config)
	spent, used := spend(&standing, outcomes, config, s.Moment)
	alerts := slices.Concat(emergencyAlerts(standing), waits(outcomes, d, config))
	c := settle(s, d, alerts, config, r.memory.incident)
	c.Events, c.spent = slices.Concat(events, steered, used), spent

	record := schemas.Record{
		Snapshot: s,
		Decision: d,
		Outcomes: outcomes,
		Asked:    askedSince(s, d.Actions),
		Standing: standing,
		Alerts:   alerts,
	}

	return Report{Record: record, Verified: c.Verified, Told: c.Told, Closed: c.Closed, Events: c.Events}, c, nil
}

// Moment is now, on rr's own clock too.
func (r *Runner) Moment() schemas.Moment {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.moment()
}

// Sweep looks as a turn does, and does no more.
func (r *Runner) Sweep(ctx context.Context) schemas.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.sweep(ctx)
}

// decide is the panic barrier of the decider.
func (r *Runner) decide(ctx context.Context, s schemas.Snapshot) (d schemas.Decision, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decider panicked: %v", p)
		}
	}()

	return r.setup.Decider.Decide(ctx, s)
}
