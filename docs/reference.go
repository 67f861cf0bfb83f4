package docs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"rr/schemas"
)

// plain says what fields mean whose Go comment says nothing.
var plain = map[string]string{
	"failed": "times it was tried and its subject was not healthy afterwards", "pending": "times it was tried and is not yet verified",
	"recovered": "times it was tried and its subject was healthy for the settle time", "tried": "times it was tried in this incident",
	"id": "of the subject: system/scope/kind/name[#instance]", "name": "as PM2 has it", "instance": "its number among those of one name, from 0",
	"namespace": "as PM2 has it", "mode": "of the whole", "state": "what it is in", "source": "how its facts were come by",
	"peers": "the processes of its scope, counted by state", "taken_at": "when the snapshot was taken, RFC 3339, UTC", "pid": "of its first process",
	"home": "the PM2 home", "version": "of PM2", "node_version": "of the Node.js that PM2 runs on", "cron_restart": "as PM2 has it",
	"daemon": "its facts", "process": "its facts", "reason": "in one line, for a person", "status": "`healthy`, `warning`, `critical` or `unknown`",
	"attempts": "every verb of the kind, zeros where never tried", "pm2": "all that is of PM2",
	"total": "all of them", "online": "in that state", "launching": "in that state", "stopping": "in that state", "stopped": "in that state",
	"waiting": "in that state", "errored": "in that state", "phantom": "in that state", "missing": "in that state", "unknown": "in that state",
	"pm2.restart": "PM2 restarts it", "pm2.stop_start": "PM2 stops it, then starts it", "pm2.resurrect": "it is brought back from `dump.pm2`", "pm2.restore_dump": "a good `dump.pm2` is put back from a backup, and it is brought back from that",
	"pm2.reload": "a cluster process is replaced without downtime", "pm2.recreate": "it is deleted and started from `dump.pm2`", "pm2.restore_app": "it is started, where PM2 knows it deleted before, from its entry in a backup of `dump.pm2`",
	"pm2.start_ecosystem": "it is started from its ecosystem file", "pm2.stop": "it is stopped, and stays so", "pm2.reset": "PM2's counts of restarts are set to 0",
	"pm2.end_orphans": "what an earlier daemon left running is ended", "pm2.save": "what runs is written to `dump.pm2`",
	"pm2.update_daemon": "the daemon is replaced by the installed version; only a person may ask for it",
	"finished":          "in that state", "crash_loop": "in that state", "hidden_errored": "in that state", "ecosystem": "its facts", "path": "absolute", "parent": "the daemon it belongs to",
	"event_loop_p95_ms": "as the app reports it, whole milliseconds",
	"verb":              "as in `pm2.restart`", "severity": "`info`, `warning` or `critical`", "weight": "as configured",
}

