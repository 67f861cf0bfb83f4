package github

import (
	"context"
	"fmt"

	"rr/schemas"
)

// Cancel is github.cancel: it ends the run that has been queued or in work for
// the longest. One that an earlier cancel did not end is ended by force.
type Cancel struct{ Repositories Repositories }

// Act asks it to end.
func (v Cancel) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}
	was := seen.Runs[a.Target]
	number := was.ActiveRunID
	if number == nil {
		return "", refused("no run of %s was seen in work", a.Target.Name())
	}
	ctx, cancel := within(ctx)
	defer cancel()
	run, err := r.run(ctx, *number)
	if err != nil {
		return "", told(err)
	}
	if run.GetStatus() == "completed" {
		return "", refused("run %d has ended with %s", run.GetID(), run.GetConclusion())
	}
	if waited(was) && run.GetStatus() == "in_progress" {
		return "", refused("run %d waited, and has begun by now", run.GetID())
	}
	end, how := r.Client.Cancel, "asked to end"
	if triedBefore(a, seen) {
		end, how = r.Client.ForceCancel, "ended by force"
	}
	if err := end(ctx, r.owner(), r.name(), run.GetID()); err != nil {
		return "", fmt.Errorf("run %d: %w", run.GetID(), told(err))
	}

	return fmt.Sprintf("run %d, which was %s, %s", run.GetID(), run.GetStatus(), how), nil
}

// waited tells whether the run that was seen for the longest waited for a runner.
func waited(was schemas.Runs) bool {
	return was.QueuedS != nil && (was.RunningS == nil || *was.QueuedS >= *was.RunningS)
}

// triedBefore tells whether the same was done in the same incident, and did not
// help.
func triedBefore(a schemas.Action, seen schemas.Snapshot) bool {
	incident, open := seen.Incidents[a.Subject]
	if !open {
		return false
	}
	for _, before := range seen.Attempts {
		if before.Action.Verb == a.Verb && before.Action.Target == a.Target && before.Incident == incident.ID && before.State == schemas.AttemptFailed {
			return true
		}
	}

	return false
}
