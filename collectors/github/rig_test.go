package github_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	seegithub "rr/collectors/github"
	"rr/internal/githubapi"
	"rr/internal/githubtest"
	"rr/internal/workflowfile"
	"rr/schemas"
)

const secret = "ghp_aSecretThatNobodyMayEverSee0123456789"

const valid = `name: ci
on: {push: {}, workflow_dispatch: {}}
jobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}
`

// clock is a time that passes when it is told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.at
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// memory is what outlives a collector.
type memory struct {
	text  []byte
	saves int
}

func (m *memory) Load() ([]byte, error) { return m.text, nil }

func (m *memory) Save(text []byte) error {
	m.text = append([]byte{}, text...)
	m.saves++

	return nil
}

// rig is a collector before a server with one repository, acme/web, and a
// checkout with the same files.
type rig struct {
	t       *testing.T
	server  *githubtest.Server
	clock   *clock
	memory  *memory
	dir     string
	config  schemas.GitHub
	timeout time.Duration // of one request
	api     *seegithub.API
}

func newRig(t *testing.T, files map[string]string) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{at: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}, memory: &memory{}, dir: t.TempDir(), timeout: 20 * time.Second, config: schemas.GitHub{Repo: "acme/web"}}
	r.server = githubtest.Start(t, githubtest.Options{Now: r.clock.Now})
	r.change(func(w *githubtest.World, _ *githubtest.Repo) {
		w.AddToken(secret)
		w.AddRepo("acme", "web")
	})
	r.commit(files)
	r.restart()

	return r
}

// commit writes workflow files into the checkout and onto the default branch.
func (r *rig) commit(files map[string]string) {
	r.t.Helper()
	below := map[string]string{}
	for name, text := range files {
		below[".github/workflows/"+name] = text
		write(r.t, r.dir, ".github/workflows/"+name, text)
	}
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Commit("main", "change workflows", below) })
}

func (r *rig) change(change func(*githubtest.World, *githubtest.Repo)) {
	r.server.Change(func(w *githubtest.World) { change(w, w.Repos["acme/web"]) })
}

// restart begins anew, with what is remembered.
func (r *rig) restart() {
	r.t.Helper()
	client, err := githubapi.New(githubapi.Options{
		BaseURL: r.server.URL, Auth: githubapi.Token(func() (string, error) { return secret, nil }), Timeout: r.timeout, MaxBody: 1 << 22, Now: r.clock.Now,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.api = seegithub.NewAPI("web", r.dir, r.config, client, r.memory, r.clock.Now)
}

// impatient waits no longer for what hangs.
func (r *rig) impatient() {
	r.t.Helper()
	r.timeout = time.Second
	r.restart()
}

// look looks once, a minute after it did last.
func (r *rig) look() schemas.RepoFacts {
	r.t.Helper()
	r.clock.Pass(time.Minute)
	facts, err := r.api.Collect(r.t.Context())
	if err != nil {
		r.t.Fatalf("Collect: %v", err)
	}

	return facts.(schemas.RepoFacts)
}

// runs looks once and tells of the runs of a workflow.
func (r *rig) runs(name string) schemas.Runs {
	r.t.Helper()
	facts := r.look()
	found, there := facts.Runs[schemas.ID("github/web/runs/"+name)]
	if facts.RunsError != "" || !there {
		r.t.Fatalf("no runs of %s: %q, %v", name, facts.RunsError, facts.Runs)
	}

	return found
}

// fails adds a run that failed at a step, some time ago.
func fails(repo *githubtest.Repo, workflow, step string) *githubtest.Run {
	run := repo.AddRun(workflow, "push", "failure")
	repo.AddJob(run, "test", "failure", githubtest.Step{Name: "Set up job", Status: "completed", Conclusion: conclusionOf(step == "Set up job")},
		githubtest.Step{Name: step, Status: "completed", Conclusion: "failure"})

	return run
}

func conclusionOf(failed bool) string {
	if failed {
		return "failure"
	}

	return "success"
}

// asked counts the requests whose path ends in this.
func (r *rig) asked(end string) int {
	n := 0
	for _, request := range r.server.Requests() {
		if strings.HasSuffix(request.Path, end) {
			n++
		}
	}

	return n
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	at := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantNoSecret looks for the token in whatever may be kept or shown.
func wantNoSecret(t *testing.T, what ...any) {
	t.Helper()
	for _, each := range what {
		for _, text := range []string{fmt.Sprintf("%v", each), fmt.Sprintf("%+v", each), fmt.Sprintf("%#v", each), fmt.Sprintf("%s", each)} {
			if strings.Contains(text, secret) || strings.Contains(text, "sig=") {
				t.Fatalf("a secret is told in %.300s", text)
			}
		}
	}
}

func value[T any](p *T) any {
	if p == nil {
		return "unknown"
	}

	return *p
}

// backupOf is the workflow that rr generates to stand in for another.
func backupOf(t *testing.T, name, text string) string {
	t.Helper()
	_, generated, err := workflowfile.Backup(".github/workflows/"+name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}

	return string(generated)
}
