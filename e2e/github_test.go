package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"rr/internal/githubapi"
	"rr/internal/githubtest"
)

const fakeToken = "ghp_fakeToken00000000"

// fakeGitHub is the fake that rr is tested against, with something of every
// kind in it, between two of GitHub's own judgements.
func fakeGitHub(t *testing.T, api *gitHubAPI) *githubtest.Server {
	t.Helper()
	s := githubtest.Start(t, githubtest.Options{Wrap: api.Handler})
	s.Change(func(w *githubtest.World) {
		w.AddToken(fakeToken)
		r := w.AddRepo("acme", "web")
		now := time.Now().UTC().Truncate(time.Second)
		r.Commit("main", "add ci", map[string]string{
			".github/workflows/ci.yml": "name: ci\non: {push: {}, workflow_dispatch: {}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
			"docs/a/b.md":              strings.Repeat("text ", 100),
		})
		run := r.AddRun("ci.yml", "pull_request", "failure")
		run.PullNumber, run.Fork = 7, "someone/web"
		run.Pending = []githubtest.PendingDeployment{{EnvironmentID: 3, Environment: "production", MayApprove: true}}
		r.AddJob(run, "test", "failure",
			githubtest.Step{Name: "Set up job", Status: "completed", Conclusion: "success", StartedAt: now, EndedAt: now},
			githubtest.Step{Name: "make", Status: "in_progress", StartedAt: now})
		r.AddJob(run, "lint", "success")
		r.AddRun("ci.yml", "schedule", "startup_failure")
		r.AddRun("ci.yml", "push", "")
		r.Secrets = []githubtest.Secret{{Name: "TOKEN", CreatedAt: now, UpdatedAt: now}}
		r.Runners = []githubtest.Runner{{ID: 1, Name: "box", OS: "linux", Status: "offline", Labels: []string{"self-hosted"}, Version: "2.3"}}
		r.Deployments = []githubtest.Deployment{{ID: 5, SHA: run.SHA, Ref: "main", Environment: "production", CreatedAt: now, States: []githubtest.DeploymentState{{ID: 6, State: "failure", At: now}}}}
		r.Deliveries[9] = []githubtest.Delivery{{ID: 1, GUID: "0b989ba4-242f-11e5-81e1-c7b6966d2516", DeliveredAt: now, Status: "OK", StatusCode: 200, Event: "workflow_run", Action: "completed"}}
		r.CacheBytes, r.CacheCount = 1<<20, 2
	})

	return s
}

