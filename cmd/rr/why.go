package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/internal/store"
	"rr/policies"
	"rr/schemas"
)

// whyResult is what `rr why -o json` prints.
type whyResult struct {
	SchemaVersion int                   `json:"schema_version"`
	Subject       schemas.ID            `json:"subject"`
	Turn          int64                 `json:"turn"`
	Source        schemas.Source        `json:"source"`
	Facts         any                   `json:"facts,omitempty"` // absent where the source is unknown
	Health        schemas.SubjectHealth `json:"health"`
	Findings      []schemas.Finding     `json:"findings"`
	Outcomes      []schemas.Outcome     `json:"outcomes"`
	Alerts        []schemas.Alert       `json:"alerts"`
	Errors        []schemas.PolicyError `json:"errors"`
	Incident      *schemas.Incident     `json:"incident,omitempty"` // open or exhausted
	Attempts      []schemas.Attempt     `json:"attempts"`           // newest first
	Explained     policies.Explanation  `json:"explained"`
	Standing      schemas.Standing      `json:"standing"` // the mode, and what persons asked for: now, or as of the turn that was named

	moment schemas.Moment
}

func (m *Main) whyCommand() *cli.Command {
	return &cli.Command{
		Name: "why", Usage: "say why something was done to a subject, or why nothing was", ArgsUsage: "ID",
		Flags: []cli.Flag{
			outputFlag(),
			&cli.Int64Flag{Name: "turn", Usage: "as of turn `N` instead of the last one"},
		},
		Action: m.why,
	}
}

func (m *Main) why(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("why: want one id, as in `rr why pm2/local/process/api`; flags come before it")
	}
	journal, err := m.openJournal(c)
	if errors.Is(err, store.ErrNoJournal) {
		return fmt.Errorf("%w: nothing has been recorded yet; `rr eval --explain` judges what is there now", err)
	}
	if err != nil {
		return err
	}
	defer journal.Close()
	record, err := journal.Record(c.Context, c.Int64("turn"))
	if err != nil {
		return err
	}
	id, err := findSubject(c.Args().First(), record.Snapshot)
	if err != nil {
		if id, err = rememberedSubject(c.Args().First(), record, err); err != nil {
			return err
		}
	}
	result, err := whyOf(c, journal, record, id)
	if err != nil {
		return err
	}
	if c.Int64("turn") == 0 { // a plan's backup, and what persons ask for, come after a turn was written
		memory, err := journal.Memory(c.Context, 0)
		if err != nil {
			return err
		}
		result.Standing, result.moment = memory.Standing, memory.Moment
	}
	o := &opened{wiring: m.newWiring("")}
	if _, seen := result.Facts.(json.RawMessage); seen {
		if err := o.recordedEngine(c.Context, journal, record.Decision); err != nil {
			return err
		}
		if result.Explained, err = o.engine.Explain(c.Context, record.Snapshot, id); err != nil {
			return err
		}
	}

	return m.print(c, result, func(w io.Writer) { m.whyLines(w, result) })
}

// rememberedSubject finds a subject that has no facts now, by its incident.
func rememberedSubject(word string, record schemas.Record, notFound error) (schemas.ID, error) {
	for _, id := range slices.Sorted(maps.Keys(record.Snapshot.Incidents)) {
		if string(id) == word || strings.HasSuffix(string(id), "/"+word) {
			return id, nil
		}
	}
	if id, err := schemas.ParseID(word); err == nil {
		if source := record.Snapshot.Sources[id.Source()]; source.State == schemas.SourceUnknown {
			return id, nil
		}
	}

	return "", notFound
}

func whyOf(c *cli.Context, journal *store.Store, record schemas.Record, id schemas.ID) (whyResult, error) {
	d := record.Decision
	result := whyResult{
		SchemaVersion: outputVersion, Subject: id, Turn: record.Snapshot.Turn, Source: record.Snapshot.Sources[id.Source()],
		Health: d.Health.Subjects[id], Explained: policies.Explanation{Subject: id, Policies: []policies.ExplainPolicy{}},
		Findings: about(d.Findings, func(f schemas.Finding) bool { return f.Subject == id }),
		Alerts:   about(d.Alerts, func(a schemas.Alert) bool { return a.Subject == id }),
		Errors:   about(d.Errors, func(e schemas.PolicyError) bool { return e.Subject == id }),
		Standing: record.Standing, moment: record.Snapshot.Moment,
		Outcomes: about(record.Outcomes, func(o schemas.Outcome) bool { return o.Action.Subject == id || o.Action.Target == id }),
	}
	if result.Health.Status == "" {
		result.Health.Status = schemas.StatusUnknown
	}
	facts, err := factsOf(record.Snapshot, id)
	if err != nil {
		return result, err
	}
	result.Facts = facts
	if incident, open := record.Snapshot.Incidents[id]; open {
		result.Incident = &incident
	}
	attempts, err := journal.Attempts(c.Context, store.AttemptFilter{Subject: id, Limit: 10})
	result.Attempts = append([]schemas.Attempt{}, attempts...)

	return result, err
}

func about[T any](all []T, is func(T) bool) []T {
	some := []T{}
	for _, one := range all {
		if is(one) {
			some = append(some, one)
		}
	}

	return some
}

