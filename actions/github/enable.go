package github

import (
	"context"
	"fmt"

	"rr/schemas"
)

// Enable is github.enable: it enables a workflow that GitHub disabled because
// nobody committed for 60 days. One that a person disabled stays so.
type Enable struct{ Repositories Repositories }

// Act enables it.
func (v Enable) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}
	ctx, cancel := within(ctx)
	defer cancel()
	file := a.Target.Name()
	workflow, err := r.workflow(ctx, file)
	if err != nil {
		return "", told(err)
	}
	if state := workflow.GetState(); state != "disabled_inactivity" {
		return "", refused("%s is %s", file, state)
	}
	if err := r.Client.EnableWorkflow(ctx, r.owner(), r.name(), file); err != nil {
		return "", fmt.Errorf("enable %s: %w", file, told(err))
	}

	return "enabled", nil
}
