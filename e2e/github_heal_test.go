//go:build verify

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/githubtest"
	"rr/schemas"
)

const (
	goodWorkflow = "name: %s\non: {push: {}, workflow_dispatch: {}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
	onAsTrue     = "name: %s\ntrue:\n  push: {}\n  workflow_dispatch: {}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
)

// onGitHub is an rr before a fake GitHub whose every exchange is held against
// GitHub's own description, with a checkout in app.
type onGitHub struct {
	*rig
	api    *gitHubAPI
	server *githubtest.Server
}

// briskGitHub is how fast rr goes in these tests.
const briskGitHub = `interval: "300ms"
min_interval: "100ms"
settle: "1s"
github: web: {
	broken_for: "1s"
	repo: "acme/web", checkout: "app", base_url: %q, token_env: "RR_TEST_TOKEN", interval: "300ms", expect: [%s]
	ladder: {
		fix_file: cooldown: "500ms"
		restore_file: cooldown: "500ms"
		enable: {cooldown: "500ms", within: "20s"}
		rerun_failed: {cooldown: "500ms", within: "60s"}
		rerun: {cooldown: "500ms", within: "60s"}
		dispatch: {cooldown: "500ms", within: "60s"}
	}
}
`

func newOnGitHub(t *testing.T, names ...string) *onGitHub {
	t.Helper()
	g := &onGitHub{api: loadGitHubAPI(t)}
	g.server = githubtest.Start(t, githubtest.Options{Wrap: g.api.Handler})
	quoted := []string{}
	files := map[string]string{}
	for _, name := range names {
		quoted = append(quoted, fmt.Sprintf("%q", name))
		files[".github/workflows/"+name] = fmt.Sprintf(goodWorkflow, strings.TrimSuffix(name, ".yml"))
	}
	g.rig = newRig(t, fmt.Sprintf(briskGitHub, g.server.URL, strings.Join(quoted, ", ")))
	g.env = append(g.env, "RR_TEST_TOKEN="+fakeToken)
	g.change(func(w *githubtest.World) {
		w.AddToken(fakeToken)
		w.AddRepo("acme", "web").Commit("main", "add workflows", files)
	})
	g.mkdir("app/.github/workflows")
	for name, text := range files {
		g.write(filepath.Join("app", name), text)
	}
	g.git("init", "-q")
	g.git("add", "-A")
	g.git("commit", "-q", "-m", "add workflows")
	t.Cleanup(func() {
		if got := g.rr("history", "-o", "json"); strings.Contains(got.String(), fakeToken) {
			t.Error("the token is in the history")
		}
	})

	return g
}

func (g *onGitHub) change(change func(*githubtest.World)) { g.server.Change(change) }

func (g *onGitHub) repo(change func(*githubtest.Repo)) {
	g.change(func(w *githubtest.World) { change(w.Repos["acme/web"]) })
}

