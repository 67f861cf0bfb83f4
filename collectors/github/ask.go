package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rr/internal/githubapi"
)

// How often each thing is asked. An answer that did not change costs nothing of
// the limit, but still a request.
const (
	eachRepository  = 10 * time.Minute
	eachWorkflows   = 10 * time.Minute
	eachPermissions = time.Hour
)

// maxPages bounds a listing of workflows: 1,000 of them.
const maxPages = 10

// asked remembers answers for as long as they need not be asked again.
type asked struct {
	answers map[string]answer
}

// answer is what came of a request, and when.
type answer struct {
	at    time.Time
	value any
	err   error // a refusal: what the token may not read, it may not read for a while
}

func newAsked() asked { return asked{answers: map[string]answer{}} }

func (a *asked) forget(what string) { delete(a.answers, what) }

// asker sends the requests of one look.
type asker struct {
	client *githubapi.Client
	owner  string
	repo   string
	now    func() time.Time
	asked  *asked
}

// once asks for something unless it was asked less than each ago. A refusal for
// want of a permission is remembered as an answer is; every other error is not.
// While a limit stands, what was known before stands too.
func once[T any](q asker, what string, each time.Duration, ask func() (T, error)) (T, error) {
	if known, ok := q.asked.answers[what]; ok && q.now().Sub(known.at) < each {
		value, _ := known.value.(T)
		return value, known.err
	}
	value, err := ask()
	if err == nil || refused(err) {
		q.asked.answers[what] = answer{at: q.now(), value: value, err: err}
	}
	if before, ok := q.asked.answers[what]; ok && githubapi.Classify(err).Kind == githubapi.Limited {
		value, _ = before.value.(T)
		return value, before.err
	}

	return value, err
}

// refused tells a lasting refusal from what may pass.
func refused(err error) bool {
	switch githubapi.Classify(err).Kind {
	case githubapi.Forbidden, githubapi.NotFound, githubapi.Scope:
		return true
	}

	return false
}

// get sends one GET below the repository and decodes its answer into v.
func (q asker) get(ctx context.Context, path string, query url.Values, v any) (*githubResponse, error) {
	at := fmt.Sprintf("repos/%s/%s%s", url.PathEscape(q.owner), url.PathEscape(q.repo), path)
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	request, err := q.client.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}

	return q.client.Do(ctx, request, v)
}

// repository is what is read of GET /repos/{owner}/{repo}.
type repository struct {
	DefaultBranch string    `json:"default_branch"`
	Archived      bool      `json:"archived"`
	Disabled      bool      `json:"disabled"`
	PushedAt      time.Time `json:"pushed_at"`
}

// repository is asked again each time while GitHub refuses it: nothing is known
// without it, and a token may be mended any time.
func (q asker) repository(ctx context.Context) (repository, error) {
	r, err := once(q, "repository", eachRepository, func() (r repository, err error) {
		_, err = q.get(ctx, "", nil, &r)
		return r, err
	})
	if refused(err) {
		q.asked.forget("repository")
	}

	return r, err
}

// workflow is what is read of an entry of GET …/actions/workflows.
type workflow struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Path      string    `json:"path"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
}

// workflowList is what there is of them; all, if it is complete.
type workflowList struct {
	list     []workflow
	complete bool
}

func (q asker) workflows(ctx context.Context, each time.Duration) (workflowList, error) {
	return once(q, "workflows", each, func() (workflowList, error) {
		var all []workflow
		complete, err := githubapi.Pages(maxPages, func(page int) (*githubResponse, bool, error) {
			var list struct {
				Workflows []workflow `json:"workflows"`
			}
			response, err := q.get(ctx, "/actions/workflows", url.Values{"per_page": {"100"}, "page": {fmt.Sprint(page)}}, &list)
			all = append(all, list.Workflows...)

			return response, false, err
		})

		return workflowList{all, complete}, err
	})
}

// run is what is read of a run.
type run struct {
	ID           int64     `json:"id"`
	WorkflowID   int64     `json:"workflow_id"`
	Attempt      int       `json:"run_attempt"`
	Event        string    `json:"event"`
	Status       string    `json:"status"`
	Conclusion   string    `json:"conclusion"`
	HeadBranch   string    `json:"head_branch"`
	HeadSHA      string    `json:"head_sha"`
	HTMLURL      string    `json:"html_url"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	RunStartedAt time.Time `json:"run_started_at"`
	Fork         bool      `json:"fork,omitempty"` // its commit is of another repository
}

// listedRun is a run as GitHub gives it.
type listedRun struct {
	run
	Head struct {
		Name string `json:"full_name"`
	} `json:"head_repository"` // null where that was deleted
	Repository struct {
		Name string `json:"full_name"`
	} `json:"repository"`
}

func (l listedRun) known() run {
	r := l.run
	r.Fork = !strings.EqualFold(l.Head.Name, l.Repository.Name)

	return r
}

type runList struct {
	Runs []listedRun `json:"workflow_runs"`
}

func (l runList) known() []run {
	runs := make([]run, 0, len(l.Runs))
	for _, r := range l.Runs {
		runs = append(runs, r.known())
	}

	return runs
}

// listed is how many runs GitHub lists at once.
const listed = 100

// runs lists the newest runs of the repository.
func (q asker) runs(ctx context.Context) ([]run, error) {
	var list runList
	_, err := q.get(ctx, "/actions/runs", url.Values{"per_page": {fmt.Sprint(listed)}, "exclude_pull_requests": {"true"}}, &list)

	return list.known(), err
}

// run is one run as it is now.
func (q asker) run(ctx context.Context, id int64) (run, error) {
	var r listedRun
	_, err := q.get(ctx, fmt.Sprintf("/actions/runs/%d", id), url.Values{"exclude_pull_requests": {"true"}}, &r)

	return r.known(), err
}

// workflowRuns lists the newest runs of one workflow on one branch.
func (q asker) workflowRuns(ctx context.Context, id int64, branch string) ([]run, error) {
	var list runList
	_, err := q.get(ctx, fmt.Sprintf("/actions/workflows/%d/runs", id),
		url.Values{"per_page": {"10"}, "branch": {branch}, "exclude_pull_requests": {"true"}}, &list)

	return list.known(), err
}

// job is what is read of a job of a run.
type job struct {
	Name       string `json:"name"`
	Status     string `json:"status"`
	Conclusion string `json:"conclusion"`
	Attempt    int    `json:"run_attempt"`
	Runner     string `json:"runner_name"`
	Steps      []struct {
		Name       string `json:"name"`
		Conclusion string `json:"conclusion"`
	} `json:"steps"`
}

// jobs lists the jobs of one attempt of a run.
func (q asker) jobs(ctx context.Context, run int64, attempt int) (jobs []job, total int, err error) {
	var list struct {
		Total int   `json:"total_count"`
		Jobs  []job `json:"jobs"`
	}
	_, err = q.get(ctx, fmt.Sprintf("/actions/runs/%d/attempts/%d/jobs", run, attempt), url.Values{"per_page": {"100"}}, &list)

	return list.Jobs, list.Total, err
}