// (1) Every answer of the fake is one that GitHub's own description allows, and
// so is every request that the client makes.
func TestTheFakeAnswersAsGitHubDescribes(t *testing.T) {
	t.Parallel()
	api := loadGitHubAPI(t)
	s := fakeGitHub(t, api)
	client, err := githubapi.New(githubapi.Options{
		BaseURL: s.URL, Auth: githubapi.Token(func() (string, error) { return fakeToken, nil }),
		Now: time.Now, Wait: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	readAll(t, s, client)
	writeAll(t, s, client)

	for name, refused := range map[string]func() error{
		"dispatch on no ref": func() error {
			_, err := client.Dispatch(ctx, "acme", "web", "ci.yml", "nope", nil)
			return err
		},
		"a stale sha": func() error {
			_, _, err := client.Repositories.UpdateFile(ctx, "acme", "web", "docs/a/b.md", &github.RepositoryContentFileOptions{Message: github.String("m"), Content: []byte("x"), SHA: github.String("0000")})
			return err
		},
		"no sha": func() error {
			_, _, err := client.Repositories.UpdateFile(ctx, "acme", "web", "docs/a/b.md", &github.RepositoryContentFileOptions{Message: github.String("m"), Content: []byte("x")})
			return err
		},
		"a pull request without a title": func() error {
			_, _, err := client.PullRequests.Create(ctx, "acme", "web", &github.NewPullRequest{})
			return err
		},
		"an unknown repository": func() error { _, _, err := client.Repositories.Get(ctx, "acme", "none"); return err },
		"an exhausted hour": func() error {
			s.Change(func(w *githubtest.World) { w.Tokens[fakeToken].Limit = 1 })
			_, _, err := client.Repositories.Get(ctx, "acme", "web")
			return err
		},
	} {
		s.Change(func(w *githubtest.World) { w.Tokens[fakeToken].Limit = 0 })
		if err := refused(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	api.Hold(t, 60)
	for _, path := range gitHubPaths {
		used := false
		for name := range api.checked {
			_, at, _ := strings.Cut(name, " ")
			used = used || at == path
		}
		if !used && !strings.Contains(path, "access_tokens") {
			t.Errorf("%s was never asked", path)
		}
	}
}

// readAll asks for all that can be read, twice, so that a 304 is among it.
func readAll(t *testing.T, s *githubtest.Server, client *githubapi.Client) {
	t.Helper()
	var run, job int64
	var blob string
	s.Change(func(w *githubtest.World) {
		r := w.Repos["acme/web"]
		run, job = r.Runs[0].ID, r.Runs[0].Latest().Jobs[0].ID
		blob = githubtest.BlobSHA(strings.Repeat("text ", 100))
	})
	const repo = "repos/acme/web"
	for range 2 {
		for _, path := range []string{
			"rate_limit", repo, repo + "/actions/permissions", repo + "/actions/secrets?per_page=100", repo + "/actions/organization-secrets", repo + "/actions/runners", repo + "/actions/cache/usage",
			repo + "/hooks/9/deliveries", repo + "/deployments?environment=production", repo + "/deployments/5/statuses", repo + "/actions/workflows", repo + "/actions/workflows/ci.yml",
			repo + "/actions/workflows/ci.yml/runs?per_page=1", repo + "/actions/runs?exclude_pull_requests=true&per_page=2&page=2&status=completed&created=>2020-01-01",
			repo + "/actions/runs", repo + "/actions/runs/" + str(run), repo + "/actions/runs/" + str(run) + "/attempts/1", repo + "/actions/runs/" + str(run) + "/attempts/1/jobs",
			repo + "/actions/runs/" + str(run) + "/jobs?filter=latest", repo + "/actions/runs/" + str(run) + "/pending_deployments", repo + "/actions/jobs/" + str(job),
			repo + "/contents/docs", repo + "/contents/docs/a/b.md?ref=main", repo + "/contents/.github/workflows", repo + "/git/blobs/" + blob, repo + "/commits?per_page=1&path=docs",
			repo + "/commits/main", repo + "/branches/main", repo + "/git/ref/heads/main", repo + "/pulls?state=all", repo + "/issues?state=all", "search/issues?q=repo:acme/web+is:issue",
		} {
			request, err := client.NewRequest(http.MethodGet, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if _, err := client.Do(t.Context(), request, &got); err != nil {
				t.Errorf("GET %s: %v", path, err)
			}
		}
	}
	if client.Limits().NotModified < 20 {
		t.Errorf("%d answers were not modified, want most of the second round", client.Limits().NotModified)
	}
	if _, _, err := client.JobLog(t.Context(), "acme", "web", job, 1000); err != nil {
		t.Errorf("JobLog: %v", err)
	}
}

// writeAll changes all that can be changed.
func writeAll(t *testing.T, s *githubtest.Server, client *githubapi.Client) {
	t.Helper()
	ctx := t.Context()
	var run, job int64
	var head string
	s.Change(func(w *githubtest.World) {
		r := w.Repos["acme/web"]
		run, head = r.Runs[0].ID, r.Branches["main"]
	})
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	finish := func() {
		s.Change(func(w *githubtest.World) {
			r := w.Repos["acme/web"]
			r.Finish(r.Run(run), "failure")
			job = r.Run(run).Latest().Jobs[0].ID
		})
	}
	must("rerun-failed", client.RerunFailed(ctx, "acme", "web", run))
	finish()
	must("rerun", client.Rerun(ctx, "acme", "web", run))
	must("cancel", client.Cancel(ctx, "acme", "web", run))
	finish()
	_, err := client.Actions.RerunJobByID(ctx, "acme", "web", job)
	must("rerun job", err)
	must("force-cancel", client.ForceCancel(ctx, "acme", "web", run))
	id, err := client.Dispatch(ctx, "acme", "web", "ci.yml", "main", nil)
	must("dispatch", err)
	if id == 0 {
		t.Error("dispatch told no run")
	}
	_, err = client.Actions.DisableWorkflowByFileName(ctx, "acme", "web", "ci.yml")
	must("disable", err)
	must("enable", client.EnableWorkflow(ctx, "acme", "web", "ci.yml"))
	_, _, err = client.Git.CreateRef(ctx, "acme", "web", &github.Reference{Ref: github.String("refs/heads/fix/ci"), Object: &github.GitObject{SHA: &head}})
	must("create a branch", err)
	put, _, err := client.Repositories.CreateFile(ctx, "acme", "web", ".github/workflows/new.yml", &github.RepositoryContentFileOptions{Message: github.String("add"), Content: []byte("on: push\njobs: {}\n"), Branch: github.String("fix/ci")})
	must("create a file", err)
	_, _, err = client.Repositories.UpdateFile(ctx, "acme", "web", ".github/workflows/new.yml", &github.RepositoryContentFileOptions{Message: github.String("mend"), Content: []byte("on: push\n"), Branch: github.String("fix/ci"), SHA: put.Content.SHA})
	must("update a file", err)
	_, _, err = client.Git.UpdateRef(ctx, "acme", "web", &github.Reference{Ref: github.String("refs/heads/fix/ci"), Object: &github.GitObject{SHA: &head}}, true)
	must("move a branch", err)
	_, _, err = client.Repositories.CreateFile(ctx, "acme", "web", "x", &github.RepositoryContentFileOptions{Message: github.String("add"), Content: []byte("x"), Branch: github.String("fix/ci")})
	must("create a file", err)
	_, _, err = client.PullRequests.Create(ctx, "acme", "web", &github.NewPullRequest{Title: github.String("Mend ci"), Head: github.String("fix/ci"), Base: github.String("main"), Body: github.String("why")})
	must("create a pull request", err)
	_, _, err = client.PullRequests.List(ctx, "acme", "web", &github.PullRequestListOptions{State: "all"})
	must("list pull requests", err)
	issue, _, err := client.Issues.Create(ctx, "acme", "web", &github.IssueRequest{Title: github.String("ci fails"), Labels: &[]string{"rr"}})
	must("create an issue", err)
	_, _, err = client.Issues.CreateComment(ctx, "acme", "web", issue.GetNumber(), &github.IssueComment{Body: github.String("again")})
	must("comment", err)
	_, _, err = client.Issues.Edit(ctx, "acme", "web", issue.GetNumber(), &github.IssueRequest{State: github.String("closed")})
	must("close an issue", err)
	_, _, err = client.Issues.Get(ctx, "acme", "web", issue.GetNumber())
	must("get an issue", err)
	_, _, err = client.Issues.ListByRepo(ctx, "acme", "web", &github.IssueListByRepoOptions{State: "all"})
	must("list issues", err)
	found, _, err := client.Search.Issues(ctx, `repo:acme/web is:closed label:rr "ci fails" in:title`, nil)
	must("search", err)
	if found.GetTotal() != 1 {
		t.Errorf("the search found %d, want 1", found.GetTotal())
	}
	_, err = client.Git.DeleteRef(ctx, "acme", "web", "heads/fix/ci")
	must("delete a branch", err)
}

func str(id int64) string {
	text, _ := json.Marshal(id)

	return string(text)
}

// The validator finds what it is there to find.
func TestGitHubsDescriptionFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	api := loadGitHubAPI(t)
	for _, test := range []struct{ name, method, path, request, answer, want string }{
		{"a field that is missing", "GET", "/repos/a/b/actions/workflows", "", `{"total_count":1,"workflows":[{"id":1}]}`, "answer: "},
		{"a state that GitHub does not have", "GET", "/repos/a/b/actions/permissions", "", `{"enabled":"yes"}`, "answer: "},
		{"a path that GitHub does not have", "GET", "/repos/a/b/actions/flows", "", `{}`, "no such path"},
		{"a method that GitHub does not have", "DELETE", "/rate_limit", "", `{}`, "no such method"},
		{"a misspelt parameter", "GET", "/repos/a/b/actions/cache/usage?perpage=1", "", `{"full_name":"a/b","active_caches_size_in_bytes":1,"active_caches_count":1}`, "perpage is not described"},
		{"a misspelt field", "POST", "/repos/a/b/actions/workflows/1/dispatches", `{"ref":"main","input":{}}`, `{"workflow_run_id":1,"run_url":"x","html_url":"x"}`, "input is not described"},
		{"a required field that is missing", "POST", "/repos/a/b/actions/workflows/1/dispatches", `{"inputs":{}}`, `{"workflow_run_id":1,"run_url":"x","html_url":"x"}`, "request: "},
	} {
		api.wrong = nil
		request, err := http.NewRequest(test.method, "http://x"+test.path, strings.NewReader(test.request))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		api.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.Write([]byte(test.answer))
		})).ServeHTTP(discardAnswer{}, request)
		if got := strings.Join(api.wrong, "\n"); !strings.Contains(got, test.want) {
			t.Errorf("it does not find %s: got %q, want %q", test.name, got, test.want)
		}
	}
}

type discardAnswer struct{}

func (d discardAnswer) Header() http.Header         { return http.Header{"Content-Type": {"application/json"}} }
func (d discardAnswer) Write(p []byte) (int, error) { return len(p), nil }
func (d discardAnswer) WriteHeader(int)             {}

// (1) Webhooks as GitHub sent them are understood.
func TestRecordedWebhooksDecode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("node_modules", "@octokit", "webhooks-examples", "api.github.com", "index.json"))
	if err != nil {
		t.Fatalf("%v\nrun: cd e2e && npm ci", err)
	}
	var events []struct {
		Name     string
		Examples []json.RawMessage
	}
	if err := json.Unmarshal(text, &events); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, event := range events {
		for n, example := range event.Examples {
			var id int64
			switch event.Name {
			case "workflow_run", "workflow_job", "workflow_dispatch", "push", "check_suite", "deployment_status":
			default:
				continue
			}
			decoded, err := github.ParseWebHook(event.Name, example)
			if err != nil {
				t.Errorf("%s %d: %v", event.Name, n, err)
				continue
			}
			seen[event.Name]++
			switch e := decoded.(type) {
			case *github.WorkflowRunEvent:
				id = e.GetWorkflowRun().GetID()
			case *github.WorkflowJobEvent:
				id = e.GetWorkflowJob().GetRunID()
			case *github.WorkflowDispatchEvent:
				id = e.GetRepo().GetID()
			case *github.PushEvent:
				id = e.GetRepo().GetID()
			case *github.CheckSuiteEvent:
				id = e.GetCheckSuite().GetID()
			case *github.DeploymentStatusEvent:
				id = e.GetDeploymentStatus().GetID()
			}
			if id == 0 {
				t.Errorf("%s %d decodes to nothing: %v", event.Name, n, reflect.TypeOf(decoded))
			}
		}
	}
	for _, name := range []string{"workflow_run", "workflow_job", "workflow_dispatch", "push", "check_suite", "deployment_status"} {
		if seen[name] == 0 {
			t.Errorf("there is no example of %s", name)
		}
	}
}
