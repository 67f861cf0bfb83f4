package github

import (
	"context"
	"fmt"

	"rr/schemas"
)

// Rerun is github.rerun: it runs all jobs of the newest failed run again.
type Rerun struct{ Repositories Repositories }

// Act runs it again. The run keeps its number, and its attempt goes up.
func (v Rerun) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}

	return r.again(ctx, a.Target, seen, "all jobs", r.Client.Rerun)
}

// again runs a failed run again.
func (r Repository) again(ctx context.Context, id schemas.ID, seen schemas.Snapshot, what string, do func(context.Context, string, string, int64) error) (string, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	run, err := r.failedAsSeen(ctx, id, seen)
	if err != nil {
		return "", told(err)
	}
	if err := do(ctx, r.owner(), r.name(), run.GetID()); err != nil {
		return "", fmt.Errorf("run %d: %w", run.GetID(), told(err))
	}

	return fmt.Sprintf("%s of run %d run again, attempt %d", what, run.GetID(), run.GetRunAttempt()+1), nil
}
