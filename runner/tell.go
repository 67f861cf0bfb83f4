package runner

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"rr/schemas"
)

// tellFound logs what a turn found, one line per event, before anything is done
// about it: a backup or an act may take long, and a person is to know at once.
// The journal is the record; this is for whoever reads along.
func (r *Runner) tellFound(report *Report) {
	report.Told = append(report.Told, r.toldOnce(report.Record)...)
	for _, a := range report.Verified {
		r.Log.Info("attempt verified", "kind", "verify", "target", a.Action.Target, "policy", a.Action.Policy, "status", a.State,
			"note", joinNote(a.Action.Verb, a.Note))
	}
	for _, incident := range report.Closed {
		r.Log.Info("incident ended", "kind", "incident", "target", incident.Subject, "status", incident.State, "note", incident.Reason)
	}
	for _, e := range report.Events {
		r.tellEvent(e)
	}
	for _, alert := range report.Told {
		r.Log.Warn(alert.Reason, "kind", "alert", "target", alert.Subject, "policy", alert.Policy, "status", alert.Severity)
	}
}

// tellDone logs what came of it.
func (r *Runner) tellDone(report Report) {
	withheld := map[string]string{}
	for _, outcome := range report.Record.Outcomes {
		r.tellOutcome(outcome, withheld)
	}
	r.memory.withheld = withheld
	troubles := map[string]bool{}
	for _, e := range report.Record.Decision.Errors {
		if r.newTrouble(troubles, e.Policy+" "+string(e.Subject)+" "+e.Error) {
			r.Log.Error("policy failed", "kind", "policy", "target", e.Subject, "policy", e.Policy, "note", joinNote(e.At, e.Error))
		}
	}
	if report.Unsaved != nil && r.newTrouble(troubles, "journal") {
		r.Log.Error("turn not recorded, so nothing was done", "kind", "journal", "note", report.Unsaved)
	}
	if report.Unsaved == nil && r.memory.troubles["journal"] {
		r.Log.Info("turns are recorded again", "kind", "journal", "status", "ok")
	}
	r.memory.troubles = troubles
}

// tellEvent tells what happened to what stands.
func (r *Runner) tellEvent(e schemas.Event) {
	r.Log.Info(e.Kind, "kind", "standing", "target", e.On, "status", e.By, "note", strings.Trim(joinNote(e.Reason, e.Note), "; "))
}

// newTrouble notes a trouble of this turn and tells whether it was none of the
// turn before, so that each is told when it begins.
func (r *Runner) newTrouble(now map[string]bool, key string) bool {
	now[key] = true

	return !r.memory.troubles[key]
}

// tellOutcome tells what was done at once, and what is withheld when it begins
// to be, or is by other guards than in the turn before.
func (r *Runner) tellOutcome(outcome schemas.Outcome, withheld map[string]string) {
	level, note := slog.LevelInfo, outcome.Note
	switch outcome.Status {
	case schemas.OutcomeFailed, schemas.OutcomeUnknown:
		level = slog.LevelError
	case schemas.OutcomeWithheld:
		guards := outcome.Action.Verb
		for _, w := range outcome.Withheld {
			guards, note = guards+" "+w.Guard, joinNote(note, w.Guard+": "+w.Note)
		}
		key := string(outcome.Action.Target) + " " + outcome.Action.Verb
		withheld[key] = guards
		if r.memory.withheld[key] == guards {
			level = slog.LevelDebug
		}
	}
	r.Log.Log(context.Background(), level, outcome.Action.Verb, "kind", "action", "target", outcome.Action.Target,
		"policy", outcome.Action.Policy, "status", outcome.Status, "note", joinNote(outcome.Action.Reason, note))
}

// toldOnce picks the alerts that hang on no incident and were not told since
// they last stopped.
func (r *Runner) toldOnce(record schemas.Record) []schemas.Alert {
	alerts := slices.Concat(record.Decision.Alerts, record.Alerts)
	standing := r.memory.hanging(alerts)
	var told []schemas.Alert
	for _, alert := range alerts {
		if key := alertKey(alert); standing[key] && !r.memory.told[key] {
			told = append(told, alert)
		}
	}
	r.memory.told = standing

	return told
}

// hanging are the alerts that hang on no incident.
func (m *memory) hanging(alerts []schemas.Alert) map[string]bool {
	standing := map[string]bool{}
	for _, alert := range alerts {
		if _, open := m.incidents[alert.Subject]; !open {
			standing[alertKey(alert)] = true
		}
	}

	return standing
}

// alertKey is by what one alert is known from turn to turn.
func alertKey(alert schemas.Alert) string {
	key := string(alert.Subject) + " " + alert.Policy + " " + alert.Severity
	if alert.Policy == schemas.ByRR {
		key += " " + alert.Reason
	}

	return key
}
