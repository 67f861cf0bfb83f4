package workflowfile

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	_ "time/tzdata" // time zones are judged alike on a machine without their files

	"github.com/rhysd/actionlint"
)

// maxExpression is how long a value with an expression may be: GitHub refuses
// more, and the library would follow it as deep as it is nested.
const maxExpression = 21_000

var errLongExpression = errors.New("an expression is too long")

// lint asks actionlint. The workflow is nil for a file that is no YAML.
func lint(src []byte) (*actionlint.Workflow, []Problem) {
	return guarded(func() (*actionlint.Workflow, []Problem) { return ask(src) })
}

// guarded makes a fatal problem of a panic.
func guarded(ask func() (*actionlint.Workflow, []Problem)) (workflow *actionlint.Workflow, problems []Problem) {
	defer func() {
		if reason := recover(); reason != nil {
			workflow = nil
			problems = []Problem{{Kind: KindInternal, Fatal: true, Message: fmt.Sprintf("actionlint failed on this file: %v", reason)}}
		}
	}()

	return ask()
}

func ask(src []byte) (*actionlint.Workflow, []Problem) {
	var problems []Problem
	gate := &gate{RuleBase: actionlint.NewRuleBase("rr", ""), search: len(src) > maxExpression}
	// An empty working directory would be asked of the system, and a path other
	// than <stdin> looked for on the disk.
	l, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{
		Oneline: true, WorkingDir: ".",
		OnRulesCreated: func(rules []actionlint.Rule) []actionlint.Rule { return append([]actionlint.Rule{gate}, rules...) },
	})
	if err != nil {
		panic(err)
	}
	found, err := l.Lint("<stdin>", src, nil)
	switch {
	case errors.Is(err, errLongExpression):
		problems = append(problems, gate.problem)
		_, found = actionlint.Parse(src)
	case err != nil:
		panic(err)
	}
	for _, e := range found {
		problems = append(problems, Problem{Line: e.Line, Column: e.Column, Kind: e.Kind, Message: e.Message, Fatal: gate.workflow == nil})
	}

	return gate.workflow, problems
}

// gate is the first rule that sees a workflow. It keeps the tree, and closes
// before an expression that the rules behind it must not follow.
type gate struct {
	actionlint.RuleBase
	workflow *actionlint.Workflow
	search   bool
	problem  Problem
}

// VisitWorkflowPre sees the whole tree before any other rule sees a part.
func (g *gate) VisitWorkflowPre(w *actionlint.Workflow) error {
	g.workflow = w
	if !g.search {
		return nil
	}
	at := longExpression(reflect.ValueOf(w), "")
	if at == nil {
		return nil
	}
	g.problem = Problem{
		Line: at.Line, Column: at.Col, Kind: KindLimit,
		Message: fmt.Sprintf("a value with an expression of more than %d characters, which GitHub refuses; only the syntax of this file was checked", maxExpression),
	}

	return errLongExpression
}

// longExpression finds a value that is too long, by the field that holds it: a
// condition is an expression as it stands.
func longExpression(v reflect.Value, field string) *actionlint.Pos {
	if v.CanInterface() {
		if s, ok := v.Interface().(*actionlint.String); ok {
			if s != nil && len(s.Value) > maxExpression && (field == "If" || strings.Contains(s.Value, "${{")) {
				return s.Pos
			}
			return nil
		}
		if s, ok := v.Interface().(*actionlint.RawYAMLString); ok {
			if len(s.Value) > maxExpression && strings.Contains(s.Value, "${{") {
				return s.Pos()
			}
			return nil
		}
	}
	var children []reflect.Value
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return longExpression(v.Elem(), field)
	case reflect.Struct:
		for i := range v.NumField() {
			if at := longExpression(v.Field(i), v.Type().Field(i).Name); at != nil {
				return at
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			children = append(children, v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			children = append(children, v.MapIndex(k))
		}
	}
	for _, child := range children {
		if at := longExpression(child, field); at != nil {
			return at
		}
	}

	return nil
}
