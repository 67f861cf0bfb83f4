package githubapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v62/github"

	"rr/schemas"
)

// writes lets one change at a time through, and the next no sooner than a
// second after: GitHub asks that of those who make many.
type writes struct {
	turn chan struct{} // of one
	now  func() time.Time
	wait func(context.Context, time.Duration) error
	last time.Time // when the last one ended; guarded by turn
}

// begin waits for its turn, and no longer than ctx.
func (w *writes) begin(ctx context.Context) (end func(), err error) {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if pause := DefaultWriteSpacing - w.now().Sub(w.last); pause > 0 && !w.last.IsZero() {
		if err := w.wait(ctx, min(pause, DefaultWriteSpacing)); err != nil {
			<-w.turn
			return nil, err
		}
	}

	return func() {
		w.last = w.now()
		<-w.turn
	}, nil
}

// sentKey finds the flag of Write in a context.
type sentKey struct{}

func markSent(request *http.Request)   { mark(request, true) }
func markUnsent(request *http.Request) { mark(request, false) }

func mark(request *http.Request, sent bool) {
	if flag, ok := request.Context().Value(sentKey{}).(*atomic.Bool); ok && !reading(request.Method) {
		flag.Store(sent)
	}
}

// Write makes one change through go-github. It exists for two habits of that
// library: when the context ends it answers with the context's error alone, and
// what the transport knew of a change under way is gone; and it calls a 202 an
// error. The error of Write is a schemas.ErrOutcomeUnknown when it is not known
// whether the change was made.
func Write(ctx context.Context, change func(context.Context) error) error {
	sent := new(atomic.Bool)
	err := change(context.WithValue(ctx, sentKey{}, sent))
	var accepted *github.AcceptedError
	switch {
	case err == nil, errors.As(err, &accepted):
		return nil
	case ctx.Err() != nil && sent.Load() && !errors.Is(err, schemas.ErrOutcomeUnknown):
		return fmt.Errorf("%w: %w", schemas.ErrOutcomeUnknown, err)
	}

	return err
}

// Dispatch runs a workflow, named by its id or the base name of its file, on a
// branch or tag. It returns the id of the run, or 0 from a GitHub Enterprise
// Server that does not tell it.
func (c *Client) Dispatch(ctx context.Context, owner, repo, workflow, ref string, inputs map[string]any) (int64, error) {
	body := struct {
		Ref     string         `json:"ref"`
		Inputs  map[string]any `json:"inputs,omitempty"`
		Details bool           `json:"return_run_details"`
	}{ref, inputs, true}
	var answer struct {
		RunID int64 `json:"workflow_run_id"`
	}
	err := c.change(ctx, http.MethodPost, fmt.Sprintf("%s/actions/workflows/%s/dispatches", repository(owner, repo), url.PathEscape(workflow)), body, &answer)

	return answer.RunID, err
}

// RerunFailed runs the failed jobs of a run once more, and those that wait for
// them. The run keeps its id and its attempt goes up.
func (c *Client) RerunFailed(ctx context.Context, owner, repo string, run int64) error {
	return c.ofRun(ctx, owner, repo, run, "rerun-failed-jobs")
}

// Rerun runs all jobs of a run once more.
func (c *Client) Rerun(ctx context.Context, owner, repo string, run int64) error {
	return c.ofRun(ctx, owner, repo, run, "rerun")
}

// Cancel asks a run to end; that it was asked is all that is known.
func (c *Client) Cancel(ctx context.Context, owner, repo string, run int64) error {
	return c.ofRun(ctx, owner, repo, run, "cancel")
}

// ForceCancel ends a run that a Cancel does not end, without its always() steps.
func (c *Client) ForceCancel(ctx context.Context, owner, repo string, run int64) error {
	return c.ofRun(ctx, owner, repo, run, "force-cancel")
}

// EnableWorkflow lets a disabled workflow run again, named as for Dispatch.
func (c *Client) EnableWorkflow(ctx context.Context, owner, repo, workflow string) error {
	return c.change(ctx, http.MethodPut, fmt.Sprintf("%s/actions/workflows/%s/enable", repository(owner, repo), url.PathEscape(workflow)), nil, nil)
}

func (c *Client) ofRun(ctx context.Context, owner, repo string, run int64, verb string) error {
	return c.change(ctx, http.MethodPost, fmt.Sprintf("%s/actions/runs/%d/%s", repository(owner, repo), run, verb), nil, nil)
}

func (c *Client) change(ctx context.Context, method, path string, body, answer any) error {
	request, err := c.NewRequest(method, path, body)
	if err != nil {
		return err
	}

	return Write(ctx, func(ctx context.Context) error {
		_, err := c.Do(ctx, request, answer)
		return err
	})
}

func repository(owner, repo string) string {
	return "repos/" + url.PathEscape(owner) + "/" + url.PathEscape(repo)
}
