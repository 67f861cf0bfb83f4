package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/schemas"
)

func failOnFlag() cli.Flag {
	return &cli.StringFlag{Name: "fail-on", Usage: "exit 3 where health is `LEVEL` or worse: warning or critical"}
}

func failOn(c *cli.Context) (string, error) {
	level := c.String("fail-on")
	if level != "" && level != schemas.StatusWarning && level != schemas.StatusCritical {
		return "", usagef("--fail-on %s: want warning or critical", level)
	}

	return level, nil
}

// verdict is the exit code of a judged snapshot: something is due, or health is
// below what was asked for; else something could not be told; else all is well.
// It is about what is on or in one id alone, or for "" about the whole.
func verdict(r schemas.Record, failOn, on string) error {
	statuses := statusesOf(r.Decision.Health, on)
	low := failOn != "" && slices.Contains(statuses, schemas.StatusCritical) || failOn == schemas.StatusWarning && slices.Contains(statuses, schemas.StatusWarning)
	due := slices.ContainsFunc(r.Outcomes, func(o schemas.Outcome) bool { return isDue(o) && (o.Action.Target.In(on) || o.Action.Subject.In(on)) })
	dark := slices.ContainsFunc(unknownSources(r.Snapshot), func(source string) bool { return schemas.ID(source).In(on) || schemas.ID(on).In(source) })
	failed := slices.ContainsFunc(r.Decision.Errors, func(e schemas.PolicyError) bool { return e.Subject == "" || e.Subject.In(on) })
	switch {
	case due || low:
		return exit{code: exitDue}
	case dark, failed, slices.Contains(statuses, schemas.StatusUnknown):
		return exit{code: exitUnknown}
	}

	return nil
}

// statusesOf are the statuses that a verdict is about: that of the whole, or
// those of the subjects that are on or in an id.
func statusesOf(h schemas.Health, on string) []string {
	if on == "" {
		return []string{h.Status}
	}
	var statuses []string
	for id, subject := range h.Subjects {
		if id.In(on) {
			statuses = append(statuses, subject.Status)
		}
	}

	return statuses
}

// checkOn refuses an id that a snapshot has nothing of, which would look as if
// all were well.
func checkOn(on string, s schemas.Snapshot) error {
	known := slices.Sorted(maps.Keys(s.Sources))
	for _, id := range s.Subjects() {
		known = append(known, string(id))
	}
	if on == "" || slices.ContainsFunc(known, func(id string) bool { return schemas.ID(id).In(on) }) {
		return nil
	}

	return usagef("--on %s: nothing is looked at there%s", on, suggestion(on, known))
}

// isDue tells whether rr run would do it, were it not told to do nothing.
func isDue(o schemas.Outcome) bool {
	if schemas.Routine(o.Action.Verb) {
		return false // upkeep, of what is well
	}

	return o.Status == schemas.OutcomeBegun || len(o.Withheld) == 1 && o.Withheld[0].Guard == schemas.GuardDryRun
}

func unknownSources(s schemas.Snapshot) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		if s.Sources[name].State != schemas.SourceOK {
			names = append(names, name)
		}
	}

	return names
}

// healthLines prints the health of the whole and of each component.
func (m *Main) healthLines(w io.Writer, h schemas.Health) {
	p := m.paint()
	rows := [][]string{{"health", p.status(h.Status), scoreOf(h.Score), fmt.Sprintf("confidence %d %%", h.Confidence)}}
	for _, name := range slices.Sorted(maps.Keys(h.Components)) {
		component := h.Components[name]
		rows = append(rows, []string{"  " + name, p.status(component.Status), scoreOf(component.Score), clipped(component.Reason)})
	}
	columns(w, rows)
}

// clipped keeps what is told again below to one line of a terminal.
func clipped(reason string) string {
	runes := []rune(oneLine(reason))
	if len(runes) <= 160 {
		return string(runes)
	}

	return string(runes[:159]) + "…"
}

func scoreOf(score *int) string {
	if score == nil {
		return "-"
	}

	return fmt.Sprint(*score)
}

// troubleLines prints what is wrong and what could not be told.
func (m *Main) troubleLines(w io.Writer, r schemas.Record) {
	p := m.paint()
	var rows [][]string
	for _, f := range r.Decision.Findings {
		rows = append(rows, []string{"finding", string(f.Subject), p.status(r.Decision.Health.Subjects[f.Subject].Status), fmt.Sprint(f.Score), oneLine(f.Reason)})
	}
	for _, name := range unknownSources(r.Snapshot) {
		rows = append(rows, []string{"unknown", name, p.status(schemas.StatusUnknown), "-", oneLine(r.Snapshot.Sources[name].Error)})
	}
	for _, e := range r.Decision.Errors {
		rows = append(rows, []string{"policy error", string(e.Subject), p.status(schemas.StatusUnknown), "-", oneLine(strings.TrimPrefix(e.At+": "+e.Error, ": "))})
	}
	for _, a := range r.Decision.Alerts {
		rows = append(rows, []string{"alert", string(a.Subject), a.Severity, "", oneLine(a.Reason)})
	}
	columns(w, rows)
}

// planLines prints what is due and what is withheld, by which guard and until
// when.
func planLines(w io.Writer, outcomes []schemas.Outcome) {
	var rows [][]string
	for _, o := range outcomes {
		word := o.Status
		if word == schemas.OutcomeBegun {
			word = "due"
		}
		rows = append(rows, []string{word, o.Action.Verb, string(o.Action.Target), oneLine(o.Action.Reason)})
		for _, held := range o.Withheld {
			rows = append(rows, []string{"", "", "  by " + held.Guard, withheldText(held)})
		}
	}
	columns(w, rows)
}

func withheldText(held schemas.Withheld) string {
	text := oneLine(held.Note)
	if held.Until != nil {
		text += ", until " + clock(*held.Until)
	}

	return text
}

func (m *Main) evalTable(w io.Writer, r schemas.Record, result evalResult) {
	m.healthLines(w, r.Decision.Health)
	m.troubleLines(w, r)
	planLines(w, r.Outcomes)
	if len(r.Outcomes) == 0 {
		fmt.Fprintln(w, "nothing is due")
	}
	for _, explanation := range result.Explained {
		explainLines(w, explanation)
	}
	if result.Recorded != "" {
		fmt.Fprintf(w, "the recorded decision of turn %d is the %s\n", r.Snapshot.Turn, map[string]string{"same": "same, byte for byte", "different": "a different one"}[result.Recorded])
	}
}

var errNoSubject = errors.New("no such subject")

// findSubject accepts an id, or the end of one where only one subject has it.
func findSubject(word string, s schemas.Snapshot) (schemas.ID, error) {
	var found []string
	var all []string
	for _, id := range s.Subjects() {
		all = append(all, string(id))
		if string(id) == word {
			return id, nil
		}
		if strings.HasSuffix(string(id), "/"+word) {
			found = append(found, string(id))
		}
	}
	switch len(found) {
	case 0:
		return "", usagef("%q: %w%s", word, errNoSubject, suggestion(word, all))
	case 1:
		return schemas.ID(found[0]), nil
	}

	return "", usagef("%q is the end of several ids, say which: %s", word, strings.Join(found, ", "))
}
