package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rr/runner/config"
)

// What is left behind by a start that had no time for it does not clear up under
// an rr that runs.
func TestNoStepOfClearingUpBeginsOutOfTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := errors.New("failed")
	taken := ""
	step := func(name string, err error, does func()) func(context.Context) error {
		return func(context.Context) error {
			taken += name
			does()
			return err
		}
	}
	nothing := func() {}
	err := inTurn(ctx, step("a", failed, nothing), step("b", nil, cancel), step("c", nil, nothing))
	if taken != "ab" || !errors.Is(err, failed) || !errors.Is(err, context.Canceled) {
		t.Errorf("it took the steps %s, %v; want a and b, what failed and why it ended", taken, err)
	}
}

// What only rr itself writes is gone when a start goes on, also where there was
// no time for the store; that is left alone then.
func TestCopiesAndRehearsalsAreClearedBeforeTheStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	left := []string{filepath.Join(dir, ".rr-copy-1"), filepath.Join(dir, "drill", "data"), filepath.Join(data, ".rr-restore-1")}
	for _, path := range left {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := config.Parse(filepath.Join(dir, config.FileName), []byte(`github: web: {repo: "acme/web"}, backup: {builtin: [], sets: data: {root: "data", paths: ["**"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	b := backups{main: &Main{Now: time.Now, Getenv: func(string) string { return "" }}, loaded: loaded, state: dir, readers: newEcosystemReaders()}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx  context.Context
		left []bool
	}{{over, []bool{false, false, true}}, {t.Context(), []bool{false, false, false}}} {
		if err := b.clearUp(test.ctx); !errors.Is(err, test.ctx.Err()) {
			t.Errorf("clearUp() = %v, want %v", err, test.ctx.Err())
		}
		for i, path := range left {
			if gone(path) == test.left[i] {
				t.Errorf("with its time over (%v): %s is gone: %t, want %t", test.ctx.Err(), path, gone(path), !test.left[i])
			}
		}
	}
}
