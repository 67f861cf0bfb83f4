package github

import (
	"context"

	"github.com/google/go-github/v62/github"

	"rr/schemas"
)

// workflow finds a workflow by the name of its file.
func (r Repository) workflow(ctx context.Context, file string) (*github.Workflow, error) {
	workflow, _, err := r.Client.Actions.GetWorkflowByFileName(ctx, r.owner(), r.name(), file)
	if notFound(err) {
		return nil, refused("GitHub knows no workflow %s", file)
	}

	return workflow, err
}

// idle refuses a workflow that has a run on a branch in work: another one would
// do its work twice.
func (r Repository) idle(ctx context.Context, file, branch string) error {
	runs, _, err := r.Client.Actions.ListWorkflowRunsByFileName(ctx, r.owner(), r.name(), file, &github.ListWorkflowRunsOptions{
		Branch: branch, ExcludePullRequests: true, ListOptions: github.ListOptions{PerPage: 20},
	})
	if err != nil {
		return err
	}
	for _, run := range runs.WorkflowRuns {
		if run.GetStatus() != "completed" && run.GetStatus() != "waiting" {
			return refused("run %d of %s is %s", run.GetID(), file, run.GetStatus())
		}
	}

	return nil
}

// start dispatches a workflow on the default branch.
func (r Repository) start(ctx context.Context, file string) (run int64, branch string, err error) {
	workflow, err := r.workflow(ctx, file)
	if err != nil {
		return 0, "", err
	}
	if workflow.GetState() != "active" {
		return 0, "", refused("%s is %s", file, workflow.GetState())
	}
	branch, err = r.defaultBranch(ctx)
	if err != nil {
		return 0, "", err
	}
	if err := r.idle(ctx, file, branch); err != nil {
		return 0, branch, err
	}
	run, err = r.Client.Dispatch(ctx, r.owner(), r.name(), file, branch, nil)

	return run, branch, err
}

// seenRuns are the runs that a decision was made on.
func seenRuns(id schemas.ID, seen schemas.Snapshot) (schemas.Runs, error) {
	runs, there := seen.Runs[id]
	if !there {
		return runs, refused("%s was not seen", id)
	}

	return runs, nil
}
