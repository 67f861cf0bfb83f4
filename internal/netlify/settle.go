package netlify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rr/schemas"
)

// DeployError is a deploy that failed, with the API's own words.
type DeployError struct {
	Deploy string // id
	State  string // error, rejected or pending_review
	Text   string // at most MaxErrorText bytes; empty when the API gave none
}

func (e *DeployError) Error() string {
	text := "deploy " + e.Deploy + " is in state " + e.State
	if e.Text != "" {
		text += ": " + e.Text
	}

	return text
}

// await looks at the deploy until it is in one of these states or has failed.
// The API may be unavailable for a few looks; what becomes of the deploy is
// unknown when it stays so, or when the context ends. what is empty for the end
// of the deploy.
func (u *upload) await(ctx context.Context, what string, states ...string) error {
	if what == "" {
		what = "be ready"
	}
	poll := u.options.Poll
	if poll <= 0 {
		poll = 2 * time.Second
	}
	for failures := 0; ; {
		switch {
		case slices.Contains(states, u.deploy.State):
			return nil
		case u.deploy.Ended():
			return &DeployError{Deploy: u.deploy.ID, State: u.deploy.State, Text: u.deploy.Error}
		}
		if err := u.client.sleep(ctx, poll); err != nil {
			return u.unsettled(what, err)
		}
		seen, err := u.client.Deploy(ctx, u.site, u.deploy.ID)
		if err == nil {
			u.deploy, failures = seen, 0
			continue
		}
		failures++
		kind := KindOf(err)
		if failures > retries || kind != Unavailable && kind != Limited || ctx.Err() != nil {
			return u.unsettled(what, err)
		}
		if err := u.client.sleep(ctx, u.client.pause(time.Duration(failures)*firstWait, err)); err != nil {
			return u.unsettled(what, err)
		}
	}
}

// unsettled is the error of a deploy of which the end was not seen.
func (u *upload) unsettled(what string, err error) error {
	if errors.Is(err, schemas.ErrOutcomeUnknown) {
		return err
	}

	return fmt.Errorf("deploy %s was in state %s, waiting for it to %s: %w: %w", u.deploy.ID, u.deploy.State, what, err, schemas.ErrOutcomeUnknown)
}