// schema is what is read of a JSON Schema.
type schema struct {
	Type       string            `json:"type"`
	Enum       []string          `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Additional json.RawMessage   `json:"additionalProperties"`
	Items      *schema           `json:"items"`
}

// field is one field of a Go noun, by its JSON name.
type field struct {
	name, comment string
	optional      bool
	noun          string // type of the field, where it is a noun itself
}

// roots are the Go nouns of the schemas, where the comments on fields are.
var roots = map[string]string{
	"pm2/process": "ProcessInput", "pm2/daemon": "DaemonInput", "pm2/ecosystem": "EcosystemInput", "overall": "OverallInput",
	"github/workflow": "WorkflowInput", "github/runs": "RunsInput", "github/repo": "RepoInput",
	"netlify/function": "FunctionInput", "netlify/manifest": "ManifestInput", "netlify/site": "SiteInput", "netlify/endpoint": "EndpointInput",
	"backup/set": "BackupSetInput", "config/backup": "BackupPolicyConfig", "config/pm2": "PM2PolicyConfig", "config/github": "GitHubPolicyConfig", "config/netlify": "NetlifyPolicyConfig", "config/overall": "OverallPolicyConfig",
}

// fields writes a row of a table for every field of a schema.
func fields(path, root string, comments map[string][]field) ([]string, error) {
	raw, err := schemas.JSON.ReadFile("json/" + path + ".json")
	if err != nil {
		return nil, err
	}
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("json/%s.json: %w", path, err)
	}

	return rows(s, root, roots[path], comments), nil
}

func rows(s schema, at, noun string, comments map[string][]field) []string {
	var all []string
	var verb schema
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name]
		known := named(comments, noun, name)
		if known.name == "" {
			known.noun = noun // a key of a map
		}
		there := "always"
		if !s.required(name) {
			there = "if known"
		}
		where := at + "." + name
		if strings.Contains(name, ".") { // a verb; all have the same fields
			where, verb = fmt.Sprintf("%s[%q]", at, name), property
		}
		meaning := cmp.Or(known.comment, plain[name])
		all = append(all, fmt.Sprintf("| `%s` | %s | %s | %s |\n", where, property.kind(), there, meaning))
		if !strings.Contains(name, ".") {
			all = append(all, rows(property, where, known.noun, comments)...)
			if property.Items != nil {
				all = append(all, rows(*property.Items, where+"[_]", known.noun, comments)...)
			}
		}
		if entry := property.entry(); entry != nil {
			all = append(all, rows(*entry, where+"[name]", known.noun, comments)...)
		}
	}
	if len(verb.Properties) > 0 {
		all = append(all, rows(verb, at+"[verb]", "Attempts", comments)...)
	}

	return all
}

// named finds a field of a noun, or of one that it has as its own.
func named(comments map[string][]field, noun, name string) field {
	for _, f := range comments[noun] {
		if f.name == name {
			return f
		}
		if f.name == "" {
			if own := named(comments, f.noun, name); own.name != "" {
				return own
			}
		}
	}

	return field{}
}

// kind is a type in words, an enumeration as its values.
func (s schema) kind() string {
	switch {
	case len(s.Enum) > 0:
		return "`" + strings.Join(s.Enum, "`, `") + "`"
	case s.Items != nil:
		return "list of " + s.Items.kind()
	}

	return map[string]string{"string": "text", "integer": "whole number", "boolean": "`true`, `false`", "object": "object"}[s.Type]
}

// entry is the schema of a map's entries, nil where s is none.
func (s schema) entry() *schema {
	var entry schema
	if json.Unmarshal(s.Additional, &entry) != nil || entry.Type == "" {
		return nil
	}

	return &entry
}

// fieldComments reads the comments on the fields of every Go noun.
func fieldComments() (map[string][]field, error) {
	_, here, _, _ := runtime.Caller(0)
	names, err := filepath.Glob(filepath.Join(filepath.Dir(here), "..", "schemas", "*.go"))
	if err != nil {
		return nil, err
	}
	found := map[string][]field{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if noun, ok := spec.Type.(*ast.StructType); ok {
					found[spec.Name.Name] = commented(noun)
				}
			}
			return true
		})
	}

	return found, nil
}

func commented(noun *ast.StructType) []field {
	var all []field
	for _, f := range noun.Fields.List {
		if len(f.Names) == 0 {
			all = append(all, field{noun: nounOf(f.Type)}) // its fields are those of the noun
			continue
		}
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue
		}
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		comment := f.Comment.Text() + f.Doc.Text()
		all = append(all, field{
			name: name, optional: strings.Contains(options, "omitempty"),
			comment: strings.ReplaceAll(strings.Join(strings.Fields(comment), " "), "|", `\|`), noun: nounOf(f.Type),
		})
	}

	return all
}

// nounOf is the name of a noun, also of a map or list of it.
func nounOf(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return nounOf(e.X)
	case *ast.MapType:
		return nounOf(e.Value)
	case *ast.ArrayType:
		return nounOf(e.Elt)
	}

	return ""
}
