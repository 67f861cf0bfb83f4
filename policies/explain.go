package policies

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"rr/schemas"
)

// Explanation tells, for one subject, why each rule of its policies did or did
// not fire.
type Explanation struct {
	Subject  schemas.ID      `json:"subject"`
	Policies []ExplainPolicy `json:"policies"`
}

// ExplainPolicy is one policy of the subject's kind.
type ExplainPolicy struct {
	Package string        `json:"package"`
	Rules   []ExplainRule `json:"rules"`           // public ones, in the order of their places
	Error   string        `json:"error,omitempty"` // why it could not be asked
}

// ExplainRule is one public rule.
type ExplainRule struct {
	Rule        string         `json:"rule"` // findings, actions or alerts
	At          string         `json:"at"`   // file:line:col
	Description string         `json:"description,omitempty"`
	Fired       bool           `json:"fired"`
	Failed      *ExplainFailed `json:"failed,omitempty"` // absent where it fired
}

// ExplainFailed is the first condition of a rule that does not hold.
type ExplainFailed struct {
	At     string         `json:"at"` // file:line:col
	Text   string         `json:"text"`
	Values map[string]any `json:"values"` // of what it reads of input and data.config; null where that is absent
}

// Explain tells why each rule did or did not fire on one subject.
func (e *Engine) Explain(ctx context.Context, s schemas.Snapshot, id schemas.ID) (Explanation, error) {
	if !s.Has(id) {
		return Explanation{}, fmt.Errorf("explain: there is no %s; %s", id, choices(string(id), near(s, id)))
	}
	reader, err := e.reader(s)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain: %w", err)
	}
	if !reader.known(id) {
		return Explanation{}, fmt.Errorf("explain: %s is unknown, so that no policy is asked about it: source %s: %s", id, id.Source(), s.Sources[id.Source()].Error)
	}
	asked, err := reader.one(id)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain: %w", err)
	}

	watch, stop := startWatch(ctx, e.options.Limits)
	defer stop()
	explained := Explanation{Subject: id, Policies: []ExplainPolicy{}}
	for _, pkg := range e.questions[asked.kind].policies {
		explained.Policies = append(explained.Policies, e.explainPolicy(ctx, watch, pkg, asked))
	}

	return explained, ctx.Err()
}

// explainPolicy asks one policy with a tracer and without the index of rules,
// which would pass over rules that cannot fire.
func (e *Engine) explainPolicy(ctx context.Context, watch *watch, pkg string, s subject) ExplainPolicy {
	tracer := &ruleTracer{rules: map[uint64]string{}, fired: map[string]bool{}, failed: map[string]*ast.Expr{}}
	running := watch.begin()
	err := topdown.NewQuery(e.questions[s.kind].each[pkg]).
		WithCompiler(e.running).
		WithStore(s.config.store).
		WithTransaction(s.config.txn).
		WithInput(s.input).
		WithCancel(running.cancel).
		WithIndexing(false).
		WithQueryTracer(tracer).
		WithStrictBuiltinErrors(true).
		Iter(ctx, func(topdown.QueryResult) error { return nil })
	if ended := watch.finish(running); ended != nil && err != nil {
		err = ended
	}

	explained := ExplainPolicy{Package: pkg, Rules: []ExplainRule{}}
	if err != nil {
		explained.Error = err.Error()
	}
	for _, m := range e.modules {
		if m.role != rolePolicy || m.pkg != pkg {
			continue
		}
		for _, rule := range e.resolved[m.path].Rules {
			if !strings.HasPrefix(ruleName(rule), "_") {
				explained.Rules = append(explained.Rules, tracer.explain(rule, s))
			}
		}
	}

	return explained
}

// ruleTracer sees which rules fire, and how far the others come.
type ruleTracer struct {
	rules  map[uint64]string // place of the rule that a query evaluates
	fired  map[string]bool   // by place of the rule
	failed map[string]*ast.Expr
}

// Enabled is true: the tracer traces.
func (*ruleTracer) Enabled() bool { return true }

// Config asks for no local variables: what is told is read from the input.
func (*ruleTracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent notes rules that are entered, exited, and the farthest condition
// that fails in each.
func (t *ruleTracer) TraceEvent(event topdown.Event) {
	switch node := event.Node.(type) {
	case *ast.Rule:
		place := locationText(node.Location)
		switch event.Op {
		case topdown.EnterOp:
			t.rules[event.QueryID] = place
		case topdown.ExitOp:
			t.fired[place] = true
		}
	case *ast.Expr:
		place, ok := t.rules[event.QueryID]
		if !ok || event.Op != topdown.FailOp {
			return
		}
		if last := t.failed[place]; last == nil || node.Index > last.Index {
			t.failed[place] = node
		}
	}
}

func (t *ruleTracer) explain(rule *ast.Rule, s subject) ExplainRule {
	place := locationText(rule.Location)
	explained := ExplainRule{Rule: ruleName(rule), At: place, Fired: t.fired[place]}
	for _, annotation := range rule.Annotations {
		explained.Description = annotation.Description
	}
	failed := t.failed[place]
	if explained.Fired || failed == nil || failed.Location == nil {
		return explained
	}
	explained.Failed = &ExplainFailed{
		At:     locationText(failed.Location),
		Text:   strings.TrimSpace(string(failed.Location.Text)),
		Values: values(rule, failed.Location, s),
	}

	return explained
}

// values reads what the text at a location of a rule names of input and
// data.config.
func values(rule *ast.Rule, loc *ast.Location, s subject) map[string]any {
	found := map[string]any{}
	walkRefs(rule, func(ref ast.Ref, at *ast.Location) {
		within := at != nil && at.Offset >= loc.Offset && at.Offset < loc.Offset+len(loc.Text)
		isInput := ref[0].Equal(ast.InputRootDocument)
		isConfig := len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("config"))
		if !within || !ref.IsGround() || !isInput && !isConfig {
			return
		}
		root := s.input.Value
		if isConfig {
			root = s.config.root
		}
		found[ref.String()] = lookUp(root, ref[1:])
	})

	return found
}

// lookUp returns what is at a path as decoded JSON, nil where nothing is.
func lookUp(root ast.Value, path ast.Ref) any {
	value, err := root.Find(path)
	if err != nil {
		return nil
	}
	decoded, err := ast.JSON(value)
	if err != nil {
		return nil
	}

	return decoded
}

func locationText(loc *ast.Location) string {
	return fmt.Sprintf("%s:%d:%d", loc.File, loc.Row, loc.Col)
}
