package github

import (
	"context"
	"fmt"

	"rr/schemas"
)

// Dispatch is github.dispatch: it starts a workflow on the default branch, if no
// run of it is in work there.
type Dispatch struct{ Repositories Repositories }

// Act starts it.
func (v Dispatch) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}
	if _, err := seenRuns(a.Target, seen); err != nil {
		return "", err
	}

	return r.dispatch(ctx, a.Target.Name())
}

func (r Repository) dispatch(ctx context.Context, file string) (string, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	run, branch, err := r.start(ctx, file)
	if err != nil {
		return "", fmt.Errorf("start %s: %w", file, told(err))
	}
	if run == 0 { // a GitHub Enterprise Server that does not tell it
		return fmt.Sprintf("%s started on %s", file, branch), nil
	}

	return fmt.Sprintf("%s started on %s, run %d", file, branch, run), nil
}
