package runner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

// model is a fleet to which anything may happen, a journal in memory, and what a
// person would keep on a sheet of paper: when something was done, and until when
// nothing may be.
type model struct {
	t      *testing.T
	rng    *rand.Rand
	runner *runner.Runner
	config schemas.Config

	mu      sync.Mutex
	upMS    int64 // for how long the host has been up, over all boots: the true clock
	bootMS  int64
	boot    int
	wall    time.Time
	down    map[schemas.ID]bool
	doomed  map[schemas.ID]bool // nothing mends it
	failing bool                // of the collector
	full    bool                // of the disk

	// The journal.
	attempts  map[string]schemas.Attempt
	order     []string
	incidents map[int64]schemas.Incident
	falls     []schemas.Fall
	last      schemas.Turn
	standing  schemas.Standing
	moment    schemas.Moment
	next      int64

	// The sheet of paper.
	acts      map[schemas.ID][]int64 // true times by target
	all       []int64
	pauses    map[string]int64 // true time until which
	frozen    bool
	approvals int // given less used
	told      map[schemas.ID]int
	counts    map[string]int
}

const modelSize = 6

func newModel(t *testing.T, seed uint64) *model {
	m := &model{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), config: testConfig(), wall: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), bootMS: 1000, upMS: 1000,
		down: map[schemas.ID]bool{}, doomed: map[schemas.ID]bool{}, attempts: map[string]schemas.Attempt{}, incidents: map[int64]schemas.Incident{}, next: 1,
		acts: map[schemas.ID][]int64{}, pauses: map[string]int64{}, told: map[schemas.ID]int{}, counts: map[string]int{},
	}
	m.config.Emergency.Hold = schemas.Duration(20 * time.Second)
	m.config.Approval = schemas.ApprovalConfig{Required: []schemas.Selector{{Verb: "pm2.stop_start", On: string(m.id(0))}}, Expires: schemas.Duration(time.Minute)}
	m.config.Shadow = []schemas.Selector{{On: string(m.id(1)), Verb: "pm2.stop_start"}}
	m.start()

	return m
}

func (m *model) id(i int) schemas.ID {
	return schemas.NewID("pm2", "local", "process", string(rune('a'+i)), 0)
}

