package runner_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

const (
	api    = schemas.ID("pm2/local/process/api")
	worker = schemas.ID("pm2/local/process/worker")
	daemon = schemas.ID("pm2/local/daemon/pm2")
)

// inWork is the state of something that is still being mended.
const inWork = "in-work"

// world is a PM2 home, a policy, a journal and a clock, all of them fakes, and
// the runner that stands between them.
type world struct {
	t      *testing.T
	runner *runner.Runner

	mu       sync.Mutex
	now      schemas.Moment
	states   map[schemas.ID]string // of processes
	causes   map[schemas.ID]string // of their findings
	runsRR   map[schemas.ID]bool
	alerts   []schemas.Alert // of a policy that finds nothing wrong
	failing  error           // of the collector
	looks    int             // of the collector
	acted    []schemas.Action
	actError error
	onAct    func(schemas.Action)
	turns    []schemas.Turn
	ends     []schemas.Attempt
	kept     []schemas.Event  // ordered by persons
	standing schemas.Standing // as last written
	backups  *backups
	disk     error // of the journal
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, states: map[schemas.ID]string{api: "online"}, runsRR: map[schemas.ID]bool{},
		now: schemas.Moment{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), HostID: "h", BootID: "b", BootMS: 1_000_000},
	}
	w.runner = &runner.Runner{Version: "test", Now: w.moment, Journal: w, Ledger: w, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w.runner.Use(w.setup(testConfig()))
	w.runner.Recall(schemas.Memory{NextIncident: 1})

	return w
}

// testConfig has no emergencies: health would have to be low for a year.
func testConfig() schemas.Config {
	second := schemas.Duration(time.Second)
	rung := schemas.Rung{Attempts: 3, Cooldown: 10 * second, MaxCooldown: 60 * second}

	return schemas.Config{
		Emergency: schemas.EmergencyConfig{Enter: 50, Leave: 80, Hold: 365 * 24 * 3600 * second, Settle: 60 * second, ForcedFor: 600 * second},
		Interval:  5 * second, MinInterval: second, Settle: 30 * second, FlapWindow: 3600 * second,
		PM2:    map[string]schemas.PM2{"local": {Ladder: schemas.PM2Ladder{Restart: rung, StopStart: rung, Resurrect: rung}}},
		Health: schemas.HealthConfig{Healthy: 80, Critical: 50},
		Budget: schemas.BudgetConfig{Target: schemas.Limit{Max: 5, Window: 600 * second}, Total: schemas.Limit{Max: 8, Window: 600 * second}, BlastRadius: schemas.BlastRadius{Max: 100, Percent: 100}},
	}
}

func (w *world) setup(c schemas.Config) runner.Setup {
	var taker runner.Backups
	if w.backups != nil {
		taker = w.backups
	}

	return runner.Setup{
		Backups: taker,
		Config:  c, Decider: w, Actors: map[string]runner.Actor{"pm2.restart": w, "pm2.stop_start": w, "pm2.resurrect": w},
		Watches: []runner.Watch{{
			Name: "pm2/local", Sources: []string{"pm2/local/daemon", "pm2/local/process"}, Collector: w,
			Timeout: 100 * time.Millisecond, StaleAfter: 20 * time.Second,
		}},
	}
}

func (w *world) moment() schemas.Moment {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.now
}

// pass lets time pass, on every clock.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now.At = w.now.At.Add(d)
	w.now.BootMS += d.Milliseconds()
}

// Collect is the collector.
func (w *world) Collect(context.Context) (schemas.Facts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	if w.failing != nil {
		return nil, w.failing
	}
	facts := schemas.PM2Facts{Scope: "local", TakenAt: w.now.At, Daemon: schemas.Daemon{State: schemas.DaemonServing}, Processes: map[schemas.ID]schemas.Process{}}
	for id, state := range w.states {
		facts.Processes[id] = schemas.Process{Name: id.Name(), State: state, RunsRR: w.runsRR[id]}
	}

	return facts, nil
}

