package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// JSONSchemas returns the JSON Schemas that OPA checks policies against, by
// their path under schemas/json: pm2/process.json is schema.pm2.process.
//
// They are written in the part of JSON Schema that OPA's type checker follows:
// definitions inlined, no allOf, no bounds, every struct closed. Durations and
// sizes are integers, because data.config holds whole seconds and bytes.
func JSONSchemas() (map[string][]byte, error) {
	roots := map[string]string{
		"pm2/process.json":      "#ProcessInput",
		"pm2/daemon.json":       "#DaemonInput",
		"pm2/ecosystem.json":    "#EcosystemInput",
		"github/workflow.json":  "#WorkflowInput",
		"github/runs.json":      "#RunsInput",
		"github/repo.json":      "#RepoInput",
		"netlify/function.json": "#FunctionInput",
		"netlify/manifest.json": "#ManifestInput",
		"netlify/site.json":     "#SiteInput",
		"netlify/endpoint.json": "#EndpointInput",
		"backup/set.json":       "#BackupSetInput",
		"overall.json":          "#OverallInput",
		"config/backup.json":    "#BackupPolicyConfig",
		"config/github.json":    "#GitHubPolicyConfig",
		"config/netlify.json":   "#NetlifyPolicyConfig",
		"config/pm2.json":       "#PM2PolicyConfig",
		"config/overall.json":   "#OverallPolicyConfig",
	}
	defs, err := allDefinitions()
	if err != nil {
		return nil, err
	}
	written := map[string][]byte{}
	for path, name := range roots {
		schema, err := translator{defs: defs}.name(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		schema.Draft, schema.Title = "http://json-schema.org/draft-07/schema#", name
		if written[path], err = schema.text(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}

	return written, nil
}

// jsonSchema is the part of JSON Schema that OPA's type checker follows.
type jsonSchema struct {
	Draft      string                 `json:"$schema,omitempty"`
	Title      string                 `json:"title,omitempty"`
	Type       string                 `json:"type,omitempty"`
	Enum       []string               `json:"enum,omitempty"`
	Properties map[string]*jsonSchema `json:"properties,omitempty"`
	Required   []string               `json:"required,omitempty"`
	// Additional is false for a closed struct and a schema for a map.
	Additional any         `json:"additionalProperties,omitempty"`
	Items      *jsonSchema `json:"items,omitempty"`
}

func (s *jsonSchema) text() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return nil, err
	}

	return b.Bytes(), nil
}

// translator turns CUE as the nouns are written in it into JSON Schema. What it
// does not know it refuses, so that nothing is left out in silence.
type translator struct {
	defs map[string]definition
	path []string // definitions being translated, against endless recursion
}

func (t translator) name(name string) (*jsonSchema, error) {
	switch name {
	case "_": // whatever the other half of an & says
		return &jsonSchema{}, nil
	case "string", "number":
		return &jsonSchema{Type: name}, nil
	case "bool":
		return &jsonSchema{Type: "boolean"}, nil
	case "int", "#Duration", "#Size":
		return &jsonSchema{Type: "integer"}, nil
	}
	def, ok := t.defs[name]
	if !ok {
		return nil, fmt.Errorf("%s is not defined", name)
	}
	if slices.Contains(t.path, name) {
		return nil, fmt.Errorf("%s holds itself", name)
	}
	t.path = append(slices.Clone(t.path), name)

	return t.expr(def.expr)
}

func (t translator) expr(expr ast.Expr) (*jsonSchema, error) {
	switch e := expr.(type) {
	case *ast.Ident:
		return t.name(e.Name)
	case *ast.ParenExpr:
		return t.expr(e.X)
	case *ast.BasicLit:
		text, err := literal.Unquote(e.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: only strings can be listed: %w", e.Pos(), err)
		}
		return &jsonSchema{Type: "string", Enum: []string{text}}, nil
	case *ast.ListLit:
		return t.list(e)
	case *ast.StructLit:
		return t.structure(e)
	case *ast.BinaryExpr:
		return t.binary(e)
	}

	return nil, fmt.Errorf("%s: no JSON Schema for %T", expr.Pos(), expr)
}

