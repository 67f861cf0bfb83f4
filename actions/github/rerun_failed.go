package github

import (
	"context"

	"rr/schemas"
)

// RerunFailed is github.rerun_failed: it runs the failed jobs of the newest
// failed run again, and those that wait for them.
type RerunFailed struct{ Repositories Repositories }

// Act runs them again.
func (v RerunFailed) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}

	return r.again(ctx, a.Target, seen, "the failed jobs", r.Client.RerunFailed)
}
