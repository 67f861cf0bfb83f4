package github

import (
	"context"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"rr/schemas"
)

// failedAsSeen finds the run that the decision was made on, and refuses where it
// is not the failed attempt that was seen: somebody ran it again, or it is in
// work.
func (r Repository) failedAsSeen(ctx context.Context, id schemas.ID, seen schemas.Snapshot) (*github.WorkflowRun, error) {
	was := seen.Runs[id]
	if was.RunID == nil || was.RunAttempt == nil {
		return nil, refused("no run of %s was seen", id.Name())
	}
	run, err := r.run(ctx, *was.RunID)
	switch {
	case err != nil:
		return nil, err
	case run.GetRunAttempt() != *was.RunAttempt:
		return nil, refused("run %d was run again since it was looked at: it was attempt %d and is %d", run.GetID(), *was.RunAttempt, run.GetRunAttempt())
	case run.GetStatus() != "completed":
		return nil, refused("run %d is %s", run.GetID(), run.GetStatus())
	case run.GetConclusion() != was.Conclusion:
		return nil, refused("run %d ended with %s, and %s was seen", run.GetID(), run.GetConclusion(), was.Conclusion)
	}

	return run, r.newest(ctx, id.Name(), run)
}

// newest refuses a run after which there is another one on its branch: to run the
// older one again could bring back what the newer one replaced.
func (r Repository) newest(ctx context.Context, file string, run *github.WorkflowRun) error {
	runs, _, err := r.Client.Actions.ListWorkflowRunsByFileName(ctx, r.owner(), r.name(), file, &github.ListWorkflowRunsOptions{
		Branch: run.GetHeadBranch(), ExcludePullRequests: true, ListOptions: github.ListOptions{PerPage: 20},
	})
	if err != nil {
		return err
	}
	for _, other := range runs.WorkflowRuns {
		if other.GetCreatedAt().After(run.GetCreatedAt().Time) && !strings.HasPrefix(other.GetEvent(), "pull_request") && !slices.Contains([]string{"skipped", "cancelled"}, other.GetConclusion()) {
			return refused("run %d of %s is newer", other.GetID(), file)
		}
	}

	return nil
}

func (r Repository) run(ctx context.Context, number int64) (*github.WorkflowRun, error) {
	run, _, err := r.Client.Actions.GetWorkflowRunByID(ctx, r.owner(), r.name(), number)
	if notFound(err) {
		return nil, refused("run %d is no longer there", number)
	}

	return run, err
}
