package runner

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"rr/schemas"
)

// memory is what the runner remembers between turns: what the journal told at
// the start, and what has been added since. What could not be written yet is
// kept in unsaved and goes with the next turn.
type memory struct {
	turn      int64
	moment    schemas.Moment
	lookedMS  int64             // rr's clock at the last look
	attempts  []schemas.Attempt // oldest first
	incidents map[schemas.ID]schemas.Incident
	falls     []schemas.Fall
	asked     map[string]schemas.AskedSince
	incident  int64
	told      map[string]bool   // alerts of subjects that have no incident
	withheld  map[string]string // by target and verb: by which guards, as last told
	troubles  map[string]bool   // told and still there
	heldMS    int64             // rr's clock until which nothing is done, since the journal was lost
	unsaved   changes
	standing  schemas.Standing
}

// Recall takes over what the journal remembers. Attempts that were begun and
// never ended are ones that rr died in: their outcome is unknown, and they are
// looked at before anything else is done to their target.
func (r *Runner) Recall(m schemas.Memory) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.memory = memory{
		turn: m.Turn, moment: m.Moment, lookedMS: m.Moment.ClockMS, attempts: slices.Clone(m.Attempts), falls: slices.Clone(m.Falls), asked: m.Asked, incident: max(m.NextIncident-1, 0),
		standing:  m.Standing,
		incidents: map[schemas.ID]schemas.Incident{}, told: map[string]bool{},
	}
	for _, incident := range m.Incidents {
		if incident.ClosedAt == nil {
			r.memory.incidents[incident.Subject] = incident
		}
	}
	r.memory.told = r.memory.hanging(m.Alerts)
	now := r.moment()
	for i, a := range r.memory.attempts {
		if a.Status != schemas.OutcomeBegun {
			continue
		}
		a.Status = schemas.OutcomeUnknown
		a.Note = "rr ended in the middle of it"
		a.EndedMS, a.EndedAt = &now.ClockMS, &now.At
		r.memory.attempts[i] = a
		r.memory.unsaved.Verified = append(r.memory.unsaved.Verified, a)
	}
	if m.LostMS != nil {
		r.memory.heldMS = *m.LostMS + r.setup.Config.LongestWindow().Milliseconds()
	}
}

// moment is now, on rr's own clock too.
func (r *Runner) moment() schemas.Moment {
	now := r.Now()
	now.ClockMS = clockMS(r.memory.moment, now)
	r.memory.moment = now

	return now
}

// clockMS carries rr's clock on from an earlier moment. Within a boot it is the
// time since then; over a reboot only what the host has been up since is
// certain; on another host nothing is. It never goes back.
func clockMS(last, now schemas.Moment) int64 {
	switch {
	case last.HostID != now.HostID:
		return last.ClockMS
	case last.BootID != now.BootID:
		return last.ClockMS + max(now.BootMS, 0)
	}

	return last.ClockMS + max(now.BootMS-last.BootMS, 0)
}

// recall puts into a snapshot what is remembered, and forgets what no guard and
// no policy looks at any more.
func (r *Runner) recall(s *schemas.Snapshot) {
	window := r.setup.Config.LongestWindow()
	m := &r.memory
	m.notice(s.Moment.ClockMS, r.setup.Config)
	// A reload may lengthen the windows, so more is remembered than is looked at.
	m.attempts = slices.DeleteFunc(m.attempts, func(a schemas.Attempt) bool {
		return !m.counts(a, s.Moment.ClockMS-max(window, rememberFor).Milliseconds())
	})
	flapsSince := s.Moment.ClockMS - r.setup.Config.FlapWindow.MS()
	m.falls = slices.DeleteFunc(m.falls, func(f schemas.Fall) bool { return f.ClockMS < flapsSince })

	for _, a := range m.attempts {
		if m.counts(a, s.Moment.ClockMS-window.Milliseconds()) {
			s.Attempts = append(s.Attempts, a)
		}
	}
	for id, incident := range m.incidents {
		s.Incidents[id] = incident
	}
	for _, fall := range m.falls {
		s.Flaps[fall.Subject]++
	}
	for key, since := range m.asked {
		s.Asked[key] = since
	}
	s.HeldUntilMS = m.heldMS
	s.Operator, s.Emergency = m.standing.Operator, m.standing.Emergency
	s.Mode = cmp.Or(m.standing.Mode, schemas.ModeNormal)
}

// rememberFor is how long attempts are kept in memory at the least.
const rememberFor = 24 * time.Hour

// counts tells whether an attempt still matters: it is recent, not yet verified,
// or of an incident that is open.
func (m *memory) counts(a schemas.Attempt, sinceMS int64) bool {
	incident, open := m.incidents[a.Action.Subject]

	return a.BeganMS >= sinceMS || a.State == schemas.AttemptPending || open && incident.ID == a.Incident
}

// notice takes account of a time in which nobody looked: rr was stopped, or the
// host slept. It was neither healthy time nor time in which a policy asked.
func (m *memory) notice(nowMS int64, c schemas.Config) {
	gap := time.Duration(nowMS-m.lookedMS) * time.Millisecond
	m.lookedMS = nowMS
	if !unwatched(gap.Milliseconds(), c) {
		return
	}
	m.asked = nil
	for id, incident := range m.incidents {
		incident.HealthyMS = nil
		m.incidents[id] = incident
	}
}

// unwatched tells whether a time between two looks, in ms, is too long to be
// taken for one in which somebody looked.
func unwatched(gapMS int64, c schemas.Config) bool {
	return time.Duration(gapMS)*time.Millisecond > max(3*c.Interval.Of(), shortGap)
}

// shortGap is a time without a look that changes nothing, such as that of a
// restart of rr.
const shortGap = 15 * time.Second

// askedKey is the key of Snapshot.Asked.
func askedKey(a schemas.Action) string {
	return strings.Join([]string{string(a.Target), a.Verb, a.Policy}, " ")
}

// askedSince says since when each action has been asked for, this turn
// included. While the facts of a subject are unknown nothing can be asked, which
// is a break.
func askedSince(s schemas.Snapshot, actions []schemas.Action) map[string]schemas.AskedSince {
	asked := make(map[string]schemas.AskedSince, len(actions))
	for _, a := range actions {
		key := askedKey(a)
		since, before := s.Asked[key]
		if !before {
			since = schemas.AskedSince{ClockMS: s.Moment.ClockMS}
		}
		asked[key] = since
	}

	return asked
}
