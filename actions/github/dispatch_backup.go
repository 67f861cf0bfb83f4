package github

import (
	"context"

	"rr/schemas"
)

// DispatchBackup is github.dispatch_backup: it starts the generated workflow
// that stands in for the target.
type DispatchBackup struct{ Repositories Repositories }

// Act starts it.
func (v DispatchBackup) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}
	runs, err := seenRuns(a.Target, seen)
	if err != nil {
		return "", err
	}
	if runs.BackupWorkflow == "" {
		return "", refused("no workflow was seen that stands in for %s", a.Target.Name())
	}

	return r.dispatch(ctx, runs.BackupWorkflow)
}
