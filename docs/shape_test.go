package docs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"rr/internal/control"
	"rr/internal/store"
	"rr/policies"
	"rr/schemas"
)

// rest is the name of a field that stands for those that are not shown.
const rest = "..."

// nouns are the Go types of what the commands print, by the name of the field.
func nouns() map[string]any {
	return map[string]any{
		"record": new(schemas.Record), "snapshot": new(schemas.Snapshot), "decision": new(schemas.Decision),
		"outcome": new(schemas.Outcome), "outcomes": new([]schemas.Outcome), "incidents": new([]schemas.Incident),
		"incident": new(schemas.Incident), "attempts": new([]schemas.Attempt), "findings": new([]schemas.Finding),
		"alerts": new([]schemas.Alert), "errors": new([]schemas.PolicyError), "source": new(schemas.Source),
		"running": new(control.Status), "efficacy": new([]store.Efficacy), "turns": new([]store.Summary),
		"explained": new(policies.Explanation), "tests": new([]policies.TestResult),
	}
}

// compareShape runs a command and holds what it prints against a documented
// shape: the same fields, of the same types. Both decode into the real types.
func (s *story) compareShape(command, text string) error {
	out, err := s.printed(command)
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	var documented, printed map[string]any
	if err := json.Unmarshal([]byte(text), &documented); err != nil {
		return err
	}
	if err := json.Unmarshal(out, &printed); err != nil {
		return err
	}
	if err := shape(command, documented, printed); err != nil {
		return err
	}
	if _, isSnapshot := printed["moment"]; isSnapshot {
		printed, documented = map[string]any{"snapshot": printed}, map[string]any{"snapshot": documented}
	}
	for name, value := range printed {
		if err := decodes(name, value); err != nil {
			return fmt.Errorf("%s prints %s: %w", command, name, err)
		}
	}
	for name, value := range documented {
		if err := decodes(name, withoutRest(value)); err != nil {
			return fmt.Errorf("%s is documented to print %s: %w", command, name, err)
		}
	}

	return nil
}

func shape(at string, documented, printed any) error {
	if reflect.TypeOf(documented) != reflect.TypeOf(printed) {
		return fmt.Errorf("%s is documented as %T and is %T", at, documented, printed)
	}
	switch want := documented.(type) {
	case map[string]any:
		return fieldsOf(at, want, printed.(map[string]any))
	case []any:
		got := printed.([]any)
		if len(want) > 0 && len(got) == 0 {
			return fmt.Errorf("%s is documented as a list with something in it, and is empty", at)
		}
		if len(want) > 0 {
			return shape(at+"[0]", want[0], got[0])
		}
	}

	return nil
}

func fieldsOf(at string, want, got map[string]any) error {
	_, more := want[rest]
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if name == rest {
			continue
		}
		value, there := got[name]
		if !there {
			return fmt.Errorf("%s has no %s; it has %v", at, name, slices.Sorted(maps.Keys(got)))
		}
		if err := shape(at+"."+name, want[name], value); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[name]; !there && !more {
			return fmt.Errorf("%s.%s is not documented", at, name)
		}
	}

	return nil
}

// decodes wants a value to be one of the noun's, with no field that it does not
// have.
func decodes(name string, value any) error {
	noun := nouns()[name]
	switch value.(type) {
	case map[string]any, []any:
	default:
		return nil // a count of them
	}
	if noun == nil {
		return nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(noun); err != nil && !strings.Contains(err.Error(), "parsing time") {
		return err
	}

	return nil
}

func withoutRest(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			v[name] = withoutRest(v[name])
		}
		delete(v, rest)
	case []any:
		for i := range v {
			v[i] = withoutRest(v[i])
		}
	}

	return value
}