// Decide is the policy: a process that is not online is critical and is to be
// restarted; after two failed restarts it is to be stopped and started, and
// after that a person is told. The state asked-for-5s asks for five seconds.
func (w *world) Decide(_ context.Context, s schemas.Snapshot) (schemas.Decision, error) {
	d := schemas.Decision{Alerts: slices.Clone(w.alerts), Health: schemas.Health{Subjects: map[schemas.ID]schemas.SubjectHealth{}}}
	for _, id := range s.Subjects() {
		state := s.Processes[id].State
		if s.Sources[id.Source()].State != schemas.SourceOK {
			continue
		}
		score := 100
		if id != daemon && state != schemas.ProcessOnline {
			score = 0
			d.Findings = append(d.Findings, schemas.Finding{Subject: id, Score: 0, Reason: state, Cause: w.causes[id], InWork: state == inWork})
			w.ask(&d, s, id, state)
		}
		d.Health.Subjects[id] = schemas.SubjectHealth{Score: &score}
	}
	wish(&d)

	return d, nil
}

// wish judges the whole by the mean of its processes.
func wish(d *schemas.Decision) {
	n, sum := 0, 0
	for id, health := range d.Health.Subjects {
		if id != daemon {
			n, sum = n+1, sum+*health.Score
		}
	}
	if n == 0 {
		return
	}
	mean := sum / n
	d.Health.Score = &mean
	switch {
	case mean < 50:
		d.Wish = &schemas.Wish{Mode: schemas.ModeEmergency, Reason: "low"}
	case mean >= 80:
		d.Wish = &schemas.Wish{Mode: schemas.ModeNormal, Reason: "high"}
	}
}

func (w *world) ask(d *schemas.Decision, s schemas.Snapshot, id schemas.ID, state string) {
	failed := 0
	for _, a := range s.Attempts {
		if a.Action.Subject == id && a.State == schemas.AttemptFailed && a.Incident == s.Incidents[id].ID && s.Incidents[id].ID != 0 {
			failed++
		}
	}
	action := schemas.Action{Verb: "pm2.restart", Target: id, Subject: id, Reason: state, Policy: "policies.pm2.process.errored"}
	switch {
	case failed >= 3:
		d.Alerts = append(d.Alerts, schemas.Alert{Subject: id, Policy: action.Policy, Severity: schemas.SeverityCritical, Reason: "gave up", Exhausted: true})
		return
	case failed == 2:
		action.Verb, action.Rung = "pm2.stop_start", 1
	}
	if state == "asked-for-5s" {
		action.ForS = 5
	}
	d.Actions = append(d.Actions, action)
}

// Act is every actor.
func (w *world) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acted = append(w.acted, a)
	if w.onAct != nil {
		w.onAct(a)
	}
	if ctx.Err() != nil {
		w.t.Errorf("%s was cut off: %v", a.Verb, ctx.Err())
	}

	return "did it", w.actError
}

// WriteTurn and EndAttempt are the journal.
func (w *world) WriteTurn(_ context.Context, turn schemas.Turn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.disk != nil {
		return w.disk
	}
	w.turns, w.standing = append(w.turns, turn), turn.Record.Standing

	return nil
}

func (w *world) EndAttempt(_ context.Context, a schemas.Attempt) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.disk != nil {
		return w.disk
	}
	w.ends = append(w.ends, a)

	return nil
}

// Keep is the ledger.
func (w *world) Keep(_ context.Context, _ schemas.Moment, s schemas.Standing, events []schemas.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.disk != nil {
		return w.disk
	}
	w.standing, w.kept = s, append(w.kept, events...)

	return nil
}

// restart ends the runner as kill -9 would, and starts another one that
// remembers what was written.
func (w *world) restart(memory schemas.Memory) {
	config := w.runner.Config()
	w.runner = &runner.Runner{Version: "test", Now: w.moment, Journal: w, Ledger: w, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w.runner.Use(w.setup(config))
	memory.Standing = w.standing
	w.runner.Recall(memory)
}

func (w *world) turn() runner.Report {
	w.t.Helper()
	report, err := w.runner.Turn(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}

	return report
}

// guards lists what withheld the only outcome of a turn.
func (w *world) guards(report runner.Report) []string {
	w.t.Helper()
	if len(report.Record.Outcomes) != 1 {
		w.t.Fatalf("outcomes = %+v, want one", report.Record.Outcomes)
	}
	names := []string{}
	for _, held := range report.Record.Outcomes[0].Withheld {
		names = append(names, held.Guard)
	}

	return names
}

var errDisk = errors.New("no space left on device")