func (g *onGitHub) git(args ...string) {
	g.t.Helper()
	command := exec.Command("git", append([]string{"-C", g.path("app"), "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := command.CombinedOutput(); err != nil {
		g.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// sent counts the changes that GitHub was asked for whose path ends in this.
func (g *onGitHub) sent(end string) int {
	n := 0
	for _, request := range g.server.Writes() {
		if strings.HasSuffix(request.Path, end) {
			n++
		}
	}

	return n
}

// attempts are those on a subject, the newest first, as verb and state.
func (g *onGitHub) attempts(id schemas.ID) (all []string) {
	for _, a := range g.history().Attempts {
		if a.Action.Target == id {
			all = append(all, strings.TrimPrefix(a.Action.Verb, "github.")+" "+a.State)
		}
	}

	return all
}

// told counts the alerts of a subject's incidents that hold some words.
func (g *onGitHub) told(id schemas.ID, words string) int {
	n := 0
	for _, i := range g.history().Incidents {
		for _, alert := range i.Alerts {
			if i.Subject == id && strings.Contains(alert.Reason, words) {
				n++
			}
		}
	}

	return n
}

// (3) A deleted and a corrupted workflow file are brought back, and rr tells how.
func TestWorkflowFilesAreBroughtBack(t *testing.T) {
	t.Parallel()
	g := newOnGitHub(t, "ci.yml", "deploy.yml")
	good := fmt.Sprintf(goodWorkflow, "ci")
	g.run()
	g.turns(2)
	if n := len(g.history().Attempts); n != 0 {
		t.Fatalf("%d actions on what is well", n)
	}

	if err := os.Remove(g.path("app/.github/workflows/ci.yml")); err != nil {
		t.Fatal(err)
	}
	ci, deploy := schemas.ID("github/web/workflow/ci.yml"), schemas.ID("github/web/workflow/deploy.yml")
	await(t, "the deleted file is back", func() bool {
		text, _ := os.ReadFile(g.path("app/.github/workflows/ci.yml"))
		return string(text) == good
	})
	await(t, "that is verified", func() bool { return strings.Join(g.attempts(ci), ", ") == "restore_file recovered" })

	g.write("app/.github/workflows/deploy.yml", fmt.Sprintf(onAsTrue, "deploy"))
	await(t, "the corrupted file is mended and that is verified", func() bool { return strings.Join(g.attempts(deploy), ", ") == "fix_file recovered" })
	if lint := g.rr("github", "lint", "app/.github/workflows/deploy.yml"); lint.code != exitOK {
		t.Errorf("mended to\n%s", lint)
	}
	if why := g.rr("why", string(ci)); !strings.Contains(why.stdout, "github.restore_file") || !strings.Contains(why.stdout, "restored from commit") {
		t.Errorf("rr why:\n%s", why)
	}
	if told := g.rr("history"); !strings.Contains(told.stdout, string(ci)) || !strings.Contains(told.stdout, "github.fix_file") {
		t.Errorf("rr history:\n%s", told)
	}

	// The newest versions hold the corruption too, and nobody can mend it.
	for i := range 3 {
		g.write("app/.github/workflows/ci.yml", fmt.Sprintf("name: ci\non: push\n# %d\n", i))
		g.git("commit", "-qam", "break it")
	}
	await(t, "the newest valid version is found behind them", func() bool {
		text, _ := os.ReadFile(g.path("app/.github/workflows/ci.yml"))
		return string(text) == good
	})
	if n := len(g.server.Writes()); n != 0 {
		t.Errorf("%d changes were sent to GitHub for files of the checkout", n)
	}
}

// steps make a job's failure one of the runner, or one of the workflow.
var (
	ofTheRunner   = []githubtest.Step{{Name: "Set up job", Status: "completed", Conclusion: "failure"}}
	ofTheWorkflow = []githubtest.Step{{Name: "Set up job", Status: "completed", Conclusion: "success"}, {Name: "make", Status: "completed", Conclusion: "failure"}}
)

// sick gives every workflow what is wrong with it.
func (g *onGitHub) sick() {
	g.repo(func(r *githubtest.Repo) {
		for _, name := range []string{"passing.yml", "lasting.yml"} {
			r.AddJob(r.AddRun(name, "push", "failure"), "test", "failure", ofTheRunner...)
		}
		for range 2 {
			r.AddJob(r.AddRun("same.yml", "push", "failure"), "test", "failure", ofTheWorkflow...)
		}
		r.Workflow("idle.yml").State = "disabled_inactivity"
		r.Workflow("manual.yml").State = "disabled_manually"
	})
}

var sickWorkflows = []string{"passing.yml", "lasting.yml", "same.yml", "idle.yml", "manual.yml"}

// (4) A failed run is run again, verified by the run, and given up; what fails
// the same way is not run again; who disabled a workflow decides.
func TestRunsAreRunAgainAndGivenUp(t *testing.T) {
	t.Parallel()
	g := newOnGitHub(t, sickWorkflows...)
	g.sick()
	g.run()
	passing, lasting, same := schemas.ID("github/web/runs/passing.yml"), schemas.ID("github/web/runs/lasting.yml"), schemas.ID("github/web/runs/same.yml")

	// GitHub runs what it is asked to: passing.yml succeeds, lasting.yml never.
	ended := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				return
			default:
			}
			g.repo(func(r *githubtest.Repo) {
				for _, run := range r.Runs {
					if run.Latest().Status == "completed" {
						continue
					}
					conclusion := "failure"
					if run.WorkflowID == r.Workflow("passing.yml").ID {
						conclusion = "success"
					}
					r.Finish(run, conclusion)
					if len(run.Latest().Jobs) == 0 {
						r.AddJob(run, "test", conclusion, ofTheRunner...)
					}
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
	}()
	defer func() { close(ended); <-done }()

	await(t, "passing.yml is run again and verified", func() bool { return strings.Join(g.attempts(passing), ", ") == "rerun_failed recovered" })
	await(t, "lasting.yml is given up", func() bool { return g.told(lasting, "nothing that rr may do is left") > 0 })
	await(t, "idle.yml is enabled and verified", func() bool {
		return strings.Join(g.attempts("github/web/runs/idle.yml"), ", ") == "enable recovered"
	})
	await(t, "a person is told of same.yml", func() bool { return g.told(same, "the same way each time") > 0 })
	writes := len(g.server.Writes())
	g.turns(10)

	if got := strings.Join(g.attempts(lasting), ", "); got != "dispatch failed, rerun failed, rerun_failed failed" {
		t.Errorf("attempts on lasting.yml: %s", got)
	}
	if n := g.told(lasting, "nothing that rr may do is left"); n != 1 {
		t.Errorf("a person is told %d times of lasting.yml", n)
	}
	if got := g.attempts(same); len(got) != 0 {
		t.Errorf("attempts on what fails the same way: %v", got)
	}
	g.repo(func(r *githubtest.Repo) {
		if idle, manual := r.Workflow("idle.yml").State, r.Workflow("manual.yml").State; idle != "active" || manual != "disabled_manually" {
			t.Errorf("idle.yml is %s, manual.yml is %s", idle, manual)
		}
	})
	if n := len(g.server.Writes()); n != writes || n != 5 {
		t.Errorf("%d changes sent, %d of them after all was told; want 5 and none", n, n-writes)
	}
	if n := g.sent("/rerun-failed-jobs"); n != 2 {
		t.Errorf("rerun-failed-jobs was sent %d times", n)
	}
	g.api.Hold(t, 10)
}

// (5) A dry run asks GitHub for nothing but facts, and writes no file.
func TestDryRunChangesNothingOnGitHub(t *testing.T) {
	t.Parallel()
	g := newOnGitHub(t, append(sickWorkflows, "broken.yml", "gone.yml")...)
	g.sick()
	broken := fmt.Sprintf(onAsTrue, "broken")
	g.write("app/.github/workflows/broken.yml", broken)
	if err := os.Remove(g.path("app/.github/workflows/gone.yml")); err != nil {
		t.Fatal(err)
	}
	rr := g.start("run", "--dry-run")
	await(t, "all is held", func() bool {
		held := map[string]bool{}
		if turn := g.status().turn(); turn > 0 {
			for _, o := range g.record(turn).Outcomes {
				for _, w := range o.Withheld {
					held[o.Action.Verb] = held[o.Action.Verb] || w.Guard == schemas.GuardDryRun
				}
			}
		}
		return held["github.fix_file"] && held["github.restore_file"] && held["github.rerun_failed"] && held["github.enable"]
	})
	g.turns(5)
	rr.stop()
	if n := len(g.server.Writes()); n != 0 {
		t.Errorf("a dry run sent %d changes", n)
	}
	if _, err := os.Stat(g.path("app/.github/workflows/gone.yml")); err == nil || g.read("app/.github/workflows/broken.yml") != broken {
		t.Error("a dry run wrote a workflow file")
	}
	if len(g.history().Attempts) != 0 {
		t.Error("a dry run has attempts")
	}
	g.api.Hold(t, 8)
}