// factsOf returns the facts of a subject as JSON, nil where it has none.
func factsOf(s schemas.Snapshot, id schemas.ID) (any, error) {
	facts, found := s.Facts(id)
	if !found {
		return nil, nil
	}
	b, err := json.Marshal(facts)

	return json.RawMessage(b), err
}

func (m *Main) whyLines(w io.Writer, r whyResult) {
	fmt.Fprintf(w, "%s is %s, score %s, as of turn %d\n", r.Subject, m.paint().status(r.Health.Status), scoreOf(r.Health.Score), r.Turn)
	if r.Source.State != schemas.SourceOK {
		fmt.Fprintf(w, "\nnothing is known of it, so nothing is done to it:\n  %s\n", oneLine(r.Source.Error))
	}
	if r.Standing.Any() {
		fmt.Fprintln(w)
		standingLines(w, r.Standing, r.moment)
	}
	if facts, seen := r.Facts.(json.RawMessage); seen {
		fmt.Fprintf(w, "\nfacts, taken %s\n", clock(r.Source.TakenAt))
		factPairs(w, facts)
	}
	if len(r.Findings) > 0 {
		fmt.Fprintln(w, "\nrules that found something")
		for _, f := range r.Findings {
			fmt.Fprintf(w, "  %s: %s (%s, score %d)\n", f.At, oneLine(f.Reason), f.Severity, f.Score)
		}
	}
	for _, e := range r.Errors {
		fmt.Fprintf(w, "\npolicy failed  %s: %s %s\n", e.Policy, e.At, oneLine(e.Error))
	}
	whyActions(w, r)
	if r.Incident != nil {
		fmt.Fprintf(w, "\nincident %d is %s since %s, %s: %s\n", r.Incident.ID, r.Incident.State, clock(r.Incident.OpenedAt), plural(r.Incident.Acted, "action", "actions"), oneLine(r.Incident.Reason))
	}
	if len(r.Attempts) > 0 {
		fmt.Fprintln(w, "\nattempts, newest first")
		for _, a := range r.Attempts {
			fmt.Fprintf(w, "  %s  %s  %s, %s: %s\n", clock(a.BeganAt), a.Action.Verb, a.Status, a.State, oneLine(a.Note))
		}
	}
	whyNot(w, r.Explained)
}

func whyActions(w io.Writer, r whyResult) {
	for _, o := range r.Outcomes {
		fmt.Fprintf(w, "\n%s was asked for by %s: %s\n", o.Action.Verb, firstOf(o.Action.At, o.Action.Policy), oneLine(o.Action.Reason))
		if o.Status != schemas.OutcomeWithheld {
			fmt.Fprintf(w, "  no guard refused it, it was begun as %s\n", o.Attempt)
		}
		for _, held := range o.Withheld {
			fmt.Fprintf(w, "  withheld by %s: %s\n", held.Guard, withheldText(held))
		}
	}
	for _, alert := range r.Alerts {
		fmt.Fprintf(w, "\nalert by %s: %s\n", alert.At, oneLine(alert.Reason))
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}

	return b
}

// whyNot tells of each policy that did not fire which condition failed, once
// where several of its rules failed by the same one.
func whyNot(w io.Writer, e policies.Explanation) {
	var rows [][]string
	for _, policy := range e.Policies {
		told := map[string]bool{}
		for _, rule := range policy.Rules {
			if rule.Fired || rule.Failed == nil {
				continue
			}
			condition := oneLine(rule.Failed.Text) + valuesOf(rule.Failed.Values)
			if !told[condition] {
				rows = append(rows, []string{"  " + rule.Failed.At, condition})
			}
			told[condition] = true
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(w, "\nrules that did not fire, and the condition that failed")
		columns(w, rows)
	}
}

// explainLines tells of each rule whether it fired.
func explainLines(w io.Writer, e policies.Explanation) {
	fmt.Fprintf(w, "\n%s\n", e.Subject)
	for _, policy := range e.Policies {
		if policy.Error != "" {
			fmt.Fprintf(w, "  error  %s: %s\n", policy.Package, oneLine(policy.Error))
		}
		for _, rule := range policy.Rules {
			if rule.Fired {
				fmt.Fprintf(w, "  fired  %s %s: %s\n", rule.At, rule.Rule, oneLine(rule.Description))
			} else if rule.Failed != nil {
				fmt.Fprintf(w, "  not    %s %s: %s%s\n", rule.Failed.At, rule.Rule, oneLine(rule.Failed.Text), valuesOf(rule.Failed.Values))
			}
		}
	}
}

func valuesOf(values map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		b, err := json.Marshal(values[name])
		if err != nil {
			continue
		}
		text := string(b)
		if text == "null" {
			text = "not known"
		}
		parts = append(parts, name+" is "+oneLine(text))
	}
	if len(parts) == 0 {
		return ""
	}

	return " (" + strings.Join(parts, ", ") + ")"
}

// factPairs prints facts one a line, in the order of their definition.
func factPairs(w io.Writer, facts json.RawMessage) {
	decoder := json.NewDecoder(strings.NewReader(string(facts)))
	if _, err := decoder.Token(); err != nil {
		return
	}
	var rows [][]string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return
		}
		rows = append(rows, []string{"  " + fmt.Sprint(name), oneLine(strings.Trim(string(value), `"`))})
	}
	columns(w, rows)
}
