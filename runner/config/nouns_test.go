package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	cueast "cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	cuetoken "cuelang.org/go/cue/token"

	"rr/schemas"
)

// cueOnly are definitions that have no struct: scalars, and maps of which CUE
// says which keys there are.
var cueOnly = map[string]string{
	"#ID": "ID", "#Duration": "Duration", "#Size": "Size",
	"#Severity": "string", "#Status": "string", "#Mode": "string", "#Builtin": "string",
	"#ProcessAttempts": "map[string]Attempts", "#DaemonAttempts": "map[string]Attempts",
	"#EcosystemAttempts": "map[string]Attempts",
	"#WorkflowAttempts":  "map[string]Attempts", "#RunsAttempts": "map[string]Attempts", "#RepoAttempts": "map[string]Attempts",
	"#FunctionAttempts": "map[string]Attempts", "#ManifestAttempts": "map[string]Attempts", "#SiteAttempts": "map[string]Attempts", "#EndpointAttempts": "map[string]Attempts", "#BackupSetAttempts": "map[string]Attempts",
	"#Components": "map[string]ComponentSums",
}

// goField is a field of a struct as JSON shows it.
type goField struct {
	kind     string // in the words of CUE
	optional bool
}

// goNoun is a struct as its source has it.
type goNoun struct {
	file   string
	fields map[string]goField
}

func TestEveryNounIsTheSameInGoAndInCUE(t *testing.T) {
	nouns := goNouns(t)
	defs, err := allDefinitions()
	if err != nil {
		t.Fatal(err)
	}
	for name, noun := range nouns {
		def, ok := defs["#"+name]
		if !ok {
			t.Errorf("%s.go: %s has no #%s in CUE", noun.file, name, name)
			continue
		}
		if got, want := def.file, noun.file+".cue"; got != want {
			t.Errorf("#%s is in %s, want %s", name, got, want)
		}
		want := noun.fields
		got := cueFields(t, def.expr)
		for field, w := range want {
			if g, ok := got[field]; !ok {
				t.Errorf("#%s has no field %s, which the Go type has", name, field)
			} else if g != w {
				t.Errorf("#%s.%s is %s, in Go it is %s", name, field, g, w)
			}
		}
		for field := range got {
			if _, ok := want[field]; !ok {
				t.Errorf("%s has no field %s, which #%s has", name, field, name)
			}
		}
	}
	for name := range defs {
		if _, ok := nouns[strings.TrimPrefix(name, "#")]; !ok && cueOnly[name] == "" {
			t.Errorf("%s has no Go type", name)
		}
	}
}

// embedded stands for the name of a struct that another one has as its own.
const embedded = "(embedded)"

func (f goField) String() string {
	if f.optional {
		return f.kind + " (optional)"
	}

	return f.kind
}

// goNouns reads the exported structs of package schemas from its source.
func goNouns(t *testing.T) map[string]goNoun {
	t.Helper()
	nouns := map[string]goNoun{}
	for name, file := range goFiles(t) {
		for _, decl := range file.Decls {
			for _, spec := range specs(decl) {
				typed, ok := spec.(*ast.TypeSpec)
				if !ok || !typed.Name.IsExported() {
					continue
				}
				if structure, ok := typed.Type.(*ast.StructType); ok && isNoun(structure) {
					nouns[typed.Name.Name] = goNoun{file: name, fields: goFields(t, structure)}
				}
			}
		}
	}

	return nouns
}

// isNoun tells the structs that are written as JSON from those that never leave
// the program.
func isNoun(structure *ast.StructType) bool {
	return slices.ContainsFunc(structure.Fields.List, func(field *ast.Field) bool { return field.Tag != nil })
}

func goFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	dir := os.DirFS("../../schemas")
	names, err := fs.Glob(dir, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(name, ".go")] = file
	}

	return files
}

func specs(decl ast.Decl) []ast.Spec {
	if general, ok := decl.(*ast.GenDecl); ok {
		return general.Specs
	}

	return nil
}

func goFields(t *testing.T, structure *ast.StructType) map[string]goField {
	t.Helper()
	fields := map[string]goField{}
	for _, field := range structure.Fields.List {
		if field.Names == nil {
			fields[embedded] = goField{kind: goKind(field.Type)}
			continue
		}
		if field.Tag == nil {
			t.Errorf("%v has no JSON name", field.Names)
			continue
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		_, pointer := field.Type.(*ast.StarExpr)
		if optional := options == "omitempty"; pointer && !optional {
			t.Errorf("%s: a pointer without omitempty is null in JSON, which policies take for a number", name)
		}
		fields[name] = goField{kind: goKind(field.Type), optional: options == "omitempty"}
	}

	return fields
}

// goKind tells the type of a Go field as CUE would.
func goKind(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return goKind(e.X)
	case *ast.ArrayType:
		return "[..." + goKind(e.Elt) + "]"
	case *ast.MapType:
		return "[string]: " + goKind(e.Value)
	case *ast.SelectorExpr:
		return "string" // time.Time
	case *ast.Ident:
		switch e.Name {
		case "int64":
			return "int"
		case "int", "string", "bool":
			return e.Name
		case "ID":
			return "string"
		}
		return "#" + e.Name
	}

	return fmt.Sprintf("%T", expr)
}

