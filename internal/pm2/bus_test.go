package pm2_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
)

// subscribe listens until the test ends.
func subscribe(t *testing.T, home string, room int) (*pm2.Bus, <-chan pm2.Event) {
	t.Helper()
	events := make(chan pm2.Event, room)
	bus := &pm2.Bus{Home: home, Events: events}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { bus.Subscribe(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return bus, events
}

// await takes events until one is as asked for, and gives it.
func await(t *testing.T, events <-chan pm2.Event, what string, asked func(pm2.Event) bool) pm2.Event {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case e := <-events:
			if asked(e) {
				return e
			}
		case <-timeout:
			t.Fatalf("no event: %s", what)
		}
	}
}

func ofKind(kind pm2.EventKind) func(pm2.Event) bool {
	return func(e pm2.Event) bool { return e.Kind == kind }
}

func process(event string) func(pm2.Event) bool {
	return func(e pm2.Event) bool { return e.Kind == pm2.EventProcess && e.Event == event }
}

func TestBusTellsOfAnAppThatIsKilledAndOfTheNextDaemon(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		p := pm2test.Start(t, version, pm2test.Sleeper("api"))
		_, events := subscribe(t, p.Home, 256)
		await(t, events, "connected", ofKind(pm2.EventConnected))
		c := client(t, p.Home)
		before := only(t, c)

		must(t, syscall.Kill(before.PID, syscall.SIGKILL))
		var exit, log, online bool
		await(t, events, "exit, its signal and online", func(e pm2.Event) bool {
			ours := e.Name == "api" && e.ID == pm2.Int{N: int64(before.ID), Known: true}
			switch {
			case process("exit")(e):
				exit = ours && e.Status == "stopped" && !e.Manually && e.Instance.Known && time.Since(e.At) < time.Minute
			case e.Kind == pm2.EventExit:
				log = ours && e.Signal == "SIGKILL"
			case process("online")(e):
				online = ours
			}
			return exit && log && online
		})
		must(t, c.NotifyRestart(within(t, 5*time.Second), before.ID))
		if e := await(t, events, "a restart by hand", process("restart")); !e.Manually {
			t.Errorf("event = %+v, want manually", e)
		}

		p.KillDaemon(syscall.SIGKILL)
		await(t, events, "disconnected", ofKind(pm2.EventDisconnected))
		p.Run("ping")
		await(t, events, "connected again", ofKind(pm2.EventConnected))
		if apps := mustList(t, c); len(apps) != 0 {
			t.Errorf("List of the next daemon = %+v, want none", apps)
		}
		p.KillDaemon(syscall.SIGTERM)
		await(t, events, "the daemon's own end", ofKind(pm2.EventKilled))
	})
}

func TestExitsTellASignalFromAPlainExit(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		p := pm2test.Start(t, version, pm2test.Sleeper("killed"))
		_, events := subscribe(t, p.Home, 256)
		await(t, events, "connected", ofKind(pm2.EventConnected))
		failing := pm2test.Shell("failing", "exit 3")
		failing.Autorestart = pm2test.Bool(false)
		killed := only(t, client(t, p.Home))
		must(t, syscall.Kill(killed.PID, syscall.SIGKILL))
		p.StartApps(failing)
		var exits pm2.Exits
		seen := map[string]bool{}
		await(t, events, "both exits", func(e pm2.Event) bool {
			exits.See(e)
			seen[e.Name] = seen[e.Name] || e.Kind == pm2.EventExit
			return seen["killed"] && seen["failing"]
		})
		for _, app := range mustList(t, client(t, p.Home)) {
			want := pm2.Exit{Signal: "SIGKILL"}
			if app.Name == "failing" {
				want = pm2.Exit{Code: pm2.Int{N: 3, Known: true}}
			}
			got, found := exits.Last(app)
			if age := time.Since(got.At); !found || got.Code != want.Code || got.Signal != want.Signal || age < 0 || age > time.Minute {
				t.Errorf("Last(%s) = %+v, %t, want %+v just now", app.Name, got, found, want)
			}
		}
		if kills := pm2.OOMKills(p.DaemonPID()); kills.N < 0 {
			t.Errorf("OOMKills = %+v", kills)
		}
	})
}

