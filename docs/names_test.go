package docs_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	opa "github.com/open-policy-agent/opa/v1/ast"

	"rr/docs"
	"rr/policies"
	"rr/runner/config"
	"rr/schemas"
)

func TestPolicyReferenceIsWhatTheProgramKnows(t *testing.T) {
	want, err := docs.PolicyReference()
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, "docs/policy-reference.md"); got != string(want) {
		t.Error("docs/policy-reference.md is not current: go generate ./docs")
	}
}

func TestThisRepositoryIsWatchedByAValidConfiguration(t *testing.T) {
	loaded, err := config.Load("../redundancy.cue")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := policies.Load(policies.Options{Config: loaded.Config, Dir: loaded.PolicyDir()}); err != nil {
		t.Error(err)
	}
}

func TestEveryFieldOfTheConfigurationIsDocumentedWithItsDefault(t *testing.T) {
	whole := configDefinition(t)
	real := map[string]string{}
	defaults(t, whole, "", real)
	documented := map[string]string{}
	for _, row := range cells(read(t, "docs/configuration.md")) {
		found := regexp.MustCompile("^ `([a-z0-9_.<>]+)` $").FindStringSubmatch(row[0])
		if found != nil && len(row) == 3 {
			documented[found[1]] = strings.Trim(strings.TrimSpace(row[1]), "`")
			if strings.TrimSpace(row[2]) == "" {
				t.Errorf("%s has no meaning", found[1])
			}
		}
	}
	for name, value := range real {
		if got, there := documented[name]; !there || got != value {
			t.Errorf("%s: documented default %q (%t), want %q", name, got, there, value)
		}
	}
	for name := range documented {
		if _, there := real[name]; !there {
			t.Errorf("%s is documented and does not exist", name)
		}
	}
}

// configDefinition is #Config with one entry of each map.
func configDefinition(t *testing.T) cue.Value {
	t.Helper()
	instance := build.NewContext().NewInstance("schemas", nil)
	for _, name := range []string{"config.cue", "github.cue", "netlify.cue", "backup.cue"} {
		text, err := schemas.CUE.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := instance.AddFile(name, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := instance.Complete(); err != nil {
		t.Fatal(err)
	}
	whole := cuecontext.New().BuildInstance(instance).LookupPath(cue.ParsePath("#Config"))
	for _, path := range []string{"pm2.any", "github.any", "netlify.any", "netlify.any.probes.any", "backup.sets.any"} {
		whole = whole.FillPath(cue.ParsePath(path), map[string]any{})
	}
	if err := whole.Err(); err != nil {
		t.Fatal(err)
	}

	return whole
}

// defaults are the fields of a configuration that hold values, each with its
// default as one writes it.
func defaults(t *testing.T, v cue.Value, at string, found map[string]string) {
	t.Helper()
	fields, err := v.Fields(cue.Optional(true))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	for fields.Next() {
		name := strings.TrimSuffix(fields.Selector().String(), "?")
		if name == "any" {
			name = "<name>"
		}
		value := fields.Value()
		if value.IncompleteKind() == cue.StructKind {
			defaults(t, value, at+name+".", found)
			continue
		}
		found[at+name] = "none"
		if written, err := value.MarshalJSON(); err == nil && !fields.IsOptional() {
			found[at+name] = string(written)
		}
	}
}

func TestEveryGuardIsDocumented(t *testing.T) {
	var guards []string
	for name, value := range constants(t, "../schemas/action.go") {
		if strings.HasPrefix(name, "Guard") {
			guards = append(guards, value)
		}
	}
	compare(t, "guard", firstCode(t, "docs/operations.md", "## Guards"), guards)
}

func TestEveryExitCodeIsDocumented(t *testing.T) {
	var codes []string
	for name, value := range constants(t, "../cmd/rr/exit.go") {
		if strings.HasPrefix(name, "exit") {
			codes = append(codes, value)
		}
	}
	compare(t, "exit code", firstCode(t, "docs/operations.md", "## Exit codes"), codes)
}

// constants are the literals of a file's constants, by name.
func constants(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			if literal, ok := value.(*ast.BasicLit); ok {
				found[spec.Names[i].Name] = unquoted(literal.Value)
			}
		}
		return true
	})

	return found
}

func unquoted(literal string) string {
	if plain, err := strconv.Unquote(literal); err == nil {
		return plain
	}

	return literal
}

