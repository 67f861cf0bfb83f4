package runner

import (
	"context"
	"fmt"
	"slices"

	"rr/schemas"
)

// record writes the turn and its intents to the journal and takes them over
// into memory. Where it cannot, nothing may be performed: every intent becomes
// withheld, and what was learned goes with the next turn.
func (r *Runner) record(ctx context.Context, record *schemas.Record, c changes) error {
	begun := r.begin(record, &c)
	r.learn(record, c)
	r.memory.unsaved.merge(c)

	turn := schemas.Turn{
		Record: *record, Begun: begun, Policies: r.setup.Policies, Config: r.setup.Source,
		Verified: r.memory.unsaved.Verified, Incidents: r.memory.unsaved.Incidents, Falls: r.memory.unsaved.Falls, Events: r.memory.unsaved.Events,
	}
	if err := r.Journal.WriteTurn(context.WithoutCancel(ctx), turn); err != nil {
		r.withdraw(record, begun)
		r.restore(record, c.spent)
		return fmt.Errorf("record turn %d: %w", record.Snapshot.Turn, err)
	}
	r.memory.unsaved = changes{}
	r.memory.attempts = append(r.memory.attempts, begun...)

	return nil
}

// begin makes an attempt of every admitted action.
func (r *Runner) begin(record *schemas.Record, c *changes) []schemas.Attempt {
	now := record.Snapshot.Moment
	var begun []schemas.Attempt
	for i := range record.Outcomes {
		outcome := &record.Outcomes[i]
		if outcome.Status != schemas.OutcomeBegun {
			continue
		}
		outcome.Attempt = fmt.Sprintf("%d-%d", record.Snapshot.Turn, len(begun)+1)
		outcome.BeganAt = &now.At
		begun = append(begun, schemas.Attempt{
			ID: outcome.Attempt, Incident: c.act(outcome.Action.Subject, r.memory.incidents), Action: outcome.Action,
			Status: schemas.OutcomeBegun, State: schemas.AttemptPending, BeganMS: now.ClockMS, BeganAt: now.At,
		})
	}

	return begun
}

// act counts an action for the incident of its subject and returns its number,
// 0 where there is none.
func (c *changes) act(subject schemas.ID, remembered map[schemas.ID]schemas.Incident) int64 {
	for i := range c.Incidents {
		if c.Incidents[i].Subject == subject {
			c.Incidents[i].Acted++
			return c.Incidents[i].ID
		}
	}
	incident, open := remembered[subject]
	if !open {
		return 0
	}
	incident.Acted++
	c.Incidents = append(c.Incidents, incident)

	return incident.ID
}

// learn takes a turn over into memory, whether or not it can be written.
func (r *Runner) learn(record *schemas.Record, c changes) {
	m := &r.memory
	m.turn, m.asked, m.incident = record.Snapshot.Turn, record.Asked, c.incident
	m.falls = append(m.falls, c.Falls...)
	m.standing = record.Standing
	for _, incident := range c.Incidents {
		if incident.ClosedAt != nil {
			delete(m.incidents, incident.Subject)
			continue
		}
		m.incidents[incident.Subject] = incident
	}
	for _, a := range c.Verified {
		m.replace(a)
	}
}

func (m *memory) replace(a schemas.Attempt) {
	i := slices.IndexFunc(m.attempts, func(b schemas.Attempt) bool { return b.ID == a.ID })
	if i >= 0 {
		m.attempts[i] = a
	}
}

// withdraw turns intents that could not be recorded into withheld outcomes.
func (r *Runner) withdraw(record *schemas.Record, begun []schemas.Attempt) {
	for i := range record.Outcomes {
		outcome := &record.Outcomes[i]
		if outcome.Status != schemas.OutcomeBegun {
			continue
		}
		*outcome = schemas.Outcome{
			Action: outcome.Action, Status: schemas.OutcomeWithheld,
			Withheld: []schemas.Withheld{{Guard: schemas.GuardJournal, Note: "the journal cannot be written, and what is not recorded is not done"}},
		}
	}
	for _, a := range begun {
		if incident, open := r.memory.incidents[a.Action.Subject]; open {
			incident.Acted--
			r.memory.incidents[a.Action.Subject] = incident
			r.memory.unsaved.merge(changes{Incidents: []schemas.Incident{incident}})
		}
	}
}

// restore gives approvals back that were spent on what was not begun.
func (r *Runner) restore(record *schemas.Record, spent []schemas.Approval) {
	if len(spent) == 0 {
		return
	}
	standing := &r.memory.standing
	standing.Operator.Approvals = slices.Concat(standing.Operator.Approvals, spent)
	record.Standing = *standing
	r.memory.unsaved.Events = slices.DeleteFunc(r.memory.unsaved.Events, func(e schemas.Event) bool {
		return e.Kind == schemas.EventApprovalUsed && e.ClockMS == record.Snapshot.Moment.ClockMS
	})
}

// merge adds later changes to earlier ones; of one attempt or incident the
// later stays.
func (c *changes) merge(later changes) {
	for _, a := range later.Verified {
		c.Verified = slices.DeleteFunc(c.Verified, func(b schemas.Attempt) bool { return b.ID == a.ID })
		c.Verified = append(c.Verified, a)
	}
	for _, incident := range later.Incidents {
		c.Incidents = slices.DeleteFunc(c.Incidents, func(b schemas.Incident) bool { return b.ID == incident.ID })
		c.Incidents = append(c.Incidents, incident)
	}
	c.Falls = append(c.Falls, later.Falls...)
	c.Events = append(c.Events, later.Events...)
}
