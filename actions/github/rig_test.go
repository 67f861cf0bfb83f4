package github_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	actgithub "rr/actions/github"
	"rr/internal/githubapi"
	"rr/internal/githubtest"
	"rr/schemas"
)

const (
	secret = "ghp_aSecretThatNobodyMayEverSee0123456789"

	valid = "name: ci\non: {push: {}, workflow_dispatch: {}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
	older = "name: ci\non: {push: {}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"

	// What a program for YAML 1.1 leaves, and what cannot be mended.
	mendable = "name: ci\ntrue:\n  push: {}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
	beyond   = "name: ci\non: push\n"

	ciRuns = schemas.ID("github/web/runs/ci.yml")
	ciFile = schemas.ID("github/web/workflow/ci.yml")
	at     = ".github/workflows/ci.yml"
)

// verb is what performs one.
type verb interface {
	Act(context.Context, schemas.Action, schemas.Snapshot) (string, error)
}

// rig is a repository with a workflow ci.yml, on GitHub and in a checkout.
type rig struct {
	t      *testing.T
	server *githubtest.Server
	dir    string
	repo   actgithub.Repository
	seen   schemas.Snapshot
	run    *githubtest.Run // failed, as the snapshot has it

	mu  sync.Mutex
	now time.Time
}

func (r *rig) clock() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now }

func (r *rig) pass(d time.Duration) { r.mu.Lock(); defer r.mu.Unlock(); r.now = r.now.Add(d) }

func newRig(t *testing.T, history ...string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), seen: schemas.NewSnapshot("test", schemas.Moment{})}
	r.server = githubtest.Start(t, githubtest.Options{Now: r.clock})
	r.change(func(w *githubtest.World, _ *githubtest.Repo) { w.AddToken(secret); w.AddRepo("acme", "web") })
	r.git("init", "-q")
	if len(history) == 0 {
		history = []string{valid}
	}
	for _, text := range history {
		r.pass(time.Minute)
		r.write(at, text)
		r.git("add", "-A")
		r.git("commit", "-q", "--allow-empty", "-m", "change")
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
			repo.Commit("main", "change", map[string]string{at: text})
		})
	}
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		r.run = repo.AddRun("ci.yml", "push", "failure")
		repo.AddJob(r.run, "test", "failure")
		repo.AddJob(r.run, "lint", "success")
	})
	one := 1
	r.seen.Runs[ciRuns] = schemas.Runs{Workflow: "ci.yml", State: "active", Conclusion: "failure", RunID: &r.run.ID, RunAttempt: &one, RunURL: "https://github.example/run"}
	r.repo = actgithub.Repository{
		Config: schemas.GitHub{Repo: "acme/web", Changes: schemas.ChangesLeave}, Dir: r.dir, Client: r.client(20 * time.Second),
		Replace: filepath.Join(t.TempDir(), "replaced"), Now: r.clock,
	}
	r.server.Forget()

	return r
}

// client waits so long for one answer.
func (r *rig) client(timeout time.Duration) *githubapi.Client {
	r.t.Helper()
	client, err := githubapi.New(githubapi.Options{
		BaseURL: r.server.URL, Auth: githubapi.Token(func() (string, error) { return secret, nil }), Timeout: timeout,
		Now: r.clock, Wait: func(_ context.Context, d time.Duration) error { r.pass(d); return nil },
	})
	if err != nil {
		r.t.Fatal(err)
	}

	return client
}

func (r *rig) all() actgithub.Repositories {
	return func(scope string) (actgithub.Repository, bool) { return r.repo, scope == "web" }
}

func (r *rig) change(change func(*githubtest.World, *githubtest.Repo)) {
	r.server.Change(func(w *githubtest.World) { change(w, w.Repos["acme/web"]) })
}

// act does what a decision asked for.
func (r *rig) act(v verb, target schemas.ID) (string, error) {
	r.t.Helper()
	note, err := v.Act(r.t.Context(), schemas.Action{Verb: "github.x", Target: target, Subject: target, Reason: "it is broken"}, r.seen)
	if told := fmt.Sprintf("%s %v %+v %#v", note, err, err, err); strings.Contains(told, secret) || strings.Contains(told, "sig=") {
		r.t.Fatalf("a secret is told: %s", told)
	}

	return note, err
}

// must does it and wants it done.
func (r *rig) must(v verb, target schemas.ID) string {
	r.t.Helper()
	note, err := r.act(v, target)
	if err != nil {
		r.t.Fatalf("%T: %v", v, err)
	}

	return note
}

// refuses does it and wants it refused with these words, and nothing written.
func (r *rig) refuses(v verb, target schemas.ID, words string) {
	r.t.Helper()
	before, writes := r.read(at), len(r.server.Writes())
	note, err := r.act(v, target)
	if !errors.Is(err, schemas.ErrRefused) || !strings.Contains(fmt.Sprint(err), words) {
		r.t.Errorf("%T: %q, %v; want it refused: %s", v, note, err, words)
	}
	if n := len(r.server.Writes()) - writes; n != 0 {
		r.t.Errorf("%T is refused and sends %d changes", v, n)
	}
	if r.read(at) != before {
		r.t.Errorf("%T is refused and writes %s", v, at)
	}
}

func (r *rig) git(args ...string) { r.t.Helper(); git(r.t, r.dir, args...) }

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	command := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"}, args...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// read is a file of the checkout, or that it is not there.
func (r *rig) read(name string) string {
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		return "not there"
	}

	return string(text)
}

// kept are the contents that were replaced.
func (r *rig) kept() []string {
	r.t.Helper()
	paths, err := filepath.Glob(filepath.Join(r.repo.Replace, "*"))
	if err != nil {
		r.t.Fatal(err)
	}
	var all []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, string(text))
	}

	return all
}

// sent are the changes that GitHub was asked for, without the repository.
func (r *rig) sent() string {
	var all []string
	for _, request := range r.server.Writes() {
		all = append(all, request.Method+" "+strings.TrimPrefix(request.Path, "/repos/acme/web"))
	}

	return strings.Join(all, ", ")
}

// remote is a file on a branch of GitHub's.
func (r *rig) remote(branch, name string) (text string) {
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		if commit := repo.Commits[repo.Branches[branch]]; commit != nil {
			text = commit.Files[name]
		}
	})

	return text
}
