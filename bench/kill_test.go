package bench

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	seepm2 "rr/collectors/pm2"
	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/internal/store"
	"rr/policies"
	"rr/runner"
	"rr/schemas"
)

// BenchmarkKill kills processes and waits for rr's decision on it: the end of
// the first decision whose snapshot shows that the process is down or was
// started anew. It runs what `rr run` runs with the times of a configuration that says
// nothing: collector, bus, policies and journal. Kills come after an
// idle interval, since min_interval is a floor between two turns and not a cost.
func BenchmarkKill(b *testing.B) {
	p := fleet(b, 10)
	config := parse(b, `pm2: local: {}`)
	rr := startRunner(b, p.Home, config)
	told := listenBeside(b, p.Home)

	var decided, heard []time.Duration
	for i := range rounds(60) {
		victim, before := rr.idle(i % 10)
		drain(told)
		killed := time.Now()
		if err := syscall.Kill(*before.PID, syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
		found := rr.await(func(t turn) bool { return changed(before, t.snapshot.Processes[victim]) })
		decided = append(decided, found.decided.Sub(killed))
		select {
		case at := <-told:
			heard = append(heard, at.Sub(killed))
		case <-time.After(5 * time.Second):
			b.Fatal("the bus did not tell of the end of a process")
		}
		rr.await(func(t turn) bool {
			now := t.snapshot.Processes[victim]
			return now.State == schemas.ProcessOnline && changed(before, now)
		})
	}

	note := fmt.Sprintf("%d kills; PM2's own event after %.1f ms p50, %.1f ms p99; slowest %.1f ms",
		len(decided), ms(median(heard)), ms(quantile(heard, 99)), ms(quantile(decided, 100)))
	tell(b, "kill-p50-ms", figure{"kill -9 to decision of 10, p50", ms(median(decided)), " ms", "<", 20, note})
	tell(b, "kill-p99-ms", figure{"kill -9 to decision of 10, p99", ms(quantile(decided, 99)), " ms", "<", 100, ""})
}

func changed(before, now schemas.Process) bool {
	return now.State != schemas.ProcessOnline || now.PID == nil || *now.PID != *before.PID || now.Restarts != before.Restarts
}

// turn is one decision and what it was about.
type turn struct {
	began    time.Time
	decided  time.Time
	snapshot schemas.Snapshot
}

// observed is a decider that tells of its decisions.
type observed struct {
	runner.Decider
	turns chan turn
}

func (o observed) Decide(ctx context.Context, s schemas.Snapshot) (schemas.Decision, error) {
	d, err := o.Decider.Decide(ctx, s)
	o.turns <- turn{began: s.Moment.At, decided: time.Now(), snapshot: s}

	return d, err
}

// inProcess is a runner in this process, and its latest turn.
type inProcess struct {
	b      *testing.B
	config schemas.Config
	turns  chan turn
	last   turn
}

func startRunner(b *testing.B, home string, config schemas.Config) *inProcess {
	b.Helper()
	engine, err := policies.Load(policies.Options{Config: config, Verbs: verbs()})
	if err != nil {
		b.Fatal(err)
	}
	journal, _, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	entry := config.PM2["local"]
	collector := seepm2.New("local", home, entry, 30*time.Second, seepm2.FindSelf(func(string) string { return "" }))
	rr := &inProcess{b: b, config: config, turns: make(chan turn, 1000)}
	r := &runner.Runner{Version: "bench", Now: moment(b), Journal: journal, Log: slog.New(slog.DiscardHandler)}
	r.Use(runner.Setup{
		Config: config, Decider: observed{engine, rr.turns}, Policies: schemas.Bundle{Hash: engine.Hash(), Files: engine.Files()},
		Watches: []runner.Watch{{
			Name: "pm2/local", Sources: []string{"pm2/local/daemon", "pm2/local/process"},
			Collector: collector, Timeout: entry.Timeout.Of(), StaleAfter: entry.StaleAfter.Of(),
		}},
	})
	r.Recall(schemas.Memory{})

	ctx, stop := context.WithCancel(context.Background())
	hints := make(chan struct{}, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		collector.Listen(ctx, func() {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
	})
	wg.Go(func() { r.Run(ctx, runner.Events{Hints: hints}) })
	b.Cleanup(func() {
		stop()
		wg.Wait()
		collector.Close()
		if err := journal.Close(); err != nil {
			b.Error(err)
		}
	})

	return rr
}

func moment(b *testing.B) func() schemas.Moment {
	b.Helper()
	host, err := procfs.FS{}.HostID()
	if err != nil {
		b.Fatal(err)
	}
	boot, err := procfs.FS{}.BootID()
	if err != nil {
		b.Fatal(err)
	}

	return func() schemas.Moment {
		return schemas.Moment{At: time.Now().UTC(), HostID: host, BootID: boot, BootMS: procfs.Boottime()}
	}
}

// await gives the next turn that is as wanted.
func (rr *inProcess) await(wanted func(turn) bool) turn {
	rr.b.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case rr.last = <-rr.turns:
			if wanted(rr.last) {
				return rr.last
			}
		case <-timeout:
			rr.b.Fatal("waited in vain for a turn")
		}
	}
}

// idle waits until no turn is due before long: the last one is longer ago than
// min_interval, and the next one of the interval is not near. It names the n-th
// process.
func (rr *inProcess) idle(n int) (schemas.ID, schemas.Process) {
	rr.b.Helper()
	for {
		if rr.last.snapshot.Processes == nil {
			rr.await(func(turn) bool { return true })
		}
		pause := rr.config.MinInterval.Of() + 300*time.Millisecond + rand.N(time.Second)
		select {
		case rr.last = <-rr.turns:
			continue
		case <-time.After(time.Until(rr.last.began.Add(pause))):
		}
		victim := schemas.NewID("pm2", "local", "process", "app", n)
		process := rr.last.snapshot.Processes[victim]
		if process.PID != nil && process.State == schemas.ProcessOnline {
			return victim, process
		}
		rr.await(func(turn) bool { return true })
	}
}

// listenBeside tells when PM2 told of an exit, which no watcher can be ahead of.
func listenBeside(b *testing.B, home string) <-chan time.Time {
	b.Helper()
	events := make(chan pm2.Event, 512)
	told := make(chan time.Time, 512)
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = (&pm2.Bus{Home: home, Events: events}).Subscribe(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-events:
				if e.Kind == pm2.EventProcess && e.Event == "exit" {
					told <- time.Now()
				}
			}
		}
	})
	b.Cleanup(func() { stop(); wg.Wait() })

	return told
}

func drain(c <-chan time.Time) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}
