package runner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"rr/schemas"
)

// changes is what a decision means for what is remembered.
type changes struct {
	Verified  []schemas.Attempt
	Incidents []schemas.Incident // new or changed
	Closed    []schemas.Incident // those of them that ended
	Falls     []schemas.Fall
	Told      []schemas.Alert    // not told before
	Events    []schemas.Event    // of what stands
	incident  int64              // highest number given to an incident
	spent     []schemas.Approval // used up by what is about to begin
}

// How a subject is, for the sake of its incident.
const (
	isUnknown = iota
	isHealthy
	isUnhealthy
	isGone
)

// settle verifies earlier attempts and opens, keeps and closes incidents. It
// changes nothing itself. own are the alerts of rr itself; lastIncident is the
// highest number given so far.
func settle(s schemas.Snapshot, d schemas.Decision, own []schemas.Alert, c schemas.Config, lastIncident int64) changes {
	out := changes{incident: lastIncident}
	alerts := alertsBySubject(slices.Concat(d.Alerts, own))
	lacks := lacking(d, c)
	now := maps.Clone(s.Incidents)
	if now == nil {
		now = map[schemas.ID]schemas.Incident{}
	}
	for _, id := range rootsFirst(subjectsOf(s, d), lacks) {
		how := condition(id, s, d, c)
		before, open := s.Incidents[id]
		incident, fell := before, false
		switch {
		case open:
			incident, fell = advance(before, how, s.Moment, c)
		case how == isUnhealthy:
			out.incident++
			incident, fell, open = openIncident(out.incident, id, s, d, out.Incidents), true, true
		}
		if fell {
			out.Falls = append(out.Falls, schemas.Fall{Subject: id, ClockMS: s.Moment.ClockMS})
		}
		if open {
			incident = attach(incident, lacks, now)
			now[id] = incident
			told := tellIncident(&incident, alerts[id])
			if incident.Of == 0 { // the first of its cause is told of for all
				out.Told = append(out.Told, told...)
			}
			out.keep(before, incident)
		}
		out.Verified = append(out.Verified, verify(id, s, d, how, fell, incident, open, c)...)
	}

	return out
}

func subjectsOf(s schemas.Snapshot, d schemas.Decision) []schemas.ID {
	ids := map[schemas.ID]bool{}
	for id := range d.Health.Subjects {
		ids[id] = true
	}
	for id := range s.Incidents {
		ids[id] = true
	}
	for _, a := range s.Attempts {
		if a.State == schemas.AttemptPending {
			ids[a.Action.Subject] = true
		}
	}

	return slices.Sorted(maps.Keys(ids))
}

// rootsFirst orders subjects so that what others need comes before them: its
// incident is opened first.
func rootsFirst(ids []schemas.ID, lacking map[schemas.ID]schemas.ID) []schemas.ID {
	slices.SortStableFunc(ids, func(a, b schemas.ID) int { return cmp.Compare(depth(a, lacking), depth(b, lacking)) })

	return ids
}

func depth(id schemas.ID, lacking map[schemas.ID]schemas.ID) int {
	n := 0
	for next, lacks := lacking[id]; lacks; next, lacks = lacking[next] {
		n++
	}

	return n
}

func condition(id schemas.ID, s schemas.Snapshot, d schemas.Decision, c schemas.Config) int {
	health, judged := d.Health.Subjects[id]
	_, watched := s.Sources[id.Source()]
	switch {
	case !watched:
		return isGone // its scope is no longer configured
	case !judged && s.Sources[id.Source()].State == schemas.SourceOK:
		return isGone
	case !judged || health.Score == nil:
		return isUnknown
	case *health.Score >= c.Health.Healthy:
		return isHealthy
	}

	return isUnhealthy
}

func openIncident(number int64, id schemas.ID, s schemas.Snapshot, d schemas.Decision, openedNow []schemas.Incident) schemas.Incident {
	worst := worstFinding(id, d)

	return schemas.Incident{
		ID: number, Subject: id, State: schemas.IncidentOpen, Reason: worst.Reason, OpenedAt: s.Moment.At, OpenedMS: s.Moment.ClockMS,
		Cause: worst.Cause, Of: firstOf(worst.Cause, s, openedNow),
	}
}

// firstOf is the number of the oldest incident of a cause that is open, 0 where
// there is none: one deleted folder is one incident, not one a process.
func firstOf(cause string, s schemas.Snapshot, openedNow []schemas.Incident) int64 {
	if cause == "" {
		return 0
	}
	first := int64(0)
	consider := func(i schemas.Incident) {
		if i.Cause == cause && i.Of == 0 && i.ClosedAt == nil && (first == 0 || i.ID < first) {
			first = i.ID
		}
	}
	for _, incident := range s.Incidents {
		consider(incident)
	}
	for _, incident := range openedNow {
		consider(incident)
	}

	return first
}

func worstFinding(id schemas.ID, d schemas.Decision) schemas.Finding {
	worst := schemas.Finding{Score: 101}
	for _, f := range d.Findings {
		if f.Subject == id && f.Score < worst.Score {
			worst = f
		}
	}

	return worst
}