func cueFields(t *testing.T, expr cueast.Expr) map[string]goField {
	t.Helper()
	structure, ok := expr.(*cueast.StructLit)
	if !ok {
		t.Fatalf("%T is no struct", expr)
	}
	fields := map[string]goField{}
	for _, elt := range structure.Elts {
		if embed, ok := elt.(*cueast.EmbedDecl); ok {
			fields[embedded] = goField{kind: cueKind(embed.Expr)}
		}
		field, ok := elt.(*cueast.Field)
		if !ok {
			continue
		}
		name, _, err := cueast.LabelName(field.Label)
		if err != nil {
			t.Fatal(err)
		}
		fields[name] = goField{kind: cueKind(field.Value), optional: field.Constraint == cuetoken.OPTION}
	}

	return fields
}

// cueKind tells the type of a CUE field without its bounds, default, message
// and extra constraints.
func cueKind(expr cueast.Expr) string {
	switch e := expr.(type) {
	case *cueast.Ident:
		switch stands := cueOnly[e.Name]; {
		case stands == "ID":
			return "string"
		case strings.HasPrefix(stands, "map[string]"):
			return "[string]: #" + strings.TrimPrefix(stands, "map[string]")
		case stands == "string":
			return stands
		}
		return e.Name
	case *cueast.ParenExpr:
		return cueKind(e.X)
	case *cueast.BasicLit:
		return "string"
	case *cueast.ListLit:
		return "[..." + cueKind(e.Elts[0].(*cueast.Ellipsis).Type) + "]"
	case *cueast.StructLit:
		return "[string]: " + cueKind(e.Elts[0].(*cueast.Field).Value)
	case *cueast.BinaryExpr:
		if e.Op == cuetoken.AND {
			return cueKind(e.X)
		}
		for _, expr := range disjuncts(e) {
			if _, isDefault := expr.(*cueast.UnaryExpr); !isDefault {
				return cueKind(expr)
			}
		}
	}

	return fmt.Sprintf("%T", expr)
}

// enums are the constants of package schemas, by what their names begin with,
// and where CUE lists them.
var enums = map[string][]string{
	"Process":   {"#Process", "state"},
	"Daemon":    {"#Daemon", "state"},
	"Source":    {"#Source", "state"},
	"Guard":     {"#Withheld", "guard"},
	"Outcome":   {"#Outcome", "status"},
	"Attempt":   {"#Attempt", "state"},
	"Incident":  {"#Incident", "state"},
	"Severity":  {"#Severity"},
	"Status":    {"#Status"},
	"Mode":      {"#Mode"},
	"Ecosystem": {"#Ecosystem", "state"},
	"Workflow":  {"#Workflow", "state"},
	"Run":       {"#Runs", "conclusion"},
	"Failure":   {"#Runs", "failure"},
	"Repo":      {"#Repo", "state"},
	"Changes":   {"#GitHub", "changes"},
	"Function":  {"#Function", "state"},
	"Manifest":  {"#Manifest", "state"},
	"Event":     {"#Event", "kind"},
	"Step":      {"#Step", "state"},
	"Set":       {"#BackupSet", "state"},
	"Builtin":   {"#Builtin"},
	"Encrypt":   {"#BackupConfig", "encrypt"},
}

func TestEveryEnumIsTheSameInGoAndInCUE(t *testing.T) {
	constants := goConstants(t)
	defs, err := allDefinitions()
	if err != nil {
		t.Fatal(err)
	}
	for prefix, path := range enums {
		schema, err := translator{defs: defs}.name(path[0])
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Sorted(slices.Values(schema.at(path[1:]).Enum))
		want := slices.Sorted(slices.Values(constants[prefix]))
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %q, the constants %s… are %q", strings.Join(path, "."), got, prefix, want)
		}
	}
	for prefix := range constants {
		if enums[prefix] == nil {
			t.Errorf("the constants %s… are in no enum", prefix)
		}
	}
}

// goConstants reads the text constants of package schemas, by the first word of
// their names.
func goConstants(t *testing.T) map[string][]string {
	t.Helper()
	constants := map[string][]string{}
	for _, file := range goFiles(t) {
		for _, decl := range file.Decls {
			for _, spec := range specs(decl) {
				value, ok := spec.(*ast.ValueSpec)
				if !ok || len(value.Values) == 0 || value.Names[0].Name == "PolicyOperator" || value.Names[0].Name == "ByRR" {
					continue
				}
				literal, ok := value.Values[0].(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					continue
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				prefix := firstWord(value.Names[0].Name)
				constants[prefix] = append(constants[prefix], text)
			}
		}
	}

	return constants
}

// firstWord is Process of ProcessOnline.
func firstWord(name string) string {
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			return name[:i]
		}
	}

	return name
}

func TestEveryCUEFileIsFormatted(t *testing.T) {
	names, err := fs.Glob(schemas.CUE, "*.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := schemas.CUE.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := format.Source(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if string(formatted) != string(text) {
			t.Errorf("%s is not as cue fmt writes it; want\n%s", name, formatted)
		}
	}
}
