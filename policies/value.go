package policies

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// jsonValue is v as decoded JSON, its numbers kept as they are written.
func jsonValue(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}

	return value, nil
}

// term is v as Rego sees it, by way of its JSON.
func term(v any) (*ast.Term, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	value, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}

	return ast.NewTerm(value), nil
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