func TestEveryVerbIsDocumented(t *testing.T) {
	var real []string
	for _, kind := range []string{"process", "daemon"} {
		text, err := schemas.JSON.ReadFile("json/pm2/" + kind + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`"(pm2\.\w+)": \{`).FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(real, found[1]) {
				real = append(real, found[1])
			}
		}
	}
	compare(t, "verb", firstCode(t, "docs/operations.md", "## Verbs"), real)
	compare(t, "verb", firstCode(t, "docs/pm2.md", "## What each verb refuses"), real)
}

// TestEveryStateAndPolicyIsDocumented holds the tables of the page of each
// system: they name every state, and with what is judged besides every built-in
// policy of their kind.
func TestEveryStateAndPolicyIsDocumented(t *testing.T) {
	engine, err := policies.Load(policies.Options{})
	if err != nil {
		t.Fatal(err)
	}
	covered := 0
	for _, of := range []struct{ kind, prefix, heading string }{
		{"pm2/process", "Process", "## Processes"},
		{"pm2/daemon", "Daemon", "## The daemon"},
		{"pm2/ecosystem", "Ecosystem", "## Ecosystem files"},
		{"github/workflow", "Workflow", "## Workflow files"},
		{"github/runs", "", "## Runs"},
		{"github/repo", "", "## The repository"},
		{"netlify/function", "Function", "## The source of a function"},
		{"netlify/manifest", "Manifest", "## The list of functions"},
		{"netlify/site", "", "## The site"},
		{"netlify/endpoint", "", "## Probes"},
		{"backup/set", "Set", "## Sets"},
	} {
		system, _, _ := strings.Cut(of.kind, "/")
		var states, policies []string
		for name, value := range constants(t, nounFile(of.kind)) {
			if of.prefix != "" && strings.HasPrefix(name, of.prefix) {
				states = append(states, value)
			}
		}
		for _, policy := range engine.List() {
			if policy.Kind == of.kind {
				policies = append(policies, policy.Package[strings.LastIndex(policy.Package, ".")+1:])
				covered++
			}
		}
		documented, named := statesAndPolicies(t, "docs/"+system+".md", of.heading, entryFields(t, system))
		if len(documented)+len(states) > 0 {
			compare(t, "state of "+of.kind, documented, states)
		}
		compare(t, "policy about "+of.kind, named, policies)
	}
	all := len(engine.List())
	for _, policy := range engine.List() {
		if policy.Kind == "overall" { // has no table
			all--
		}
	}
	if covered != all {
		t.Errorf("the tables are about %d policies of %d", covered, all)
	}
}

var code = regexp.MustCompile("`([^`]+)`")

// statesAndPolicies reads the tables of five columns below a heading, of which
// those that begin with state are about states, and wants every field in the
// last column to be one of fields.
func statesAndPolicies(t *testing.T, page, heading string, fields []string) (states, policies []string) {
	t.Helper()
	aboutStates := false
	for _, row := range cells(section(t, page, heading)) {
		switch first := strings.TrimSpace(row[0]); {
		case len(row) != 5:
			t.Fatalf("%s: %s: a row has %d cells, want 5: %q", page, heading, len(row), row)
		case first == "state" || first == "what":
			aboutStates = first == "state"
			continue
		}
		if aboutStates {
			states = append(states, code.FindStringSubmatch(row[0])[1])
		}
		for _, found := range code.FindAllStringSubmatch(row[2], -1) {
			policies = append(policies, found[1])
		}
		for _, found := range code.FindAllStringSubmatch(row[4], -1) {
			if !slices.ContainsFunc(fields, func(field string) bool { return field == found[1] || strings.HasPrefix(field, found[1]+".") }) {
				t.Errorf("%s: %s: %s is no field of an entry", page, heading, found[1])
			}
		}
	}

	return states, policies
}

// nounFile is where the noun of a kind is written.
func nounFile(kind string) string {
	if kind == "backup/set" {
		return "../schemas/backupset.go"
	}
	_, name, _ := strings.Cut(kind, "/")

	return "../schemas/" + name + ".go"
}

// entryFields are the fields of an entry of a system, without its name.
func entryFields(t *testing.T, system string) []string {
	t.Helper()
	found := map[string]string{}
	entry := configDefinition(t).LookupPath(cue.MakePath(cue.Str(system), cue.Str("any")))
	if system == "backup" { // there is one store, without a name
		entry = configDefinition(t).LookupPath(cue.ParsePath("backup"))
	}
	defaults(t, entry, "", found)

	return append(slices.Collect(maps.Keys(found)), "probes")
}

