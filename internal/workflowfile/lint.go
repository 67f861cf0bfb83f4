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

// maxMatrix is how many values a row of a matrix may have: GitHub runs at most
// 256 jobs of one, and the library would compare each value with every other.
const maxMatrix = 1000

var errTooMuch = errors.New("the rules must not see this file")

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
	case errors.Is(err, errTooMuch):
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
// before what the rules behind it must not follow.
type gate struct {
	actionlint.RuleBase
	workflow *actionlint.Workflow
	search   bool // the file is large enough for a long expression
	problem  Problem
}

// VisitWorkflowPre sees the whole tree before any other rule sees a part.
func (g *gate) VisitWorkflowPre(w *actionlint.Workflow) error {
	g.workflow = w
	const rest = "; only the syntax of this file was checked"
	if at := largeMatrix(w); at != nil {
		g.problem = Problem{Line: at.Line, Column: at.Col, Kind: KindLimit, Message: fmt.Sprintf("a matrix of more than %d values"+rest, maxMatrix)}
		return errTooMuch
	}
	if !g.search {
		return nil
	}
	if at := longExpression(reflect.ValueOf(w), ""); at != nil {
		g.problem = Problem{
			Line: at.Line, Column: at.Col, Kind: KindLimit,
			Message: fmt.Sprintf("a value with an expression of more than %d characters, which GitHub refuses"+rest, maxExpression),
		}
		return errTooMuch
	}

	return nil
}

// largeMatrix finds a matrix that is too large.
func largeMatrix(w *actionlint.Workflow) *actionlint.Pos {
	for _, job := range inOrder(w.Jobs) {
		if job.Strategy == nil || job.Strategy.Matrix == nil {
			continue
		}
		matrix := job.Strategy.Matrix
		for _, row := range matrix.Rows {
			if len(row.Values) > maxMatrix {
				return matrix.Pos
			}
		}
		for _, list := range []*actionlint.MatrixCombinations{matrix.Include, matrix.Exclude} {
			if list != nil && len(list.Combinations) > maxMatrix {
				return matrix.Pos
			}
		}
	}

	return nil
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
	var first *actionlint.Pos // maps have no order
	for _, child := range children {
		if at := longExpression(child, field); at != nil && (first == nil || at.IsBefore(first)) {
			first = at
		}
	}

	return first
}
