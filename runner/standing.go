package runner

import (
	"fmt"
	"slices"
	"time"

	"rr/schemas"
)

// stand carries what stands over into a turn: without pauses whose time is over
// and approvals that hold no longer.
func stand(s schemas.Snapshot, d schemas.Decision) (schemas.Standing, []schemas.Event) {
	next := schemas.Standing{Mode: s.Mode, Emergency: s.Emergency, Operator: s.Operator}
	now := s.Moment
	var events []schemas.Event
	next.Operator.Pauses, events = pausesNow(s.Operator.Pauses, now)
	next.Operator.Approvals = slices.DeleteFunc(slices.Clone(s.Operator.Approvals), func(a schemas.Approval) bool {
		why := void(a, s, d)
		if why != "" {
			events = append(events, event(now, schemas.EventApprovalVoid, string(a.Target), "", a.Verb+": "+why))
		}
		return why != ""
	})

	return next, events
}

// pausesNow leaves out pauses whose time is over.
func pausesNow(pauses []schemas.Pause, now schemas.Moment) (left []schemas.Pause, events []schemas.Event) {
	left = slices.DeleteFunc(slices.Clone(pauses), func(p schemas.Pause) bool {
		over := now.ClockMS >= p.UntilMS
		if over {
			events = append(events, event(now, schemas.EventPauseOver, p.On, "", "that of "+p.By))
		}
		return over
	})

	return left, events
}

// event is something that rr itself did to what stands.
func event(now schemas.Moment, kind, on, reason, note string) schemas.Event {
	return schemas.Event{Kind: kind, By: schemas.ByRR, On: on, Reason: reason, Note: note, At: now.At, ClockMS: now.ClockMS}
}

// void says why an approval holds no longer, nothing where it does. While its
// target is unknown it can be neither used nor judged.
func void(a schemas.Approval, s schemas.Snapshot, d schemas.Decision) string {
	if s.Moment.ClockMS >= a.UntilMS {
		return "its time is over"
	}
	if _, judged := d.Health.Subjects[a.Target]; !judged || s.Sources[a.Target.Source()].State != schemas.SourceOK {
		return ""
	}
	if FactsOf(a.Verb, a.Target, s.Incidents[a.Target].ID, s.Attempts, d.Findings) != a.Facts {
		return "the facts that it was given for have changed"
	}

	return ""
}

// FactsOf names what an approval is given for: what is held against the target
// and how far its ladder has come. It is made of judgements and not of facts,
// because facts such as memory change with every look, and those that matter
// change a judgement: which policies find something, how bad, and why. Another
// incident is another matter, and so is the same one after a further attempt.
func FactsOf(verb string, target schemas.ID, incident int64, attempts []schemas.Attempt, findings []schemas.Finding) string {
	facts := struct {
		Verb     string
		Target   schemas.ID
		Incident int64
		Tried    int
		Held     []string
	}{Verb: verb, Target: target, Incident: incident}
	for _, a := range attempts {
		if incident != 0 && a.Incident == incident && a.Action.Target == target && a.State != schemas.AttemptRefused {
			facts.Tried++
		}
	}
	for _, f := range findings {
		if f.Subject == target {
			facts.Held = append(facts.Held, f.Policy+" "+f.Severity+" "+f.Cause)
		}
	}
	slices.Sort(facts.Held)
	facts.Held = slices.Compact(facts.Held)
	hash, err := schemas.Hash(facts)
	if err != nil {
		return "" // texts and numbers are always JSON
	}

	return hash
}

// spend takes the approvals away that actions which are about to begin pass by.
func spend(standing *schemas.Standing, outcomes []schemas.Outcome, c schemas.Config, now schemas.Moment) (spent []schemas.Approval, events []schemas.Event) {
	for _, o := range outcomes {
		if o.Status != schemas.OutcomeBegun || !picked(c.Approval.Required, o.Action) {
			continue
		}
		standing.Operator.Approvals = slices.DeleteFunc(slices.Clone(standing.Operator.Approvals), func(a schemas.Approval) bool {
			uses := a.Verb == o.Action.Verb && a.Target == o.Action.Target
			if uses {
				spent = append(spent, a)
				events = append(events, event(now, schemas.EventApprovalUsed, string(a.Target), a.Reason, a.Verb+", approved by "+a.By))
			}
			return uses
		})
	}

	return spent, events
}

// waits tells of actions that nothing but a person can do, or let pass.
func waits(outcomes []schemas.Outcome, d schemas.Decision, c schemas.Config) []schemas.Alert {
	var alerts []schemas.Alert
	for _, o := range outcomes {
		if o.Action.Policy != schemas.PolicyOperator && forGood(o.Withheld) {
			alerts = append(alerts, leftToAPerson(o.Action, d, c))
		}
		if len(o.Withheld) == 1 && o.Withheld[0].Guard == schemas.GuardNeedsApproval {
			alerts = append(alerts, schemas.Alert{
				Subject: o.Action.Subject, Policy: schemas.ByRR, At: o.Action.At, Severity: schemas.SeverityWarning,
				Reason: fmt.Sprintf("%s waits for approval: rr approve %s %s", o.Action.Verb, o.Action.Target, o.Action.Verb),
			})
		}
	}

	return alerts
}