// advance takes an incident one turn further and says whether its subject fell
// below healthy again.
func advance(i schemas.Incident, how int, now schemas.Moment, c schemas.Config) (next schemas.Incident, fell bool) {
	switch how {
	case isUnknown:
		i.HealthyMS = nil
	case isUnhealthy:
		fell = i.HealthyMS != nil
		if fell {
			i.Flaps++
		}
		i.HealthyMS = nil
	case isHealthy:
		if i.HealthyMS == nil {
			i.HealthyMS = &now.ClockMS
		}
		if now.ClockMS-*i.HealthyMS >= c.Settle.MS() {
			i.State, i.ClosedAt = schemas.IncidentRecovered, &now.At
		}
	case isGone:
		i.State, i.ClosedAt = schemas.IncidentGone, &now.At
	}

	return i, fell
}

// keep remembers an incident that changed.
func (c *changes) keep(before, after schemas.Incident) {
	same := before.ID == after.ID && before.State == after.State && before.Flaps == after.Flaps &&
		equalMS(before.HealthyMS, after.HealthyMS) && before.Needs == after.Needs && before.Of == after.Of && len(before.Alerts) == len(after.Alerts)
	if same {
		return
	}
	c.Incidents = append(c.Incidents, after)
	if after.ClosedAt != nil {
		c.Closed = append(c.Closed, after)
	}
}

func equalMS(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}

	return *a == *b
}

// verify says how the pending attempts for a subject turned out: recovered once
// it was healthy for the settle time, failed when it is unhealthy after that
// time or fell again, pending for as long as it cannot be told.
func verify(id schemas.ID, s schemas.Snapshot, d schemas.Decision, how int, fell bool, incident schemas.Incident, open bool, c schemas.Config) []schemas.Attempt {
	var verified []schemas.Attempt
	for _, a := range s.Attempts {
		if a.Action.Subject != id || a.State != schemas.AttemptPending || a.Status == schemas.OutcomeBegun && how != isGone {
			continue // nothing came of it yet
		}
		since := a.BeganMS
		if a.EndedMS != nil {
			since = *a.EndedMS
		}
		age := time.Duration(s.Moment.ClockMS-s.Sources[id.Source()].AgeMS-since) * time.Millisecond // that its facts show
		settled := age >= c.Settle.Of() && !stillInWork(a, age, d, c)
		switch {
		case how == isGone:
			a.State, a.Note = schemas.AttemptFailed, joinNote(a.Note, "its subject is gone")
		case how == isUnhealthy && fell:
			a.State, a.Note = schemas.AttemptFailed, joinNote(a.Note, fmt.Sprintf("healthy, then not again after %s", age.Round(time.Second)))
		case how == isUnhealthy && settled:
			a.State, a.Note = schemas.AttemptFailed, joinNote(a.Note, fmt.Sprintf("not healthy after %s", age.Round(time.Second)))
		case how == isHealthy && open && incident.State == schemas.IncidentRecovered, how == isHealthy && !open && settled:
			a.State = schemas.AttemptRecovered
		default:
			continue
		}
		a.VerifiedAt = &s.Moment.At
		verified = append(verified, a)
	}

	return verified
}

// stillInWork tells whether what an attempt began is seen to run, within the
// time that its rung gives it.
func stillInWork(a schemas.Attempt, age time.Duration, d schemas.Decision, c schemas.Config) bool {
	rung, _ := c.Rung(a.Action.Verb, a.Action.Target)

	return age < rung.Within.Of() && slices.ContainsFunc(d.Findings, func(f schemas.Finding) bool {
		return f.InWork && f.Subject == a.Action.Subject
	})
}

func joinNote(note, more string) string {
	switch {
	case note == "":
		return more
	case more == "":
		return note
	}

	return note + "; " + more
}

func alertsBySubject(alerts []schemas.Alert) map[schemas.ID][]schemas.Alert {
	by := map[schemas.ID][]schemas.Alert{}
	for _, alert := range alerts {
		by[alert.Subject] = append(by[alert.Subject], alert)
	}

	return by
}

// tellIncident hangs alerts on an incident and returns those that are new to
// it. One policy tells one thing of each severity once an incident; rr itself
// tells each thing once.
func tellIncident(incident *schemas.Incident, alerts []schemas.Alert) []schemas.Alert {
	var told []schemas.Alert
	for _, alert := range alerts {
		if alert.Exhausted && incident.State == schemas.IncidentOpen {
			incident.State = schemas.IncidentExhausted
		}
		known := slices.ContainsFunc(incident.Alerts, func(a schemas.Alert) bool {
			return a.Policy == alert.Policy && a.Severity == alert.Severity && a.Exhausted == alert.Exhausted &&
				(a.Policy != schemas.ByRR || a.Reason == alert.Reason)
		})
		if !known {
			incident.Alerts = append(slices.Clone(incident.Alerts), alert)
			told = append(told, alert)
		}
	}

	return told
}
