package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

// get sends one GET below the repository and decodes its answer into v. It
// reports whether the answer is one that came before.
func (q asker) get(ctx context.Context, path string, query url.Values, v any) (same bool, links *githubResponse, err error) {
	at := fmt.Sprintf("repos/%s/%s%s", url.PathEscape(q.owner), url.PathEscape(q.repo), path)
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	request, err := q.client.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return false, nil, err
	}
	response, err := q.client.Do(ctx, request, v)
	if err != nil {
		return false, nil, err
	}

	return response.Header.Get(githubapi.FromCache) != "", response, nil
}

// repository is what is read of GET /repos/{owner}/{repo}.
type repository struct {
	DefaultBranch string    `json:"default_branch"`
	Archived      bool      `json:"archived"`
	Disabled      bool      `json:"disabled"`
	PushedAt      time.Time `json:"pushed_at"`
}

func (q asker) repository(ctx context.Context) (repository, error) {
	return once(q, "repository", eachRepository, func() (r repository, err error) {
		_, _, err = q.get(ctx, "", nil, &r)
		return r, err
	})
}

// workflow is what is read of an entry of GET …/actions/workflows.
type workflow struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Path      string    `json:"path"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
}

func (q asker) workflows(ctx context.Context) ([]workflow, error) {
	return once(q, "workflows", eachWorkflows, func() ([]workflow, error) {
		var all []workflow
		_, err := githubapi.Pages(maxPages, func(page int) (*githubResponse, bool, error) {
			var list struct {
				Workflows []workflow `json:"workflows"`
			}
			_, response, err := q.get(ctx, "/actions/workflows", url.Values{"per_page": {"100"}, "page": {fmt.Sprint(page)}}, &list)
			all = append(all, list.Workflows...)

			return response, false, err
		})

		return all, err
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
}

type runList struct {
	Runs []run `json:"workflow_runs"`
}

// runs lists the newest runs of the repository.
func (q asker) runs(ctx context.Context) ([]run, error) {
	var list runList
	_, _, err := q.get(ctx, "/actions/runs", url.Values{"per_page": {"100"}, "exclude_pull_requests": {"true"}}, &list)

	return list.Runs, err
}

// workflowRuns lists the newest runs of one workflow on one branch.
func (q asker) workflowRuns(ctx context.Context, id int64, branch string) ([]run, error) {
	var list runList
	_, _, err := q.get(ctx, fmt.Sprintf("/actions/workflows/%d/runs", id),
		url.Values{"per_page": {"10"}, "branch": {branch}, "exclude_pull_requests": {"true"}}, &list)

	return list.Runs, err
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
	_, _, err = q.get(ctx, fmt.Sprintf("/actions/runs/%d/attempts/%d/jobs", run, attempt), url.Values{"per_page": {"100"}}, &list)

	return list.Jobs, list.Total, err
}