// forGood tells whether what withholds an action will do so for ever: rr would
// end itself, and it is due but for that.
func forGood(withheld []schemas.Withheld) bool {
	self := false
	for _, w := range withheld {
		switch w.Guard {
		case schemas.GuardSelfHarm:
			self = true
		case schemas.GuardForS, schemas.GuardPaused, schemas.GuardShadow, schemas.GuardSourceUnknown, schemas.GuardNeeds, schemas.GuardDryRun:
			return false
		}
	}

	return self
}

// leftToAPerson tells of an action that rr never does, since it would end rr: as
// far as rr goes its ladder has ended.
func leftToAPerson(a schemas.Action, d schemas.Decision, c schemas.Config) schemas.Alert {
	alert := schemas.Alert{
		Subject: a.Subject, Policy: schemas.ByRR, At: a.At, Severity: schemas.SeverityWarning, Exhausted: true,
		Reason: fmt.Sprintf("%s of %s is due and left to a person: rr itself runs under it", a.Verb, a.Target),
	}
	if score := d.Health.Subjects[a.Subject].Score; score != nil && *score < c.Health.Critical {
		alert.Severity = schemas.SeverityCritical
	}

	return alert
}

// Waiting lists the actions of a turn that wait for a person.
func Waiting(r schemas.Record) []schemas.Action {
	waiting := []schemas.Action{}
	for _, o := range r.Outcomes {
		if slices.ContainsFunc(o.Withheld, func(w schemas.Withheld) bool { return w.Guard == schemas.GuardNeedsApproval }) {
			waiting = append(waiting, o.Action)
		}
	}

	return waiting
}

func picked(selectors []schemas.Selector, a schemas.Action) bool {
	return slices.ContainsFunc(selectors, func(s schemas.Selector) bool { return s.Picks(a) })
}

// frozen refuses everything where rr was shut down, and in an emergency what is
// no part of the plan, or of a step that it has not come to.
func (g guarded) frozen(a schemas.Action) *schemas.Withheld {
	if f := g.standing.Operator.Frozen; f != nil {
		return &schemas.Withheld{
			Guard: schemas.GuardFrozen,
			Note:  fmt.Sprintf("%s shut rr down at %s: %s; rr resume lifts it", f.By, f.SinceAt.Format(time.RFC3339), f.Reason),
		}
	}

	if g.standing.Mode == schemas.ModeNormal || g.standing.Mode == "" || inPlan(g.standing, a) || onBackups(a) {
		return nil
	}
	e := g.standing.Emergency

	return &schemas.Withheld{
		Guard: schemas.GuardFrozen,
		Note:  fmt.Sprintf("%s by %s: %s; %s; rr emergency status tells of it", g.standing.Mode, e.By, e.Reason, placeInPlan(e.Plan, a)),
	}
}

// onBackups tells whether an action is on rr's own backups: routine, or a restore,
// which only a person asks for. An emergency freezes neither: it is when both
// are needed most.
func onBackups(a schemas.Action) bool {
	return schemas.Routine(a.Verb) || a.Policy == schemas.PolicyOperator && a.Target.System() == "backup"
}

// paused refuses what a person or a maintenance window pauses, and tells the
// one that lasts longest.
func (g guarded) paused(a schemas.Action) *schemas.Withheld {
	var held *schemas.Withheld
	consider := func(on string, until time.Time, format string, args ...any) {
		if (a.Target.In(on) || a.Subject.In(on)) && (held == nil || until.After(*held.Until)) {
			held = &schemas.Withheld{Guard: schemas.GuardPaused, Until: &until, Note: fmt.Sprintf(format, args...)}
		}
	}
	for _, p := range g.standing.Operator.Pauses {
		consider(p.On, *g.at(p.UntilMS), "%s paused %s: %s", p.By, everything(p.On), p.Reason)
	}
	for _, w := range g.windows {
		consider(w.Maintenance.On, w.Until, "maintenance of %s: %s", everything(w.Maintenance.On), w.Maintenance.Reason)
	}

	return held
}

func everything(on string) string {
	if on == "" {
		return "everything"
	}

	return on
}

// needsApproval refuses what a person has to approve and has not.
func (g guarded) needsApproval(a schemas.Action) *schemas.Withheld {
	if !picked(g.config.Approval.Required, a) {
		return nil
	}
	given := slices.ContainsFunc(g.standing.Operator.Approvals, func(p schemas.Approval) bool {
		return p.Verb == a.Verb && p.Target == a.Target
	})
	if given {
		return nil
	}

	return &schemas.Withheld{Guard: schemas.GuardNeedsApproval, Note: fmt.Sprintf("a person has to approve it: rr approve %s %s", a.Target, a.Verb)}
}

// shadow refuses what the configuration wants to be told and never done.
func (g guarded) shadow(a schemas.Action) *schemas.Withheld {
	if !picked(g.config.Shadow, a) {
		return nil
	}

	return &schemas.Withheld{Guard: schemas.GuardShadow, Note: "the configuration wants it told and not done"}
}
