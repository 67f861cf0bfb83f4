package policies

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// answerError is an answer that is not accepted. One wrong answer takes all
// answers of its policy about that subject with it.
type answerError struct{ at, message string }

func (e *answerError) Error() string { return e.at + ": " + e.message }

// answer is one element of a public rule and the position of its rule.
type answer struct {
	rule   string
	at     string
	fields ast.Object
}

func (a answer) wrong(format string, args ...any) error {
	return &answerError{at: a.at, message: a.rule + ": " + fmt.Sprintf(format, args...)}
}

// list returns the answers of one public rule, in the order of their rules'
// positions.
func (r reply) list(rule string) ([]answer, error) {
	if r.answers == nil {
		return nil, nil
	}
	found := r.answers.Get(ast.StringTerm(rule))
	if found == nil {
		return nil, nil
	}
	set, ok := found.Value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("%s is not a set", rule)
	}

	answers := make([]answer, 0, set.Len())
	for _, element := range set.Slice() {
		wrapped, _ := element.Value.(ast.Object)
		at := string(wrapped.Get(ast.StringTerm("at")).Value.(ast.String))
		value := wrapped.Get(ast.StringTerm("answer"))
		fields, ok := value.Value.(ast.Object)
		if !ok {
			return nil, &answerError{at, fmt.Sprintf("%s: %s, want an object as in {\"reason\": \"…\"}", rule, value)}
		}
		answers = append(answers, answer{rule: rule, at: at, fields: fields})
	}
	slices.SortStableFunc(answers, func(a, b answer) int { return comparePlaces(a.at, b.at) })

	return answers, nil
}

// only refuses fields that an answer does not have.
func (a answer) only(names ...string) error {
	return a.fields.Iter(func(key, _ *ast.Term) error {
		if name := termText(key); !slices.Contains(names, name) {
			return a.wrong("no field %q; %s", name, choices(name, names))
		}
		return nil
	})
}

// text returns a string that must be there and not be empty.
func (a answer) text(name string) (string, error) {
	value := a.fields.Get(ast.StringTerm(name))
	if value == nil {
		return "", a.wrong("field %q is missing", name)
	}
	word, ok := value.Value.(ast.String)
	if !ok || word == "" {
		return "", a.wrong("%s: %s, want a text that is not empty", name, value)
	}

	return string(word), nil
}

// word returns a string that must be one of words.
func (a answer) word(name string, words ...string) (string, error) {
	text, err := a.text(name)
	if err != nil {
		return "", err
	}
	if !slices.Contains(words, text) {
		return "", a.wrong("%s: no such value %q; %s", name, text, choices(text, words))
	}

	return text, nil
}

// whole returns a whole number within bounds, and whether it is there.
func (a answer) whole(name string, low, high int64) (int64, bool, error) {
	value := a.fields.Get(ast.StringTerm(name))
	if value == nil {
		return 0, false, nil
	}
	text, isNumber := value.Value.(ast.Number)
	n, err := strconv.ParseInt(string(text), 10, 64)
	if !isNumber || err != nil || n < low || n > high {
		return 0, false, a.wrong("%s: %s, want a whole number from %d to %d", name, value, low, high)
	}

	return n, true, nil
}

// must is whole of a field that has to be there.
func (a answer) must(name string, low, high int64) (int64, error) {
	n, ok, err := a.whole(name, low, high)
	if err == nil && !ok {
		err = a.wrong("field %q is missing", name)
	}

	return n, err
}

// flag returns a yes or no, no where it is not there.
func (a answer) flag(name string) (bool, error) {
	value := a.fields.Get(ast.StringTerm(name))
	if value == nil {
		return false, nil
	}
	b, ok := value.Value.(ast.Boolean)
	if !ok {
		return false, a.wrong("%s: %s, want true or false", name, value)
	}

	return bool(b), nil
}

func severities() []string {
	return []string{schemas.SeverityInfo, schemas.SeverityWarning, schemas.SeverityCritical}
}

func (a answer) finding() (schemas.FindingAnswer, error) {
	var f schemas.FindingAnswer
	if err := a.only("score", "severity", "reason", "cause", "in_work"); err != nil {
		return f, err
	}
	score, err := a.must("score", 0, 100)
	if err != nil {
		return f, err
	}
	f.Score = int(score)
	if f.Severity, err = a.word("severity", severities()...); err != nil {
		return f, err
	}
	if f.Reason, err = a.text("reason"); err != nil {
		return f, err
	}
	if a.fields.Get(ast.StringTerm("cause")) != nil {
		if f.Cause, err = a.text("cause"); err != nil {
			return f, err
		}
	}
	f.InWork, err = a.flag("in_work")

	return f, err
}

// maxForS is a year: what must hold for longer was written in another unit.
const maxForS = 365 * 24 * 3600

func (a answer) action() (schemas.ActionAnswer, error) {
	var act schemas.ActionAnswer
	if err := a.only("verb", "reason", "for_s", "target"); err != nil {
		return act, err
	}
	var err error
	if act.Verb, err = a.text("verb"); err != nil {
		return act, err
	}
	if act.Reason, err = a.text("reason"); err != nil {
		return act, err
	}
	if act.ForS, _, err = a.whole("for_s", 0, maxForS); err != nil {
		return act, err
	}
	if a.fields.Get(ast.StringTerm("target")) == nil {
		return act, nil
	}
	target, err := a.text("target")
	if err != nil {
		return act, err
	}
	if act.Target, err = schemas.ParseID(target); err != nil {
		return act, a.wrong("target: %v", err)
	}

	return act, nil
}

func (a answer) alert() (schemas.AlertAnswer, error) {
	var alert schemas.AlertAnswer
	err := a.only("severity", "reason", "exhausted")
	if err != nil {
		return alert, err
	}
	if alert.Severity, err = a.word("severity", severities()...); err != nil {
		return alert, err
	}
	if alert.Reason, err = a.text("reason"); err != nil {
		return alert, err
	}
	alert.Exhausted, err = a.flag("exhausted")

	return alert, err
}

// number writes a whole number as Rego has it.
func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }
