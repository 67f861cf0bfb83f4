package netlify

import (
	"sync/atomic"
	"time"
)

// Board is what the two sides that ask a network tell each other about one site.
// Neither waits for the other.
type Board struct {
	published atomic.Pointer[time.Time] // when the published deploy was published
	failing   atomic.Pointer[failing]
}

// failing are the configured probes that fail, each twice in a row or more.
type failing struct {
	all   int
	wrong []string // of them those that were answered, and wrongly; sorted
}

// probes are those that fail.
func (b *Board) probes() failing {
	if f := b.failing.Load(); f != nil {
		return *f
	}

	return failing{}
}

func (b *Board) setPublished(at time.Time) {
	if at.IsZero() {
		b.published.Store(nil)
		return
	}
	b.published.Store(&at)
}

// deployedFor is for how long the published deploy has been so, nil where that
// is unknown.
func (b *Board) deployedFor(now time.Time) *int64 {
	at := b.published.Load()
	if at == nil {
		return nil
	}

	return seconds(now.Sub(*at))
}

// seconds are never below zero: clocks differ.
func seconds(d time.Duration) *int64 {
	s := max(0, int64(d/time.Second))

	return &s
}