func TestBusStaysFlatInAFloodOfLogs(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		flood := pm2test.Shell("flood", "exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
		flood.Extra = map[string]any{"out_file": "/dev/null", "error_file": "/dev/null"}
		p := pm2test.New(t, version)
		p.Run("ping")
		// A channel with room for one event that nobody takes.
		bus, _ := subscribe(t, p.Home, 1)
		pm2test.Eventually(t, "connected", func() bool { return bus.Stats().Connected })
		p.StartApps(flood)
		pm2test.Eventually(t, "a hundred messages of the flood", func() bool { return bus.Stats().Skipped > 100 })
		daemon := p.DaemonPID()
		heap, rss := heapNow(), rssOf(t, daemon)
		skipped := bus.Stats().Skipped
		pm2test.Eventually(t, "a thousand more messages", func() bool { return bus.Stats().Skipped >= skipped+1000 })
		stats := bus.Stats()
		if !stats.Connected || stats.Connects != 1 {
			t.Errorf("the connection broke: %+v", stats)
		}
		if stats.Dropped == 0 || stats.Delivered != 1 {
			t.Errorf("Stats = %+v, want one delivered and the others dropped", stats)
		}
		if more := heapNow() - heap; more > 8<<20 {
			t.Errorf("the heap grew by %d bytes", more)
		}
		t.Logf("%d messages; the daemon grew by %d KiB", stats.Skipped-skipped, (rssOf(t, daemon)-rss)>>10)
	})
}

func heapNow() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func rssOf(t *testing.T, pid int) int64 {
	t.Helper()
	p, err := procfs.FS{}.Stat(pid)
	must(t, err)
	return p.RSS
}

func TestBusSaysHowManyEventsItDropped(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, answering)
	bus, events := subscribe(t, d.Home, 2)
	pm2test.Eventually(t, "subscribed", func() bool { return d.Subscribers() == 1 })
	for i := range 5 {
		d.Publish("process:event", fmt.Sprintf(`{"event":"online","process":{"name":"a","pm_id":%d}}`, i))
	}
	pm2test.Eventually(t, "four dropped", func() bool { return bus.Stats().Dropped == 4 })
	await(t, events, "the first two", func(e pm2.Event) bool { return e.ID.N == 0 && e.Kind == pm2.EventProcess })
	d.Publish("process:event", `{"event":"online","process":{"name":"a","pm_id":9}}`)
	if e := await(t, events, "the last", process("online")); e.ID.N != 9 || e.Missed != 4 {
		t.Errorf("event = %+v, want number 9 and 4 missed", e)
	}
}

func TestBusStepsOverWhatItDoesNotKnow(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, answering)
	bus, events := subscribe(t, d.Home, 16)
	pm2test.Eventually(t, "subscribed", func() bool { return d.Subscribers() == 1 })
	d.Publish("log:out", `{"data":"`+strings.Repeat("x", 6<<20)+`"}`)
	d.Publish(strings.Repeat("long", 100), `{}`)
	d.Publish("process:event", `{"event":"online","process":{"SECRET":"`+strings.Repeat("x", 5<<20)+`"}}`)
	d.Publish("process:event", `no JSON`)
	d.Publish("log:PM2", `{"data":"App [a:b:3] exited with code [1] via signal [SIGTERM]\n"}`)
	await(t, events, "connected", ofKind(pm2.EventConnected))
	e := await(t, events, "anything", func(pm2.Event) bool { return true })
	want := pm2.Event{Kind: pm2.EventExit, Name: "a:b", ID: pm2.Int{N: 3, Known: true}, ExitCode: pm2.Int{N: 1, Known: true}, Signal: "SIGTERM"}
	if e != want {
		t.Errorf("event = %+v, want %+v", e, want)
	}
	if stats := bus.Stats(); stats.Skipped != 2 || stats.Connects != 1 {
		t.Errorf("Stats = %+v, want two skipped on one connection", stats)
	}
}

func TestBusEndsWithItsContext(t *testing.T) {
	before := runtime.NumGoroutine()
	d := pm2test.NewFakeDaemon(t, answering)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	bus := &pm2.Bus{Home: d.Home, Events: make(chan pm2.Event)}
	go func() { done <- bus.Subscribe(ctx) }()
	pm2test.Eventually(t, "subscribed", func() bool { return d.Subscribers() == 1 })
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("Subscribe = %v, want %v", err, context.Canceled)
	}
	d.Stop()
	pm2test.Eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
}
