package githubapi_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/githubapi"
	"rr/internal/githubtest"
)

const secret = "ghp_aSecretThatNobodyMayEverSee0123456789"

const workflow = `name: ci
on:
  push:
  workflow_dispatch:
    inputs:
      level: {required: true}
jobs:
  test: {runs-on: ubuntu-latest, steps: [{run: make}]}
`

// clock is a time that passes when it is told to, or waited for.
type clock struct {
	mu     sync.Mutex
	at     time.Time
	waited time.Duration
}

func newClock() *clock {
	return &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.at
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Pass(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += d

	return nil
}

// rig is a client before a server with one repository, acme/web, whose workflow
// ci.yml failed once.
type rig struct {
	server *githubtest.Server
	client *githubapi.Client
	clock  *clock
	run    int64
	job    int64
}

func newRig(t *testing.T, change func(*githubapi.Options)) *rig {
	t.Helper()
	r := &rig{clock: newClock()}
	r.server = githubtest.Start(t, githubtest.Options{Now: r.clock.Now})
	r.server.Change(func(w *githubtest.World) {
		w.AddToken(secret)
		repo := w.AddRepo("acme", "web")
		repo.Commit("main", "add ci", map[string]string{".github/workflows/ci.yml": workflow})
		run := repo.AddRun("ci.yml", "push", "failure")
		job := repo.AddJob(run, "test", "failure")
		job.Log = strings.Repeat("a line of a log\n", 100)
		r.run, r.job = run.ID, job.ID
	})
	options := githubapi.Options{
		BaseURL: r.server.URL, Auth: githubapi.Token(func() (string, error) { return secret, nil }),
		Timeout: 20 * time.Second, MaxBody: 1 << 20, Now: r.clock.Now, Wait: r.clock.Wait,
	}
	if change != nil {
		change(&options)
	}
	client, err := githubapi.New(options)
	if err != nil {
		t.Fatal(err)
	}
	r.client = client

	return r
}

func (r *rig) list(t *testing.T) error {
	_, _, err := r.client.Actions.ListWorkflows(t.Context(), "acme", "web", nil)

	return err
}

// wantNoSecret looks for the token in every form in which an error is told.
func wantNoSecret(t *testing.T, err error, more ...string) {
	t.Helper()
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), githubapi.Classify(err).Message, githubapi.Classify(err).Error()} {
		for _, hidden := range append(more, secret) {
			if strings.Contains(text, hidden) {
				t.Errorf("%q is told in %q", hidden, text)
			}
		}
	}
}