// start is a new rr that remembers what the journal holds.
func (m *model) start() {
	m.runner = &runner.Runner{Version: "test", Now: m.now, Journal: m, Ledger: m, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	m.runner.Use(runner.Setup{
		Config: m.config, Decider: m, Actors: map[string]runner.Actor{"pm2.restart": m, "pm2.stop_start": m},
		Watches: []runner.Watch{{
			Name: "pm2/local", Sources: []string{"pm2/local/daemon", "pm2/local/process"}, Collector: m, Timeout: time.Minute, StaleAfter: 20 * time.Second,
		}},
	})
	memory := schemas.Memory{Turn: m.last.Record.Snapshot.Turn, Moment: m.moment, Asked: m.last.Record.Asked, Standing: m.standing, NextIncident: m.next, Falls: m.falls}
	for _, id := range m.order {
		memory.Attempts = append(memory.Attempts, m.attempts[id])
	}
	for _, incident := range m.incidents {
		memory.Incidents = append(memory.Incidents, incident)
	}
	m.runner.Recall(memory)
}

func (m *model) now() schemas.Moment {
	m.mu.Lock()
	defer m.mu.Unlock()

	return schemas.Moment{At: m.wall, HostID: "h", BootID: fmt.Sprint(m.boot), BootMS: m.bootMS}
}

func (m *model) Collect(context.Context) (schemas.Facts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing {
		return nil, errors.New("gone")
	}
	facts := schemas.PM2Facts{Scope: "local", TakenAt: m.wall, Daemon: schemas.Daemon{State: schemas.DaemonServing}, Processes: map[schemas.ID]schemas.Process{}}
	for i := range modelSize {
		state := schemas.ProcessOnline
		if m.down[m.id(i)] {
			state = schemas.ProcessErrored
		}
		facts.Processes[m.id(i)] = schemas.Process{State: state}
	}

	return facts, nil
}

// Decide restarts what is down twice, then stops and starts it, then tells.
func (m *model) Decide(_ context.Context, s schemas.Snapshot) (schemas.Decision, error) {
	d := schemas.Decision{Health: schemas.Health{Subjects: map[schemas.ID]schemas.SubjectHealth{}}}
	for id, process := range s.Processes {
		score := 100
		if process.State != schemas.ProcessOnline {
			score = 0
		}
		d.Health.Subjects[id] = schemas.SubjectHealth{Score: &score}
	}
	for i := range modelSize {
		id := m.id(i)
		if health, judged := d.Health.Subjects[id]; !judged || *health.Score == 100 {
			continue
		}
		failed := 0
		for _, a := range s.Attempts {
			if a.Action.Subject == id && a.State == schemas.AttemptFailed && a.Incident != 0 && a.Incident == s.Incidents[id].ID {
				failed++
			}
		}
		action := schemas.Action{Verb: "pm2.restart", Target: id, Subject: id, Policy: "policies.pm2.process.errored"}
		d.Findings = append(d.Findings, schemas.Finding{Subject: id, Policy: action.Policy, Reason: "down"})
		switch {
		case failed >= 3:
			d.Alerts = append(d.Alerts, schemas.Alert{Subject: id, Policy: action.Policy, Severity: schemas.SeverityCritical, Reason: "gave up", Exhausted: true})
			continue
		case failed == 2:
			action.Verb, action.Rung = "pm2.stop_start", 1
		}
		d.Actions = append(d.Actions, action)
	}
	wish(&d)

	return d, nil
}

// Act holds every promise at the moment of the act.
func (m *model) Act(_ context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts["acts"]++
	m.holds(a)
	m.acts[a.Target], m.all = append(m.acts[a.Target], m.upMS), append(m.all, m.upMS)
	if a.Verb == "pm2.stop_start" && a.Target == m.id(0) {
		m.approvals--
	}
	switch n := m.rng.IntN(10); {
	case n == 0:
		return "", schemas.ErrRefused
	case n == 1:
		return "", schemas.ErrOutcomeUnknown
	case n == 2:
		return "", errors.New("no")
	case n < 7 && !m.doomed[a.Target]:
		delete(m.down, a.Target)
	}

	return "", nil
}

func (m *model) holds(a schemas.Action) {
	if m.failing {
		m.t.Errorf("acted on %s, of which nothing is known", a.Target)
	}
	if m.full {
		m.t.Errorf("acted on %s with a full disk", a.Target)
	}
	if !m.down[a.Target] {
		m.t.Errorf("acted on %s, which is healthy", a.Target)
	}
	if m.frozen {
		m.t.Errorf("acted on %s while frozen", a.Target)
	}
	for on, until := range m.pauses {
		if a.Target.In(on) && m.upMS < until {
			m.t.Errorf("acted on %s, of which %q is paused for %d ms more", a.Target, on, until-m.upMS)
		}
	}
	limits := m.config.Budget
	if n := within(m.acts[a.Target], m.upMS-limits.Target.Window.MS()); n >= limits.Target.Max {
		m.t.Errorf("acted on %s %d times before within its window, of %d", a.Target, n, limits.Target.Max)
	}
	if n := within(m.all, m.upMS-limits.Total.Window.MS()); n >= limits.Total.Max {
		m.t.Errorf("acted %d times before within the window, of %d", n, limits.Total.Max)
	}
	if a.Verb == "pm2.stop_start" && a.Target == m.id(0) && m.approvals <= 0 {
		m.t.Errorf("%s on %s without an approval", a.Verb, a.Target)
	}
	if a.Verb == "pm2.stop_start" && a.Target == m.id(1) {
		m.t.Errorf("%s on %s, which is only to be told", a.Verb, a.Target)
	}
	m.holdsInEmergency(a)
	for _, begun := range m.last.Begun {
		if begun.Action.Target == a.Target {
			return
		}
	}
	m.t.Errorf("acted on %s without an intent in the journal", a.Target)
}

// holdsInEmergency wants an act in an emergency to be of a step that the plan,
// as it is on disk, has come to.
func (m *model) holdsInEmergency(a schemas.Action) {
	if m.standing.Mode == schemas.ModeNormal {
		return
	}
	m.counts["acts in an emergency"]++
	for _, step := range m.standing.Emergency.Plan {
		if step.State != schemas.StepWaiting && step.Recover != "" && a.Target.In(step.Recover) {
			return
		}
	}
	m.t.Errorf("acted on %s in %s, which no step of %+v recovers", a.Target, m.standing.Mode, m.standing.Emergency.Plan)
}

func within(times []int64, since int64) int {
	n := 0
	for i := len(times) - 1; i >= 0 && times[i] > since; i-- {
		n++
	}

	return n
}

func (m *model) WriteTurn(_ context.Context, turn schemas.Turn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errDisk
	}
	m.last, m.standing, m.moment = turn, turn.Record.Standing, turn.Record.Snapshot.Moment
	for _, a := range turn.Begun {
		if _, twice := m.attempts[a.ID]; twice {
			m.t.Errorf("attempt %s is begun twice", a.ID)
		}
		m.attempts[a.ID], m.order = a, append(m.order, a.ID)
	}
	for _, a := range turn.Verified {
		if _, known := m.attempts[a.ID]; known {
			m.attempts[a.ID] = a
		}
	}
	for _, incident := range turn.Incidents {
		m.next = max(m.next, incident.ID+1)
		m.incidents[incident.ID] = incident
		if incident.ClosedAt != nil {
			delete(m.incidents, incident.ID)
		}
	}
	m.falls = append(m.falls, turn.Falls...)
	m.forget()

	return nil
}

