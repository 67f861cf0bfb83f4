package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	seepm2 "rr/collectors/pm2"
	"rr/internal/control"
	"rr/internal/store"
	"rr/runner"
)

// serve takes turns until it is told to stop. The first TERM or INT lets the
// turn finish, a second one ends rr at once; HUP reads the configuration and
// the policies again.
func (s *service) serve(ctx context.Context) error {
	debug.SetGCPercent(50) // a small heap, for a little CPU
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.leave = stop
	listener, err := control.Listen(s.opened.state)
	if err != nil {
		return err
	}

	s.opened.runner.Beat = func() { s.notifier().tell("WATCHDOG=1") }
	hints, changed := make(chan struct{}, 1), make(chan struct{}, 1)
	setups := make(chan runner.Setup)
	ended := make(chan struct{})
	var wg sync.WaitGroup
	s.opened.wiring.hear(func(c *seepm2.Collector) func() {
		hearing, deafen := context.WithCancel(ctx)
		wg.Go(func() { c.Listen(hearing, func() { poke(hints) }) })
		return deafen
	})
	wg.Go(func() { s.onSignals(ended, stop, func() { poke(changed) }) })
	wg.Go(func() { s.prunes(ctx) })
	wg.Go(func() { s.answer(ctx, listener) })
	wg.Go(func() { s.watch(ctx, changed) })
	wg.Go(func() { s.reloads(ctx, changed, setups) })

	log := s.opened.log
	log.Info("rr runs", "kind", "run", "target", s.opened.loaded.Path, "status", runStatus(s.dryRun), "note", version())
	s.tellFrozen()
	systemd := s.notifier()
	s.opened.runner.Run(ctx, runner.Events{
		Hints: hints, Reload: setups,
		Failed: func(err error) { s.trouble.Store(&err) },
		Turned: func(report runner.Report) {
			s.last.Store(&report)
			s.trouble.Store(nil)
			systemd.turned(report.Record.Snapshot.Turn, report.Record.Decision.Health.Status)
			s.release()
		},
	})
	systemd.tell("STOPPING=1")
	close(ended)
	stop()
	wg.Wait()
	log.Info("rr ends", "kind", "run", "status", "stopped")

	return nil
}

// tellFrozen says at the start why nothing will be done.
func (s *service) tellFrozen() {
	if f := s.opened.runner.Standing().Operator.Frozen; f != nil {
		s.opened.log.Warn("rr starts frozen and acts on nothing until `rr resume`", "kind", "run", "status", "frozen", "note", f.By+": "+f.Reason)
	}
}

// release gives back what compiling took, once after the start and once after
// each reload: a runner at rest needs a fraction of it.
func (s *service) release() {
	if now := s.inForce.Load(); s.released != now {
		s.released = now
		debug.FreeOSMemory()
	}
}

func (s *service) notifier() notifier { return notifier{socket: s.main.Getenv("NOTIFY_SOCKET")} }

// holdSignals lets what has begun be finished where a single turn is taken: the
// first TERM or INT is told and waited out, a second one ends rr at once.
func (s *service) holdSignals() (release func()) {
	ended := make(chan struct{})
	go s.onSignals(ended, func() {}, func() {})

	return func() { close(ended) }
}

func runStatus(dryRun bool) string {
	if dryRun {
		return "dry_run"
	}

	return "enforcing"
}

// poke fills a channel of one place, if it is empty.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *service) onSignals(ended <-chan struct{}, stop, reload func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)

	stopping := false
	for {
		select {
		case <-ended:
			return
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				reload()
				continue
			}
			if stopping {
				os.Exit(exitFailed)
			}
			s.opened.log.Info("asked to stop, the turn is finished first", "kind", "run", "status", sig.String())
			stopping = true
			stop()
		}
	}
}

// pruneEach is how often the journal is kept within its limits.
const pruneEach = 10 * time.Minute

// prunes keeps the journal within its limits, beside the turns.
func (s *service) prunes(ctx context.Context) {
	ticker := time.NewTicker(pruneEach)
	defer ticker.Stop()
	for {
		if report := s.last.Load(); report != nil {
			c := s.opened.runner.Config()
			keep := store.Keep{For: c.Journal.KeepFor.Of(), MaxSize: int64(c.Journal.MaxSize), Window: c.LongestWindow()}
			if _, err := s.journal.Prune(context.WithoutCancel(ctx), report.Record.Snapshot.Moment, keep); err != nil {
				s.opened.log.Error("journal not pruned", "kind", "journal", "note", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