// TestEveryCommandAndFlagIsDocumented asks rr for them.
func TestEveryCommandAndFlagIsDocumented(t *testing.T) {
	var commands, flags []string
	walk(t, nil, &commands, &flags)
	compare(t, "command", firstCode(t, "docs/operations.md", "## Commands"), commands)
	text := section(t, "docs/operations.md", "## Commands")
	for _, flag := range flags {
		if !strings.Contains(text, "`"+flag+"`") && !strings.Contains(text, "`"+flag+" ") {
			t.Errorf("flag %s is not documented", flag)
		}
	}
	for _, found := range regexp.MustCompile("`(--?[a-z-]+)").FindAllStringSubmatch(text, -1) {
		if !slices.Contains(flags, found[1]) {
			t.Errorf("flag %s is documented and does not exist", found[1])
		}
	}
}

// walk gathers a command's subcommands and flags from its help.
func walk(t *testing.T, path []string, commands, flags *[]string) {
	t.Helper()
	out, err := exec.Command(filepath.Join(programs, "rr"), append(slices.Clone(path), "--help")...).Output()
	if err != nil {
		t.Fatalf("rr %v --help: %v", path, err)
	}
	for _, found := range regexp.MustCompile(`(?m)^   (--?[a-z-]+).*$`).FindAllString(string(out), -1) {
		for _, flag := range regexp.MustCompile(`(?:^|\s|, )(--?[a-z-]+)`).FindAllStringSubmatch(strings.SplitN(found, "  ", 3)[1], -1) {
			if !slices.Contains(*flags, flag[1]) {
				*flags = append(*flags, flag[1])
			}
		}
	}
	_, list, found := bytes.Cut(out, []byte("\nCOMMANDS:\n"))
	if !found {
		return
	}
	list, _, _ = bytes.Cut(list, []byte("\n\n"))
	for line := range strings.Lines(string(list)) {
		name := strings.Fields(line)[0]
		if name == "help," || name == "h" {
			continue
		}
		*commands = append(*commands, strings.Join(append(slices.Clone(path), name), " "))
		walk(t, append(slices.Clone(path), name), commands, flags)
	}
}

func TestEveryRemovedFunctionIsDocumentedAndRefused(t *testing.T) {
	documented := firstCode(t, "docs/policies.md", "## Functions that are missing")
	file, err := os.ReadFile("../policies/removed.go")
	if err != nil {
		t.Fatal(err)
	}
	var real []string
	for _, found := range regexp.MustCompile(`\{"([a-z0-9_.]+)", `).FindAllStringSubmatch(string(file), -1) {
		real = append(real, found[1])
	}
	compare(t, "removed function", documented, real)
	for _, name := range documented {
		if call := anyOf(t, name) + "(1)"; !strings.Contains(loadText(t, "findings contains 1 if "+call), "is removed: ") {
			t.Errorf("%s is not refused", call)
		}
	}
}

// anyOf is the name of a function that OPA has, of a family the first.
func anyOf(t *testing.T, name string) string {
	t.Helper()
	for _, b := range opa.CapabilitiesForThisVersion().Builtins {
		if b.Name == name || strings.HasSuffix(name, ".") && strings.HasPrefix(b.Name, name) {
			return b.Name
		}
	}
	t.Fatalf("OPA has no %s", name)

	return ""
}

// loadText is what is said when the body of a policy is loaded.
func loadText(t *testing.T, body string) string {
	t.Helper()
	err := (&story{t: t}).loadMistake(block{text: body + "\n"})
	if err == nil {
		return ""
	}

	return err.Error()
}

func TestEveryKindOfMistakeIsShownWithWhatIsSaid(t *testing.T) {
	shown := 0
	for _, b := range blocks(read(t, "docs/policies.md")) {
		if b.kind() == "rego" && b.mistake() {
			shown++
		}
	}
	if shown < 8 {
		t.Errorf("%d mistakes are shown, want the common ones", shown)
	}
}

func TestLicenseIsApache2(t *testing.T) {
	text := read(t, "LICENSE")
	for _, want := range []string{"Apache License\n                           Version 2.0, January 2004", "END OF TERMS AND CONDITIONS"} {
		if !strings.Contains(text, want) {
			t.Errorf("LICENSE has no %q", want)
		}
	}
}

// TestTheRepositorySpeaksOfNoMachine keeps out of the pages what only one
// machine has.
func TestTheRepositorySpeaksOfNoMachine(t *testing.T) {
	for _, page := range append(pages(t), "redundancy.cue", ".github/workflows/ci.yml") {
		for _, word := range []string{"/work/", "/root/", "/tmp/"} {
			if strings.Contains(read(t, page), word) {
				t.Errorf("%s speaks of %s", page, word)
			}
		}
	}
}
