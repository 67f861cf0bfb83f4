package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"rr/policies"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// fleet is a PM2 home in which time passes as fast as it is told to: the real
// runner, the real policies and a real configuration stand before it. A process
// is as its life says.
type fleet struct {
	t      *testing.T
	runner *runner.Runner
	now    schemas.Moment
	lives  map[schemas.ID]*life
	acted  map[schemas.ID][]schemas.Moment // when each was acted on
	alerts int
}

// life is how a process fares: one with a length dies after it and is started
// again by PM2, one that is errored stays so, one that is fine stays so.
type life struct {
	length   time.Duration // 0: for ever
	errored  bool
	memory   int64 // percent of its limit
	born     int64 // boot clock, ms
	restarts int64
	at       []int64 // restarts, boot clock
}

func newFleet(t *testing.T, text string, lives map[schemas.ID]*life) *fleet {
	t.Helper()
	loaded, err := config.Parse("redundancy.cue", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := policies.Load(engineOptions(loaded))
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{
		t: t, lives: lives, acted: map[schemas.ID][]schemas.Moment{},
		now: schemas.Moment{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), HostID: "h", BootID: "b", BootMS: 10_000_000},
	}
	actors := map[string]runner.Actor{}
	for _, verb := range verbs() {
		actors[verb.Name] = f
	}
	f.runner = &runner.Runner{Version: "test", Now: func() schemas.Moment { return f.now }, Journal: f, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	f.runner.Use(runner.Setup{Config: loaded.Config, Decider: engine, Actors: actors, Watches: []runner.Watch{{
		Name: "pm2/local", Sources: []string{"pm2/local/daemon", "pm2/local/process", "pm2/local/ecosystem"},
		Collector: f, Timeout: 10 * time.Second, StaleAfter: time.Minute,
	}}})
	f.runner.Recall(schemas.Memory{NextIncident: 1})

	return f
}

// Collect shows every process as PM2 and /proc would.
func (f *fleet) Collect(context.Context) (schemas.Facts, error) {
	facts := schemas.PM2Facts{Scope: "local", TakenAt: f.now.At, Processes: map[schemas.ID]schemas.Process{}, Daemon: schemas.Daemon{
		State: schemas.DaemonServing, Home: "/h", Dump: "present", Restorable: "unknown", Pidusage: "working", VersionSkew: "no", Logrotate: "online", Events: "connected",
	}}
	for id, l := range f.lives {
		facts.Processes[id] = f.facts(id, l)
	}

	return facts, nil
}

func (f *fleet) facts(id schemas.ID, l *life) schemas.Process {
	l.live(f.now.BootMS)
	uptime := (f.now.BootMS - l.born) / 1000
	p := schemas.Process{
		Name: id.Name(), State: schemas.ProcessOnline, Status: "online", Autorestart: "yes", Wanted: "running", Cause: "none", Saved: "yes", Restorable: "no",
		InEcosystem: "unknown", ExecMode: "fork_mode", Restarts: l.restarts, WatchedS: 3600, UptimeS: &uptime, MemoryPct: &l.memory,
		Restarts1m: l.within(f.now.BootMS - 60_000), Restarts10m: l.within(f.now.BootMS - 600_000), Restarts1h: l.within(f.now.BootMS - 3_600_000),
	}
	switch {
	case l.errored:
		p.State, p.Status, p.UptimeS = schemas.ProcessErrored, "errored", nil
	case p.Restarts10m >= 10 && uptime < 20:
		p.State = schemas.ProcessCrashLoop
	}

	return p
}

// live lets a process die and be started again until now.
func (l *life) live(now int64) {
	for l.length > 0 && !l.errored && now-l.born >= l.length.Milliseconds() {
		l.start(l.born + l.length.Milliseconds())
	}
}

func (l *life) start(at int64) {
	l.born, l.restarts, l.at = at, l.restarts+1, append(l.at, at)
	if len(l.at) > 3000 {
		l.at = l.at[len(l.at)-2500:]
	}
}

func (l *life) within(since int64) (n int64) {
	for _, at := range l.at {
		if at > since {
			n++
		}
	}

	return n
}

// Act is every verb: it starts the process anew, which mends nothing.
func (f *fleet) Act(_ context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	f.acted[a.Target] = append(f.acted[a.Target], f.now)
	if l := f.lives[a.Target]; l != nil && !l.errored {
		l.start(f.now.BootMS)
	}

	return "did it", nil
}

func (f *fleet) WriteTurn(context.Context, schemas.Turn) error     { return nil }
func (f *fleet) EndAttempt(context.Context, schemas.Attempt) error { return nil }

func (f *fleet) turn(step time.Duration) runner.Report {
	f.t.Helper()
	report, err := f.runner.Turn(context.Background(), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	if len(report.Record.Decision.Errors) > 0 {
		f.t.Fatalf("policies failed: %+v", report.Record.Decision.Errors)
	}
	for _, alert := range report.Told {
		if alert.Exhausted {
			f.alerts++
		}
	}
	f.now.At, f.now.BootMS = f.now.At.Add(step), f.now.BootMS+step.Milliseconds()

	return report
}

func processID(name string) schemas.ID { return schemas.NewID("pm2", "local", "process", name, 0) }

// A loop that PM2 never takes for one, since it lives for 1.5 s each time, gets
// at most 5 starts by rr in 10 minutes; then it is exhausted and told of once.
func TestASlowCrashLoopIsStartedAtMostFiveTimesAndThenToldOf(t *testing.T) {
	for _, length := range []time.Duration{200 * time.Millisecond, 1500 * time.Millisecond, 5 * time.Second} {
		t.Run(fmt.Sprintf("it lives %s", length), func(t *testing.T) {
			loop := processID("loop")
			f := newFleet(t, "pm2: local: {}", map[schemas.ID]*life{loop: {length: length, born: 10_000_000}})
			for range 10 * 60 / 5 {
				f.turn(5 * time.Second)
			}
			if n := len(f.acted[loop]); n == 0 || n > 5 {
				t.Errorf("%d starts by rr in the first 10 minutes, want 1 to 5", n)
			}
			var last runner.Report
			for range 50 * 60 / 5 {
				last = f.turn(5 * time.Second)
			}
			if got := last.Record.Snapshot.Incidents[loop].State; got != schemas.IncidentExhausted {
				t.Errorf("the incident is %q after an hour, want exhausted", got)
			}
			if f.alerts != 1 {
				t.Errorf("told %d times that the ladder has ended, want once", f.alerts)
			}
			t.Logf("%d starts by rr in an hour", len(f.acted[loop]))
		})
	}
}

// Of a fleet in which three processes fail in different ways no healthy one is
// ever touched, and memory stays where it was. make verify takes 300 processes
// for 1,000 turns.
func TestOfAFleetOnlyThoseThatFailAreEverTouched(t *testing.T) {
	failing := map[schemas.ID]*life{
		processID("errored"): {errored: true}, processID("looping"): {length: 1500 * time.Millisecond, born: 10_000_000},
		processID("bloated"): {memory: 120},
	}
	lives := map[schemas.ID]*life{}
	for n := range fleetSize - 3 {
		lives[processID(fmt.Sprintf("app%03d", n))] = &life{memory: 40}
	}
	for id, l := range failing {
		lives[id] = l
	}
	f := newFleet(t, "pm2: local: {}", lives)
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	var early uint64
	for turn := range fleetTurns {
		f.turn(5 * time.Second)
		if turn == fleetTurns/5 {
			early = heap()
		}
	}
	for id, acts := range f.acted {
		if failing[id] == nil {
			t.Errorf("%s is healthy and was acted on %d times", id, len(acts))
		}
	}
	if len(f.acted) != 3 {
		t.Errorf("acted on %d processes, want the 3 that fail", len(f.acted))
	}
	late := heap()
	if late > early+early/4+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes between turn %d and %d", early, late, fleetTurns/5, fleetTurns)
	}
	t.Logf("figure: %d turns of %d processes: heap %.1f MB at turn %d, %.1f MB at the end", fleetTurns, fleetSize, float64(early)/(1<<20), fleetTurns/5, float64(late)/(1<<20))
}
