package github

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"rr/internal/githubapi"
	"rr/schemas"
)

// API asks GitHub about one repository and its runs. It remembers runs, so use
// one for as long as rr runs.
type API struct {
	Scope  string
	Client *githubapi.Client
	Memory Memory // nil forgets with the process
	Now    func() time.Time

	here     *Definitions // the checkout, nil where there is none
	config   atomic.Pointer[schemas.GitHub]
	asked    asked
	known    known
	recalled bool
}

// NewAPI returns a collector of what GitHub tells, and compares it with the
// checkout in dir, if there is one. It sends nothing before the first look.
func NewAPI(scope, dir string, config schemas.GitHub, client *githubapi.Client, memory Memory, now func() time.Time) *API {
	a := &API{Scope: scope, Client: client, Memory: memory, Now: now, asked: newAsked()}
	if dir != "" {
		a.here = NewDefinitions(scope, dir, config, now)
	}
	a.Configure(config)

	return a
}

// Configure puts another configuration in force from the next look on.
func (a *API) Configure(config schemas.GitHub) { a.config.Store(&config) }

// Collect asks what may have changed. An error means that nothing is known: the
// token is refused, or GitHub does not answer and did not lately. Where only the
// runs are unknown, because a limit stands or the token may not read them, the
// facts say so.
func (a *API) Collect(ctx context.Context) (schemas.Facts, error) {
	config := *a.config.Load()
	if !a.recalled {
		a.known = recall(a.Memory, config.Repo)
		a.recalled = true
	}
	owner, name, _ := strings.Cut(config.Repo, "/")
	q := asker{client: a.Client, owner: owner, repo: name, now: a.Now, asked: &a.asked}
	facts := schemas.RepoFacts{Scope: a.Scope, TakenAt: a.Now().UTC(), Runs: map[schemas.ID]schemas.Runs{}}

	repository, err := q.repository(ctx)
	if err != nil {
		return nil, told(err)
	}
	files, filesErr := a.files(ctx)
	runsErr := a.askRuns(ctx, q, repository.DefaultBranch)
	if githubapi.Classify(runsErr).Kind == githubapi.Unauthorized {
		return nil, told(runsErr)
	}
	blobs, blobsErr := q.blobs(ctx, repository.DefaultBranch)
	facts.Repo = a.repo(ctx, q, repository, files)
	if runsErr != nil {
		facts.RunsError = told(runsErr).Error()
		return facts, nil
	}
	if blobsErr != nil {
		blobs = nil
	}
	if filesErr == nil {
		a.known.noteSchedules(files, a.Now())
	}
	j := judge{scope: a.Scope, config: config, known: &a.known, checked: files, checkedErr: filesErr, blobs: blobs, now: a.Now()}
	facts.Runs = j.all()
	facts.Repo.StartupFailures, facts.Repo.Outage = j.outage(facts.Runs)
	if err := a.known.save(a.Memory); err != nil {
		return nil, fmt.Errorf("remember runs: %w", err)
	}

	return facts, nil
}

// files are the workflow files of the checkout.
func (a *API) files(ctx context.Context) (map[string]*file, error) {
	if a.here == nil {
		return nil, errors.New("no checkout")
	}

	return a.here.current(ctx)
}

// askRuns brings what is known of workflows and runs up to date.
func (a *API) askRuns(ctx context.Context, q asker, branch string) error {
	each := eachWorkflows
	if a.known.disabled() {
		each = 0
	}
	workflows, err := q.workflows(ctx, each)
	if err != nil {
		return err
	}
	a.known.on(branch)
	a.known.noteWorkflows(workflows.list, workflows.complete, a.Now())
	runs, err := q.runs(ctx)
	if err != nil {
		return err
	}
	a.known.noteGap(runs, a.Now())
	if unknown := a.known.add(runs); unknown { // of a workflow that was made since
		q.asked.forget("workflows")
	}
	older, err := a.fill(ctx, q)
	if err != nil {
		return err
	}
	if err := a.askAgain(ctx, q, append(runs, older...)); err != nil {
		return err
	}

	return a.askJobs(ctx, q)
}

// fillAtOnce is how many workflows without a known run are asked about in one
// look, so that a cold start does not cost a burst.
const fillAtOnce = 25

// fill asks, once for each workflow, for runs older than those of the
// repository's list: a monthly one drops out of it. It returns what it asked for.
func (a *API) fill(ctx context.Context, q asker) (came []run, err error) {
	asked := 0
	for id, w := range a.known.Workflows {
		if w.Filled || w.State == stateDeleted {
			continue
		}
		if asked++; asked > fillAtOnce {
			return came, nil
		}
		runs, err := q.workflowRuns(ctx, id, a.known.Branch)
		if err != nil && !gone(err) {
			return came, err
		}
		came = append(came, runs...)
		a.known.add(runs)
		w.Filled, a.known.changed = true, true
	}

	return came, nil
}

// againAtOnce is how many runs that dropped out of the list are asked about in
// one look.
const againAtOnce = 20

// askAgain asks for the runs of which more is to come and that the list is too
// short for: one that has not ended, and a failed one that may be run again. One
// that was deleted is forgotten.
func (a *API) askAgain(ctx context.Context, q asker, listed []run) error {
	for _, r := range a.known.open(listed, againAtOnce, a.Now()) {
		fresh, err := q.run(ctx, r.ID)
		switch {
		case gone(err):
			a.known.forget(r)
		case err != nil:
			return err
		default:
			a.known.add([]run{fresh})
		}
	}

	return nil
}

// gone tells that something was deleted since it was listed.
func gone(err error) bool { return githubapi.Classify(err).Kind == githubapi.NotFound }

// told is an error as it may be shown: what sort of problem it is, without a
// token and without the query of an address.
func told(err error) error {
	var limited githubapi.ErrLimited
	if errors.As(err, &limited) {
		return fmt.Errorf("github: %w", limited)
	}
	if p := githubapi.Classify(err); p != (githubapi.Problem{}) {
		return fmt.Errorf("github: %w", p)
	}

	return fmt.Errorf("github: %w", err)
}
