package policies

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestReport is what the tests of all policies gave.
type TestReport struct {
	Tests    []TestResult   `json:"tests"`    // in the order of their places
	Failed   int            `json:"failed"`   // of them, and inputs that could not be
	Skipped  int            `json:"skipped"`  // of them, named todo_test_
	Inputs   []string       `json:"inputs"`   // file:line:col: what is wrong with an input that a test asks with
	Untested []string       `json:"untested"` // packages without a test
	Coverage map[string]int `json:"coverage"` // by file of a policy: lines that tests reach, in percent
}

// What may become of a test.
const (
	TestPassed  = "pass"
	TestFailed  = "fail"
	TestErred   = "error"
	TestSkipped = "skipped"
)

// TestResult is how one test went.
type TestResult struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	At      string `json:"at"` // file:line:col
	Status  string `json:"status"`
	Note    string `json:"note,omitempty"` // the error, or what it printed
}

// Err joins what failed, each as file:line:col: message; nil where nothing did.
func (r TestReport) Err() error {
	var errs []error
	for _, test := range r.Tests {
		switch test.Status {
		case TestFailed:
			errs = append(errs, fmt.Errorf("%s: %s does not hold", test.At, test.Name))
		case TestErred:
			errs = append(errs, fmt.Errorf("%s: %s: %s", test.At, test.Name, test.Note))
		}
	}
	for _, input := range r.Inputs {
		errs = append(errs, errors.New(input))
	}

	return errors.Join(errs...)
}

// Test runs all tests. Built-in functions that err fail a test, and so does an
// input that no subject can have: with a misspelt field a test that nothing
// happens would pass for ever. Its error is that tests could not be run at all,
// or that there are none.
func (e *Engine) Test(ctx context.Context) (TestReport, error) {
	report, err := e.test(ctx, func(*module) bool { return true })
	if err == nil && len(report.Tests) == 0 {
		err = errors.New("test policies: there are no tests; a test is a rule test_… in a file …_test.rego of a package …_test")
	}

	return report, err
}

// TestSince runs the tests of what differs from an engine whose tests have
// passed: those of each package that changed or whose tests did, and all of them
// where something that packages share has changed.
func (e *Engine) TestSince(ctx context.Context, before *Engine) (TestReport, error) {
	changed := map[string]bool{}
	for _, m := range e.modules {
		if bytes.Equal(before.files[m.path], e.files[m.path]) {
			continue
		}
		if m.role != rolePolicy && m.role != roleTest {
			return e.Test(ctx)
		}
		changed[strings.TrimSuffix(m.pkg, testSuffix)] = true
	}
	if len(changed) == 0 {
		return TestReport{Tests: []TestResult{}, Inputs: []string{}, Untested: []string{}, Coverage: map[string]int{}}, nil
	}

	return e.test(ctx, func(m *module) bool {
		return m.role != rolePolicy && m.role != roleTest || changed[strings.TrimSuffix(m.pkg, testSuffix)]
	})
}

func (e *Engine) test(ctx context.Context, keep func(*module) bool) (TestReport, error) {
	covered := cover.New()
	inputs := &inputTracer{Cover: covered, engine: e, modules: map[string]*module{}, checked: map[*ast.Term]bool{}, wrong: map[string]bool{}}
	for _, m := range e.modules {
		inputs.modules[m.path] = m
	}

	store := inmem.New()
	report := TestReport{Tests: []TestResult{}, Inputs: []string{}, Untested: []string{}, Coverage: map[string]int{}}
	err := storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetCompiler(e.compiler().WithEnablePrintStatements(true)).
			SetStore(store).
			SetModules(e.parsed(keep)).
			RaiseBuiltinErrors(true).
			SetCoverageQueryTracer(inputs).
			RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for result := range results {
			report.Tests = append(report.Tests, testResult(result))
		}
		return nil
	})
	if err != nil {
		return report, fmt.Errorf("test policies: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return report, fmt.Errorf("test policies: %w", err)
	}

	report.Inputs = append(report.Inputs, sortedKeys(inputs.wrong)...)
	slices.SortStableFunc(report.Tests, func(a, b TestResult) int { return comparePlaces(a.At, b.At) })
	e.summarise(&report, covered)

	return report, nil
}

func testResult(r *tester.Result) TestResult {
	result := TestResult{
		Package: strings.TrimPrefix(r.Package, "data."),
		Name:    r.Name,
		At:      fmt.Sprintf("%s:%d:%d", r.Location.File, r.Location.Row, r.Location.Col),
		Status:  TestPassed,
		Note:    strings.TrimSpace(string(r.Output)),
	}
	switch {
	case r.Skip:
		result.Status = TestSkipped
	case r.Error != nil:
		result.Status, result.Note = TestErred, r.Error.Error()
	case r.Fail:
		result.Status = TestFailed
	}

	return result
}

func (e *Engine) summarise(report *TestReport, covered *cover.Cover) {
	report.Failed = len(report.Inputs)
	tested := map[string]bool{}
	for _, test := range report.Tests {
		tested[strings.TrimSuffix(test.Package, testSuffix)] = true
		switch test.Status {
		case TestFailed, TestErred:
			report.Failed++
		case TestSkipped:
			report.Skipped++
		}
	}

	files := covered.Report(e.parsed(func(m *module) bool { return m.role == rolePolicy || m.role == roleLib })).Files
	for _, m := range e.modules {
		if m.role != rolePolicy && m.role != roleLib {
			continue
		}
		if !tested[m.pkg] && !slices.Contains(report.Untested, m.pkg) {
			report.Untested = append(report.Untested, m.pkg)
		}
		if file := files[m.path]; file != nil {
			report.Coverage[m.path] = int(file.Coverage)
		}
	}
}

// inputTracer records what tests cover, and holds every input that a test asks
// with against the schema of its kind.
type inputTracer struct {
	*cover.Cover
	engine  *Engine
	modules map[string]*module

	mu      sync.Mutex
	checked map[*ast.Term]bool
	wrong   map[string]bool
}

// TraceEvent looks at events of test files only: every with is there, and an
// input must be checked also where the index of rules saw at once that no rule
// can fire on it.
func (t *inputTracer) TraceEvent(event topdown.Event) {
	t.Cover.TraceEvent(event)
	input := event.Input()
	if input == nil || event.Location == nil {
		return
	}
	m := t.modules[event.Location.File]
	if m == nil || m.role != roleTest || m.kind.name == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.checked[input] {
		return
	}
	t.checked[input] = true
	value, err := ast.JSON(input.Value)
	if err != nil {
		t.wrong[fmt.Sprintf("%s:%d:%d: input is not JSON: %v", m.path, event.Location.Row, event.Location.Col, err)] = true
		return
	}
	for _, message := range t.engine.schema.byName[m.kind.schema].check("input", value) {
		t.wrong[fmt.Sprintf("%s:%d:%d: %s", m.path, event.Location.Row, event.Location.Col, message)] = true
	}
}