// forget keeps the journal as short as store.Memory tells it.
func (m *model) forget() {
	since := m.moment.ClockMS - (2 * time.Hour).Milliseconds()
	for len(m.order) > 200 && m.attempts[m.order[0]].BeganMS < since && m.attempts[m.order[0]].State != schemas.AttemptPending {
		delete(m.attempts, m.order[0])
		m.order = m.order[1:]
	}
	for len(m.falls) > 0 && m.falls[0].ClockMS < since {
		m.falls = m.falls[1:]
	}
	m.all = m.all[max(0, len(m.all)-100):]
}

func (m *model) EndAttempt(_ context.Context, a schemas.Attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errDisk
	}
	m.attempts[a.ID] = a

	return nil
}

func (m *model) Keep(_ context.Context, now schemas.Moment, s schemas.Standing, _ []schemas.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errDisk
	}
	m.moment, m.standing = now, s

	return nil
}

// killed is how an rr ends that is killed at a step.
type killed struct{}

// turn takes one turn, of an rr that may be killed in it.
func (m *model) turn(kill string) {
	defer func() {
		if p := recover(); p != nil {
			if _, is := p.(killed); !is {
				panic(p)
			}
			m.counts["kills"]++
			m.start()
		}
	}()
	m.runner.Failpoint = func(name string) {
		if name == kill {
			panic(killed{})
		}
	}
	report, err := m.runner.Turn(context.Background(), nil)
	if err != nil {
		m.t.Fatal(err)
	}
	m.counts["turns"]++
	for _, alert := range report.Told {
		m.told[alert.Subject]++
	}
}

func (m *model) pass(ms int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.upMS, m.bootMS, m.wall = m.upMS+ms, m.bootMS+ms, m.wall.Add(time.Duration(ms)*time.Millisecond)
}

// happen lets one thing happen.
func (m *model) happen() {
	ctx := context.Background()
	subject := m.id(m.rng.IntN(modelSize))
	switch n := m.rng.IntN(200); {
	case n < 90:
		m.turn("")
	case n < 140:
		m.pass(m.rng.Int64N(8000))
	case n < 155:
		m.down[subject] = true
	case n < 160:
		delete(m.down, subject)
	case n < 163:
		m.failing = !m.failing
	case n < 166:
		m.failing = false
	case n < 168:
		m.full = m.rng.IntN(4) == 0
	case n < 171:
		m.start()
	case n < 174:
		m.turn([]string{"swept", "decided", "planned", "recorded", "performed"}[m.rng.IntN(5)])
	case n == 174: // a reboot
		up := m.rng.Int64N(60_000)
		m.boot, m.bootMS, m.upMS = m.boot+1, up, m.upMS+up
		m.start()
	case n < 177:
		m.wall = m.wall.Add(time.Duration(m.rng.Int64N(100)-50) * time.Hour)
	case n == 177:
		m.pass(m.rng.Int64N(3_600_000)) // the host slept, or rr was stopped
	default:
		m.ask(ctx, n, subject)
	}
}

