package policies

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// watch ends questions that take too long or too much memory. OPA has neither
// limit; it only looks, now and then, whether it was cancelled. One goroutine
// watches all questions of a decision.
type watch struct {
	limits Limits
	heap   uint64 // live when the decision began

	mu      sync.Mutex
	running map[*running]struct{}
}

// running is one question that is being answered.
type running struct {
	cancel topdown.Cancel
	since  time.Time
	ended  error // why it was cancelled
}

var (
	errDeadline = errors.New("deadline")
	errMemory   = errors.New("memory ceiling")
)

// startWatch watches until stop is called.
func startWatch(ctx context.Context, limits Limits) (w *watch, stop func()) {
	w = &watch{limits: limits, heap: liveHeap(), running: map[*running]struct{}{}}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { w.run(ctx, done) })

	return w, func() {
		close(done)
		wg.Wait()
	}
}

func (w *watch) run(ctx context.Context, done chan struct{}) {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			w.end(func(*running) error { return context.Cause(ctx) })
			// Questions that begin later are refused by begin.
			return
		case now := <-ticker.C:
			w.look(now)
		}
	}
}

func (w *watch) look(now time.Time) {
	if grown := liveHeap(); grown > w.heap && grown-w.heap > w.limits.MemoryBytes {
		w.end(func(*running) error {
			return fmt.Errorf("%w: it took more than %d MiB", errMemory, w.limits.MemoryBytes>>20)
		})
		return
	}
	w.end(func(r *running) error {
		if now.Sub(r.since) <= w.limits.Deadline {
			return nil
		}
		return fmt.Errorf("%w: it took longer than %s", errDeadline, w.limits.Deadline)
	})
}

// end cancels every question that reason gives an error for.
func (w *watch) end(reason func(*running) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.running {
		if err := reason(r); err != nil && r.ended == nil {
			r.ended = err
			r.cancel.Cancel()
		}
	}
}

func (w *watch) begin() *running {
	r := &running{cancel: topdown.NewCancel(), since: time.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[r] = struct{}{}

	return r
}

// finish returns why a question was cancelled, nil where it was not.
func (w *watch) finish(r *running) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, r)

	return r.ended
}

// liveHeap is how much of the heap was in use when garbage was last collected:
// garbage itself does not count, and what grows without end is collected often.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}

	return sample[0].Value.Uint64()
}
