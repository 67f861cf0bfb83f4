package policies

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// decideOverall asks policies.overall about the sums of all judgements. What it
// does not answer is unknown, never healthy.
func (e *Engine) decideOverall(ctx context.Context, s schemas.Snapshot, judged []judgement, d *schemas.Decision) {
	unknownSubjects(d, s)
	d.Health.Status = schemas.StatusUnknown
	d.Health.Components = map[string]schemas.ComponentHealth{}

	input, err := term(e.overallInput(s, judged))
	if err != nil {
		d.Errors = append(d.Errors, schemas.PolicyError{Policy: "policies.overall", Error: err.Error()})
		return
	}
	asker, stop := e.asker(ctx)
	defer stop()
	whole := &whole{engine: e, decision: d}
	for _, reply := range asker.ask(ctx, subject{kind: overall, input: input, config: e.stores[overall]}) {
		// What is accepted before an error of the same policy is taken back.
		health, alerts, answered := d.Health, len(d.Alerts), whole.health
		health.Components = maps.Clone(d.Health.Components)
		if err := whole.accept(reply); err != nil {
			d.Health, d.Alerts, whole.health = health, d.Alerts[:alerts], answered
			d.Errors = append(d.Errors, policyError("", reply.policy, err))
		}
	}
	whole.complete()
	e.decideMode(ctx, asker, s, judged, d)
}

// overallInput sums up the judgements of each system that is configured.
func (e *Engine) overallInput(s schemas.Snapshot, judged []judgement) schemas.OverallInput {
	input := schemas.OverallInput{Components: map[string]schemas.ComponentSums{}, Mode: s.Mode, TakenAt: s.Moment.At}
	for _, system := range e.options.Config.Systems() {
		input.Components[system] = e.sums(system, s, judged)
	}

	return input
}

func (e *Engine) sums(system string, s schemas.Snapshot, judged []judgement) schemas.ComponentSums {
	sums := schemas.ComponentSums{Min: 100, UnknownSources: []string{}, Worst: []string{}}
	var bad []judgement
	for _, j := range judged {
		if j.id.System() != system {
			continue
		}
		if j.health.Score == nil {
			sums.Unknown++
			continue
		}
		sums.Subjects++
		sums.Sum += *j.health.Score
		sums.Min = min(sums.Min, *j.health.Score)
		switch j.health.Status {
		case schemas.StatusHealthy:
			sums.Healthy++
		case schemas.StatusWarning:
			sums.Warning++
		case schemas.StatusCritical:
			sums.Critical++
		}
		if j.reason != "" {
			bad = append(bad, j)
		}
	}
	slices.SortStableFunc(bad, func(a, b judgement) int { return cmp.Compare(*a.health.Score, *b.health.Score) })
	for _, j := range bad[:min(3, len(bad))] {
		sums.Worst = append(sums.Worst, fmt.Sprintf("%s: %s", j.id, j.reason))
	}
	for _, source := range e.sources(system) {
		if s.Sources[source].State != schemas.SourceOK {
			sums.UnknownSources = append(sums.UnknownSources, source)
		}
	}

	return sums
}

// sources lists the sources that a system should have: what nothing is known of
// is unknown, also where no collector said so.
func (e *Engine) sources(system string) []string {
	var list []string
	for source := range e.options.Config.Sources() {
		if strings.HasPrefix(source, system+"/") {
			list = append(list, source)
		}
	}

	return list
}

// whole gathers the answers of policies.overall.
type whole struct {
	engine   *Engine
	decision *schemas.Decision
	health   bool
}

func (w *whole) accept(r reply) error {
	if r.err != nil {
		return r.err
	}
	total := 0
	for _, rule := range []string{"components", "health", "alerts"} {
		answers, err := r.list(rule)
		if err != nil {
			return err
		}
		if total += len(answers); total > w.engine.options.Limits.MaxAnswers {
			return fmt.Errorf("more than %d answers", w.engine.options.Limits.MaxAnswers)
		}
		for _, answer := range answers {
			if err := w.add(answer, r.policy); err != nil {
				return err
			}
		}
	}

	return nil
}

func (w *whole) add(a answer, policy string) error {
	switch a.rule {
	case "components":
		return w.component(a)
	case "health":
		return w.whole(a)
	}
	alert, err := a.alert()
	if err != nil {
		return err
	}
	w.decision.Alerts = append(w.decision.Alerts, schemas.Alert{
		Policy: policy, At: a.at, Severity: alert.Severity, Reason: alert.Reason, Exhausted: alert.Exhausted,
	})

	return nil
}

func statuses() []string {
	return []string{schemas.StatusHealthy, schemas.StatusWarning, schemas.StatusCritical, schemas.StatusUnknown}
}

func (w *whole) component(a answer) error {
	if err := a.only("component", "score", "status", "weight", "reason"); err != nil {
		return err
	}
	name, err := a.text("component")
	if err != nil {
		return err
	}
	if _, twice := w.decision.Health.Components[name]; twice {
		return a.wrong("component %q is answered twice", name)
	}
	var c schemas.ComponentHealth
	if c.Score, err = a.score(); err != nil {
		return err
	}
	if c.Status, err = a.word("status", statuses()...); err != nil {
		return err
	}
	weight, err := a.must("weight", 0, 100)
	if err != nil {
		return err
	}
	c.Weight = int(weight)
	if c.Reason, err = a.maybeText("reason"); err != nil {
		return err
	}
	w.decision.Health.Components[name] = c

	return nil
}

func (w *whole) whole(a answer) error {
	if err := a.only("score", "status", "confidence"); err != nil {
		return err
	}
	if w.health {
		return a.wrong("the health of the whole is answered twice")
	}
	score, err := a.score()
	if err != nil {
		return err
	}
	status, err := a.word("status", statuses()...)
	if err != nil {
		return err
	}
	confidence, err := a.must("confidence", 0, 100)
	if err != nil {
		return err
	}
	w.health = true
	w.decision.Health.Score, w.decision.Health.Status, w.decision.Health.Confidence = score, status, int(confidence)

	return nil
}

// complete tells what policies.overall should have answered and did not.
func (w *whole) complete() {
	d := w.decision
	for _, name := range w.engine.options.Config.Systems() {
		if _, ok := d.Health.Components[name]; ok {
			continue
		}
		d.Health.Components[name] = schemas.ComponentHealth{Status: schemas.StatusUnknown, Reason: "policies.overall does not tell"}
		d.Errors = append(d.Errors, schemas.PolicyError{Policy: "policies.overall", Error: fmt.Sprintf("no answer about component %q", name)})
	}
	if !w.health {
		d.Errors = append(d.Errors, schemas.PolicyError{Policy: "policies.overall", Error: "no answer about the health of the whole"})
	}
}

// score returns a score that may be absent.
func (a answer) score() (*int, error) {
	n, ok, err := a.whole("score", 0, 100)
	if err != nil || !ok {
		return nil, err
	}
	score := int(n)

	return &score, nil
}

// maybeText returns a string that must be there and may be empty.
func (a answer) maybeText(name string) (string, error) {
	value := a.fields.Get(ast.StringTerm(name))
	if value == nil {
		return "", a.wrong("field %q is missing", name)
	}
	if word, ok := value.Value.(ast.String); ok {
		return string(word), nil
	}

	return "", a.wrong("%s: %s, want a text", name, value)
}