// ask is something that a person does.
func (m *model) ask(ctx context.Context, n int, subject schemas.ID) {
	on := []string{"", "pm2", "pm2/local/process", string(subject), "pm2/other"}[m.rng.IntN(5)]
	switch {
	case n < 183:
		length := time.Duration(1+m.rng.Int64N(120)) * time.Second
		if _, err := m.runner.Pause(ctx, on, "ana", "r", length); err == nil {
			m.pauses[on] = m.upMS + length.Milliseconds()
		}
	case n < 186:
		if _, err := m.runner.Resume(ctx, on, "ana", "r"); err == nil {
			delete(m.pauses, on)
			m.frozen = m.frozen && on != ""
		}
	case n < 191:
		if _, err := m.runner.Approve(ctx, m.last.Record, m.id(0), "pm2.stop_start", "ana", "r"); err == nil {
			m.approvals = 1
		}
	case n == 191:
		if _, err := m.runner.Freeze(ctx, "ana", "r"); err == nil {
			m.frozen = true
		}
	case n < 194:
		if _, err := m.runner.Resume(ctx, "", "ana", "r"); err == nil {
			m.frozen = false
			delete(m.pauses, "")
		}
	case n == 194:
		_, _ = m.runner.Enter(ctx, "ana", "r") // fails only where the disk is full
	case n < 197:
		if _, err := m.runner.Exit(ctx, "ana", "r"); err == nil {
			m.frozen = false
		}
	default:
		_, _ = m.runner.Recover(ctx, schemas.Record{}, on, "ana", "r") // refused in an emergency
	}
}

// ends leaves rr alone with a subject that nothing mends, and wants its ladder
// to end in an alert, with acts or without.
func (m *model) ends() {
	subject := m.id(m.rng.IntN(modelSize))
	m.failing, m.full = false, false
	clear(m.down)
	for on := range m.pauses {
		if _, err := m.runner.Resume(context.Background(), on, "ana", "r"); err == nil {
			delete(m.pauses, on)
		}
	}
	if _, err := m.runner.Resume(context.Background(), "", "ana", "r"); err == nil || m.frozen {
		m.frozen = false
	}
	if _, err := m.runner.Exit(context.Background(), "ana", "r"); err == nil {
		m.frozen = false
	}
	for range 20 { // what was open closes
		m.turn("")
		m.pass(5000)
	}
	before, acts := m.told[subject], len(m.acts[subject])
	m.down[subject], m.doomed[subject] = true, true
	for range 1200 {
		m.turn("")
		if m.told[subject] > before {
			break
		}
		m.pass(5000)
	}
	switch {
	case m.told[subject] > before:
		m.counts["ladders that ended in an alert"]++
	case subject == m.id(1):
		m.counts["ladders that stand at a shadow"]++
	default:
		m.t.Errorf("the ladder of %s ended in no alert, after %d acts", subject, len(m.acts[subject])-acts)
	}
	clear(m.doomed)
	clear(m.down)
}

// TestWhateverHappensNoPromiseIsBroken lets anything happen to a fleet and to
// rr, at random, and holds every promise at each act.
func TestWhateverHappensNoPromiseIsBroken(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	m := newModel(t, seed)
	for i := range modelEvents {
		m.happen()
		if i%2000 == 1999 {
			m.ends()
		}
		if t.Failed() {
			t.Fatalf("at event %d of seed %d", i, seed)
		}
	}
	t.Logf("seed %d, %d events: %v", seed, modelEvents, m.counts)
	for _, what := range []string{"acts", "acts in an emergency", "kills", "ladders that ended in an alert"} {
		if m.counts[what] == 0 {
			t.Errorf("there were no %s: nothing was tried", what)
		}
	}
}
