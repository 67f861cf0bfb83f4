package main

import (
	"context"
	"fmt"
	"time"
)

// waitFor waits for f no longer than a limit, also where f does not heed it: a
// disk may hang. f is left behind then.
func waitFor[T any](ctx context.Context, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	done := make(chan result, 1)
	go func() {
		defer cancel()
		value, err := f(ctx)
		done <- result{value, err}
	}()
	select {
	case got := <-done:
		return got.value, got.err
	case <-ctx.Done():
	}
	select {
	case got := <-done: // it heeded it, or ended at the same time
		return got.value, got.err
	case <-time.After(time.Second):
		var none T
		return none, fmt.Errorf("no end of it within %s", limit)
	}
}
