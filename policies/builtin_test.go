package policies

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"rr/schemas"
)

// loadAll loads the policies of every system.
func loadAll(t *testing.T) *Engine {
	t.Helper()
	engine, err := Load(Options{Verbs: testVerbs()})
	if err != nil {
		t.Fatal(err)
	}

	return engine
}

func TestBuiltinPoliciesHoldTheirTestsAndAreCovered(t *testing.T) {
	report, err := loadAll(t).Test(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Err(); err != nil {
		t.Error(err)
	}
	if len(report.Untested) > 0 {
		t.Errorf("without tests: %v", report.Untested)
	}
	t.Logf("%d tests", len(report.Tests))
	for _, path := range slices.Sorted(maps.Keys(report.Coverage)) {
		t.Logf("%3d %% %s", report.Coverage[path], path)
		if report.Coverage[path] < 95 {
			t.Errorf("coverage of %s = %d %%, want 95 or more", path, report.Coverage[path])
		}
	}
}

func TestBuiltinPoliciesLoadWithoutWarnings(t *testing.T) {
	if w := loadAll(t).Warnings(); len(w) > 0 {
		t.Errorf("Warnings() = %q, want none", w)
	}
}

func TestBuiltinPoliciesAreFormatted(t *testing.T) {
	for path, text := range builtinFiles() {
		formatted, err := format.SourceWithOpts(path, text, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(formatted, text) {
			t.Errorf("%s is not as opa fmt writes it", path)
		}
	}
}

func TestBuiltinPoliciesDescribeThemselves(t *testing.T) {
	engine := loadAll(t)
	for _, info := range engine.List() {
		if info.Title == "" || info.Description == "" || info.Origin != OriginBuiltin {
			t.Errorf("%s has title %q, description %q, origin %q", info.Package, info.Title, info.Description, info.Origin)
		}
	}
	for _, m := range engine.modules {
		for _, rule := range m.parsed.Rules {
			if m.role == rolePolicy && !strings.HasPrefix(ruleName(rule), "_") && len(rule.Annotations) == 0 {
				t.Errorf("%s has no METADATA", locationText(rule.Location))
			}
		}
	}
}

// A function that OPA marks as giving different answers is removed, whatever
// later versions of OPA add.
func TestWhatAnswersDifferentlyEachTimeIsRemoved(t *testing.T) {
	for _, b := range capabilities().Builtins {
		if b.Nondeterministic {
			t.Errorf("%s is there", b.Name)
		}
	}
	for _, name := range []string{
		"http.send", "opa.runtime", "net.lookup_ip_addr", "net.cidr_expand", "rand.intn", "uuid.rfc4122", "time.now_ns", "io.jwt.decode_verify",
		"crypto.x509.parse_certificates", "json.match_schema", "json.verify_schema", "rego.parse_module", "providers.aws.sign_req",
		"graphql.parse", "bits.lsh", "graph.reachable_paths",
	} {
		if slices.ContainsFunc(capabilities().Builtins, func(b *ast.Builtin) bool { return b.Name == name }) {
			t.Errorf("%s is there", name)
		}
	}
}

func TestEjectedPoliciesAreCheckedAndTestedByOPA(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "policies")
	if err := Eject(dir); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		out, err := exec.Command("go", append([]string{"tool", "opa"}, args...)...).CombinedOutput()
		if err != nil {
			t.Errorf("opa %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("check", "--strict", "-s", filepath.Join(root, "schemas"), dir)
	if out := run("test", "-s", filepath.Join(root, "schemas"), dir); !strings.Contains(out, "PASS: ") {
		t.Errorf("opa test = %s, want it to pass", out)
	}

	engine, err := Load(Options{Config: testConfig(), Verbs: testVerbs(), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if w := engine.Warnings(); len(w) > 0 {
		t.Errorf("Warnings() = %q, want none", w)
	}
	for _, info := range engine.List() {
		if info.Origin != OriginReplaced {
			t.Errorf("%s is %s, want it to be replaced by the ejected one", info.Package, info.Origin)
		}
	}
	if report, err := engine.Test(context.Background()); err != nil || report.Failed > 0 {
		t.Errorf("Test = %v, %v, want it to pass", report.Err(), err)
	}
}

func TestEjectOverwritesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "policies")
	if err := Eject(dir); err != nil {
		t.Fatal(err)
	}
	if err := Eject(dir); err != nil {
		t.Errorf("Eject over the same files = %v, want no error", err)
	}
	mine, other := filepath.Join(dir, "pm2/process/errored.rego"), filepath.Join(dir, "pm2/process/missing.rego")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	if err := Eject(dir); err == nil || !strings.Contains(err.Error(), "errored.rego: exists and differs") {
		t.Errorf("Eject = %v, want that errored.rego differs", err)
	}
	if text, _ := os.ReadFile(mine); string(text) != "mine" {
		t.Errorf("errored.rego = %q, want it untouched", text)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("missing.rego was written, want nothing written")
	}
}

func TestALinkToAFolderIsNotPassedOverSilently(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(dir, "more")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "a.rego")); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{Config: testConfig(), Verbs: testVerbs(), Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "more: a link to a folder") || !strings.Contains(err.Error(), "a.rego: cannot be read") {
		t.Errorf("Load = %v, want both links told", err)
	}
}

func TestTheSchemasOfAKindStayThoseOfThisRR(t *testing.T) {
	engine := mustLoadDir(t, map[string]string{"process.rego": "package policies.pm2.process\n"})
	if w := engine.Warnings(); len(w) != 1 || !strings.Contains(w[0], "process.rego: not read: package policies.pm2.process comes with rr") {
		t.Errorf("Warnings() = %q, want that the copy is not read", w)
	}
	_, err := loadDir(t, map[string]string{"process.rego": "package policies.pm2.process\n", "mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if input.process.stat")})
	if err == nil {
		t.Error("Load = nil, want the misspelt fact refused still")
	}
}

func TestPoliciesOfASystemThatNothingAsksAboutAreNotLoaded(t *testing.T) {
	systems := func(opts Options) []string {
		t.Helper()
		engine, err := Load(opts)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, policy := range engine.List() {
			system, _, _ := strings.Cut(policy.Kind, "/")
			if !slices.Contains(found, system) {
				found = append(found, system)
			}
		}
		slices.Sort(found)

		return found
	}
	pm2 := schemas.Config{PM2: map[string]schemas.PM2{"local": {}}}
	if got, want := systems(Options{Config: pm2}), []string{"overall", "pm2"}; !slices.Equal(got, want) {
		t.Errorf("with a PM2 home they are of %v, want %v", got, want)
	}
	if got, want := systems(Options{}), []string{"backup", "github", "netlify", "overall", "pm2"}; !slices.Equal(got, want) {
		t.Errorf("with nothing configured they are of %v, want %v", got, want)
	}
	dir := t.TempDir()
	own := "# METADATA\n# title: mine\npackage policies.github.repo.mine\n\n# METADATA\n# description: mine\nfindings contains finding if {\n\tinput.repo.state == \"archived\"\n\tfinding := {\"score\": 100, \"severity\": \"info\", \"reason\": \"mine\"}\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "mine.rego"), []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, want := systems(Options{Config: pm2, Dir: dir}), []string{"github", "overall", "pm2"}; !slices.Equal(got, want) {
		t.Errorf("with an own policy about GitHub they are of %v, want %v", got, want)
	}
}