func (t translator) list(list *ast.ListLit) (*jsonSchema, error) {
	if len(list.Elts) == 1 {
		if rest, ok := list.Elts[0].(*ast.Ellipsis); ok && rest.Type != nil {
			items, err := t.expr(rest.Type)
			return &jsonSchema{Type: "array", Items: items}, err
		}
	}

	return nil, fmt.Errorf("%s: only lists of the form [...type] have a JSON Schema", list.Pos())
}

func (t translator) structure(lit *ast.StructLit) (*jsonSchema, error) {
	s := &jsonSchema{Type: "object", Additional: false}
	for _, elt := range lit.Elts {
		if embedded, ok := elt.(*ast.EmbedDecl); ok {
			if err := t.embed(s, embedded.Expr); err != nil {
				return nil, err
			}
			continue
		}
		field, ok := elt.(*ast.Field)
		if !ok {
			continue
		}
		value, err := t.expr(field.Value)
		if err != nil {
			return nil, err
		}
		if _, isMap := field.Label.(*ast.ListLit); isMap {
			s.Additional = value
			continue
		}
		name, _, err := ast.LabelName(field.Label)
		if err != nil {
			return nil, err
		}
		s.put(name, value, field.Constraint != token.OPTION)
	}

	return s, nil
}

// embed puts the fields of one struct into another.
func (t translator) embed(s *jsonSchema, expr ast.Expr) error {
	embedded, err := t.expr(expr)
	if err != nil {
		return err
	}
	if embedded.Type != "object" {
		return fmt.Errorf("%s: no struct is embedded", expr.Pos())
	}
	for name, value := range embedded.Properties {
		s.put(name, value, slices.Contains(embedded.Required, name))
	}

	return nil
}

func (s *jsonSchema) put(name string, value *jsonSchema, required bool) {
	if s.Properties == nil {
		s.Properties = map[string]*jsonSchema{}
	}
	s.Properties[name] = value
	if required && !slices.Contains(s.Required, name) {
		s.Required = append(s.Required, name)
		slices.Sort(s.Required)
	}
}

func (t translator) binary(e *ast.BinaryExpr) (*jsonSchema, error) {
	switch e.Op {
	case token.OR:
		return t.either(e)
	case token.AND:
		return t.both(e)
	}

	return nil, fmt.Errorf("%s: no JSON Schema for %s", e.Pos(), e.Op)
}

// either gathers the strings of an enum, or finds the type among a default, a
// type and a message.
func (t translator) either(e *ast.BinaryExpr) (*jsonSchema, error) {
	var enum []string
	for _, expr := range disjuncts(e) {
		if marked, ok := expr.(*ast.UnaryExpr); ok && marked.Op == token.MUL {
			continue
		}
		if isMessage(expr) {
			continue
		}
		s, err := t.expr(expr)
		if err != nil {
			return nil, err
		}
		if s.Enum == nil {
			return s, nil
		}
		enum = append(enum, s.Enum...)
	}

	return &jsonSchema{Type: "string", Enum: enum}, nil
}

// both keeps the type of a bounded number, and the fields of two structs.
func (t translator) both(e *ast.BinaryExpr) (*jsonSchema, error) {
	if _, isBound := e.Y.(*ast.UnaryExpr); isBound {
		return t.expr(e.X)
	}
	x, err := t.expr(e.X)
	if err != nil {
		return nil, err
	}
	y, err := t.expr(e.Y)
	if err != nil {
		return nil, err
	}
	if x.Type != y.Type {
		return nil, fmt.Errorf("%s: %s and %s do not go together", e.Pos(), x.Type, y.Type)
	}
	for name, value := range y.Properties {
		if old := x.Properties[name]; old != nil && value.Type == "" {
			value = old
		}
		x.put(name, value, slices.Contains(y.Required, name))
	}

	return x, nil
}

// disjuncts returns the alternatives of an expression, in their order; the
// expression itself where it is none.
func disjuncts(expr ast.Expr) []ast.Expr {
	if e, ok := expr.(*ast.BinaryExpr); ok && e.Op == token.OR {
		return append(disjuncts(e.X), disjuncts(e.Y)...)
	}

	return []ast.Expr{expr}
}

// isMessage tells error("…"), the last alternative of a field, which says what
// is wanted.
func isMessage(expr ast.Expr) bool {
	call, ok := expr.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)

	return ok && name.Name == "error"
}
