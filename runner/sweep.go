package runner

import (
	"context"
	"fmt"
	"time"

	"rr/schemas"
)

// view is a watch and what was last seen through it.
type view struct {
	Watch
	answer chan sight // holds the answer of a collector that is still being waited for
	busy   bool
	last   sight
	seen   bool
	again  bool // something was done to what it shows, so that it is asked before its interval has passed
}

// sight is one answer of a collector.
type sight struct {
	facts schemas.Facts
	err   error
	at    time.Time
	took  time.Duration
	bootM int64 // boot clock, ms: what staleness is measured on
}

// reuseViews keeps what was seen through watches whose collector stays.
func reuseViews(old []*view, watches []Watch) []*view {
	views := make([]*view, 0, len(watches))
	for _, watch := range watches {
		fresh := &view{Watch: watch, answer: make(chan sight, 1)}
		for _, v := range old {
			if v.Collector == watch.Collector {
				v.Watch = watch
				fresh = v
			}
		}
		views = append(views, fresh)
	}

	return views
}

// sweep asks every collector at once and gathers one snapshot. A collector
// that fails, panics or is late marks its own sources unknown and spoils no
// other.
func (r *Runner) sweep(ctx context.Context) schemas.Snapshot {
	moment := r.moment()
	asked := make([]*view, 0, len(r.views))
	for _, v := range r.views {
		if v.busy {
			v.poll()
			continue
		}
		if v.due(moment) {
			v.ask(ctx, r.Now)
			asked = append(asked, v)
		}
	}
	for _, v := range asked {
		v.await(ctx, r.loops)
	}

	s := schemas.NewSnapshot(r.Version, r.moment())
	s.Turn = r.memory.turn + 1
	for _, v := range r.views {
		v.into(&s)
	}
	r.recall(&s)

	return s
}

// due tells whether a collector is to be asked. One that failed is asked sooner
// than its interval says, but not at every turn.
func (v *view) due(now schemas.Moment) bool {
	interval := v.Interval.Milliseconds()
	if v.last.err != nil {
		interval /= 4
	}

	return !v.seen || v.again || now.BootMS-v.last.bootM >= interval
}

// poll takes the answer of a collector that was late, if it has come. It is not
// waited for again, so that it holds up no turn but the first.
func (v *view) poll() {
	select {
	case answer := <-v.answer:
		v.busy, v.seen, v.last = false, true, answer
	default:
	}
}

// ask starts the collector.
func (v *view) ask(ctx context.Context, now func() schemas.Moment) {
	v.busy, v.again = true, false
	collector, timeout, answer := v.Collector, v.Timeout, v.answer
	go func() {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		began := now()
		facts, err := collect(ctx, collector)
		ended := now()
		answer <- sight{
			facts: facts, err: err, at: began.At, bootM: began.BootMS,
			took: time.Duration(ended.BootMS-began.BootMS) * time.Millisecond,
		}
	}()
}

// collect is the panic barrier of one collector.
func collect(ctx context.Context, c Collector) (facts schemas.Facts, err error) {
	defer func() {
		if p := recover(); p != nil {
			facts, err = nil, fmt.Errorf("collector panicked: %v", p)
		}
	}()

	facts, err = c.Collect(ctx)
	if err == nil && facts == nil {
		err = fmt.Errorf("collector gave no facts")
	}

	return facts, err
}

// await waits for the answer for as long as the watch allows. A collector that
// does not heed its deadline is left behind and not asked again before it has
// answered. One that looks at something far away is not waited for as long where
// turn follows turn: it would hold up the others.
func (v *view) await(ctx context.Context, loops bool) {
	brief := loops && v.Wait > 0
	patience := v.Timeout + 250*time.Millisecond
	if brief {
		patience = min(patience, v.Wait)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()

	select {
	case answer := <-v.answer:
		v.busy, v.seen, v.last = false, true, answer
	case <-timer.C:
		if brief {
			return
		}
		v.last.err = fmt.Errorf("no answer within %s, still waiting", v.Timeout)
	case <-ctx.Done():
		v.last.err = fmt.Errorf("asked to stop: %w", ctx.Err())
	}
}

// into puts what was last seen into a snapshot.
func (v *view) into(s *schemas.Snapshot) {
	age := int64(0)
	if v.seen {
		age = max(0, s.Moment.BootMS-v.last.bootM)
	}
	if err := v.trouble(s.Moment); err != nil {
		for _, source := range v.Sources {
			s.Sources[source] = schemas.Source{
				State: schemas.SourceUnknown, Error: err.Error(), TakenAt: v.last.at, AgeMS: age, TookMS: v.last.took.Milliseconds(),
			}
		}

		return
	}

	v.last.facts.Into(s)
	for _, name := range v.Sources {
		source := s.Sources[name]
		source.AgeMS, source.TookMS = age, v.last.took.Milliseconds()
		s.Sources[name] = source
	}
}

// trouble says why what was last seen cannot be relied on.
func (v *view) trouble(now schemas.Moment) error {
	switch age := time.Duration(now.BootMS-v.last.bootM) * time.Millisecond; {
	case v.last.err != nil:
		return v.last.err
	case !v.seen:
		return fmt.Errorf("not looked at yet")
	case age > v.StaleAfter:
		return fmt.Errorf("facts are %s old, more than stale_after %s", age.Round(time.Second), v.StaleAfter)
	}

	return nil
}
