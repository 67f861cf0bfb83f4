package policies

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// schemaSet holds the JSON Schemas of what policies read, for OPA's type
// checker and for the linter.
type schemaSet struct {
	forOPA *ast.SchemaSet
	byName map[string]*schema // pm2/process
}

// schema is the part of JSON Schema that rr's schemas use.
type schema struct {
	Type       any                `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Enum       []any              `json:"enum"`
	Items      *schema            `json:"items"`
	Additional any                `json:"additionalProperties"`
}

// readSchemas reads json/pm2/process.json as schema.pm2.process.
func readSchemas(files fs.FS) (*schemaSet, error) {
	set := &schemaSet{forOPA: ast.NewSchemaSet(), byName: map[string]*schema{}}
	err := fs.WalkDir(files, "json", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return set.add(strings.TrimSuffix(strings.TrimPrefix(name, "json/"), ".json"), text)
	})
	if err != nil {
		return nil, err
	}
	for _, k := range kinds() {
		if set.byName[k.schema] == nil || set.byName[k.config] == nil {
			return nil, fmt.Errorf("kind %s: no schema json/%s.json or json/%s.json", k.name, k.schema, k.config)
		}
	}

	return set, nil
}

func (set *schemaSet) add(name string, text []byte) error {
	var raw any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	parsed := &schema{}
	if err := json.Unmarshal(text, parsed); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}

	ref := ast.Ref{ast.SchemaRootDocument}
	for part := range strings.SplitSeq(name, "/") {
		ref = ref.Append(ast.StringTerm(part))
	}
	set.forOPA.Put(ref, raw)
	set.byName[name] = parsed

	return nil
}

// of returns the schema that a path begins with, and the rest of the path:
// input.process.state of a process policy is process.state in pm2/process.
func (set *schemaSet) of(k kind, ref ast.Ref) (*schema, ast.Ref) {
	switch {
	case len(ref) > 0 && ref[0].Equal(ast.InputRootDocument):
		return set.byName[k.schema], ref[1:]
	case len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("config")):
		return set.byName[k.config], ref[2:]
	}

	return nil, nil
}

// place is what a schema knows of a path.
type place struct {
	schema   *schema // nil where the schema does not say
	optional bool    // it, or something it is in, may be absent
	missing  string  // the first name that does not exist, empty where all do
	names    []string
}

// find follows a path into a schema.
func (s *schema) find(rest ast.Ref) place {
	found := place{schema: s}
	for _, term := range rest {
		at := found.schema
		if at == nil {
			return found
		}
		name, ok := term.Value.(ast.String)
		switch {
		case at.Items != nil:
			found.schema = at.Items
		case !ok || len(at.Properties) == 0 && at.Additional != false:
			found.schema = nil
		case at.Properties[string(name)] == nil:
			found.missing, found.names = string(name), slices.Sorted(maps.Keys(at.Properties))
			return found
		default:
			found.optional = found.optional || !slices.Contains(at.Required, string(name))
			found.schema = at.Properties[string(name)]
		}
	}

	return found
}

// enum lists the words that a value may be, nil where it may be any.
func (s *schema) enum() []string {
	if s == nil {
		return nil
	}
	var words []string
	for _, one := range s.Enum {
		if word, ok := one.(string); ok {
			words = append(words, word)
		}
	}

	return words
}

// check says what is wrong with a value, as path: message.
func (s *schema) check(at string, value any) []string {
	var wrong []string
	switch v := value.(type) {
	case map[string]any:
		wrong = s.checkObject(at, v)
	case []any:
		for i, item := range v {
			if s.Items != nil {
				wrong = append(wrong, s.Items.check(fmt.Sprintf("%s[%d]", at, i), item)...)
			}
		}
	}
	if have := typeOf(value); !s.allows(have) {
		wrong = append(wrong, fmt.Sprintf("%s: %s, want %v", at, have, s.Type))
	}
	if word, ok := value.(string); ok && s.enum() != nil && !slices.Contains(s.enum(), word) {
		wrong = append(wrong, fmt.Sprintf("%s: no such value %q; %s", at, word, choices(word, s.enum())))
	}

	return wrong
}

func (s *schema) checkObject(at string, object map[string]any) []string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch {
		case s.Properties[name] != nil:
			wrong = append(wrong, s.Properties[name].check(at+"."+name, object[name])...)
		case s.Additional == false:
			wrong = append(wrong, fmt.Sprintf("%s: no field %q; %s", at, name, choices(name, slices.Collect(maps.Keys(s.Properties)))))
		}
	}
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s: field %q is missing; start from policies.fixtures", at, name))
		}
	}

	return wrong
}

func (s *schema) allows(have string) bool {
	switch want := s.Type.(type) {
	case string:
		return have == want || want == "number" && have == "integer"
	case []any:
		return slices.Contains(want, any(have))
	}

	return true
}

// typeOf names the type of a decoded JSON value as JSON Schema does.
func typeOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	}

	return "object"
}
