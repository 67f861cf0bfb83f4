package runner_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

// fleet is a world of which policies judge the whole: its score is the mean of
// its processes, below 50 they ask for emergency, from 80 on for normal.
func fleet(t *testing.T, broken, healthy int) *world {
	w := newWorld(t)
	w.states = map[schemas.ID]string{}
	for i := range broken + healthy {
		state := "errored"
		if i >= broken {
			state = schemas.ProcessOnline
		}
		w.states[schemas.NewID("pm2", "local", "process", string(rune('a'+i)), 0)] = state
	}
	config := testConfig()
	second := schemas.Duration(time.Second)
	config.Emergency = schemas.EmergencyConfig{Enter: 50, Leave: 80, Hold: 20 * second, Settle: 40 * second, ForcedFor: 600 * second}
	config.Budget.Total.Max = 100
	w.setBackups(&backups{})
	w.runner.Use(w.setup(config))

	return w
}

// backups is what backs up; it counts.
type backups struct {
	taken int
	err   error
	onRun func()
}

func (b *backups) Backup(_ context.Context, _ []string) (string, error) {
	b.taken++
	if b.onRun != nil {
		b.onRun()
	}

	return "took it", b.err
}

func (w *world) setBackups(b *backups) { w.backups = b }

func (w *world) setAll(state string) {
	for id := range w.states {
		w.states[id] = state
	}
}

// run takes turns, 5 s apart, and returns the modes that it came to, without
// repetition.
func (w *world) run(turns int) []string {
	w.t.Helper()
	var modes []string
	for range turns {
		modes = append(modes, w.turn().Record.Standing.Mode)
		w.pass(5 * time.Second)
	}

	return slices.Compact(modes)
}

func TestAnEmergencyIsEnteredOnceRunAndLeftAfterTheSettleTime(t *testing.T) {
	w := fleet(t, 4, 2)
	w.onAct = func(a schemas.Action) {
		if w.standing.Mode == schemas.ModeEmergency {
			w.states[a.Target] = schemas.ProcessOnline
		}
	}
	modes := w.run(60)
	if want := []string{"normal", "emergency", "recovering", "normal"}; !slices.Equal(modes, want) {
		t.Fatalf("modes %v, want %v", modes, want)
	}
	if w.backups.taken != 1 {
		t.Errorf("%d backups taken, want one", w.backups.taken)
	}
	for _, a := range w.acted {
		if name := a.Target.Name(); name == "e" || name == "f" {
			t.Errorf("acted on %s, which is healthy", a.Target)
		}
	}
}

func TestAnEmergencyIsNotEnteredBeforeItHasHeld(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		want   []string
	}{
		{"it is entered once it has held", func(*world) {}, []string{"normal", "emergency"}},
		{"it is not entered where health is better in between", func(w *world) {
			w.setAll(schemas.ProcessOnline)
			w.turn()
			w.setAll("errored")
		}, []string{"normal"}},
		{"it is not entered where health is unknown in between", func(w *world) {
			w.failing = errors.New("gone")
			w.turn()
			w.failing = nil
		}, []string{"normal"}},
		{"it is not entered on time in which nobody looked", func(w *world) { w.pass(time.Hour) }, []string{"normal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := fleet(t, 6, 0)
			w.actError = errors.New("no")
			w.run(4)
			c.change(w)
			if got := w.run(2); !slices.Equal(got, c.want) && !slices.Equal(got, c.want[len(c.want)-1:]) {
				t.Errorf("modes %v, want %v", got, c.want)
			}
		})
	}
}

func TestAnUnknownScoreNeitherEntersNorLeaves(t *testing.T) {
	w := fleet(t, 6, 0)
	w.failing = errors.New("gone")
	if got := w.run(100); !slices.Equal(got, []string{"normal"}) {
		t.Errorf("modes %v while nothing is known, want normal", got)
	}
	w.failing = nil
	w.actError = errors.New("no")
	w.run(6)
	w.setAll(schemas.ProcessOnline)
	if got := w.run(3); got[len(got)-1] != schemas.ModeRecovering {
		t.Fatalf("modes %v, want recovering at last", got)
	}
	w.failing = errors.New("gone")
	if got := w.run(100); !slices.Equal(got, []string{"recovering"}) {
		t.Errorf("modes %v while nothing is known, want recovering", got)
	}
}

func TestOnlyWhatThePlanHasComeToIsDoneInAnEmergency(t *testing.T) {
	w := fleet(t, 6, 0)
	config := w.runner.Config()
	config.Emergency.Plan = []schemas.PlanStep{
		{Recover: "pm2/local/process/a", Timeout: schemas.Duration(time.Minute)},
		{Recover: "pm2/local/process/b", Verbs: []string{"pm2.stop_start"}, Timeout: schemas.Duration(time.Minute)},
	}
	w.runner.Use(w.setup(config))
	if _, err := w.runner.Enter(context.Background(), "ana", "all is lost"); err != nil {
		t.Fatal(err)
	}
	report := w.turn()
	if len(w.acted) != 1 || w.acted[0].Target.Name() != "a" {
		t.Fatalf("acted %v, want a alone", w.acted)
	}
	for _, o := range report.Record.Outcomes {
		place := "all is lost; no step of the plan recovers it"
		if o.Action.Target.Name() == "b" {
			place = "all is lost; step 2 of 2 recovers it by pm2.stop_start alone"
		}
		if o.Action.Target.Name() != "a" && (len(o.Withheld) == 0 || o.Withheld[0].Guard != schemas.GuardFrozen || !strings.Contains(o.Withheld[0].Note, place)) {
			t.Errorf("%s: %+v, want frozen and why: %s", o.Action.Target, o.Withheld, place)
		}
	}
	w.states["pm2/local/process/a"] = schemas.ProcessOnline
	w.run(40)
	for _, a := range w.acted[1:] {
		if a.Target.Name() != "a" && (a.Target.Name() != "b" || a.Verb != "pm2.stop_start") {
			t.Errorf("acted %s on %s, want only what the plan says", a.Verb, a.Target)
		}
	}
}

func TestAStepEndsWhenItsLaddersOrItsTimeHaveAndAPersonIsTold(t *testing.T) {
	for _, c := range []struct {
		name, state, note string
		timeout           time.Duration
	}{
		{"its ladders have ended", "errored", "their ladders have ended", time.Hour},
		{"its time is over", "errored", "not within", 20 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := fleet(t, 6, 0)
			config := w.runner.Config()
			config.Emergency.Plan = []schemas.PlanStep{{Recover: "pm2/local/process", Timeout: schemas.Duration(c.timeout)}}
			w.runner.Use(w.setup(config))
			if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
				t.Fatal(err)
			}
			told := 0
			for range 100 {
				report := w.turn()
				for _, alert := range report.Told {
					if alert.Policy == schemas.ByRR && alert.Exhausted {
						told++
					}
				}
				if plan := report.Record.Standing.Emergency.Plan; report.Record.Standing.Mode == schemas.ModeRecovering {
					if plan[0].State != schemas.StepFailed || !strings.Contains(plan[0].Note, c.note) {
						t.Errorf("step = %+v, want failed: %s", plan[0], c.note)
					}
					break
				}
				w.pass(5 * time.Second)
			}
			if told != 1 {
				t.Errorf("told %d times that the step failed, want once", told)
			}
		})
	}
}

// A backup may take long: a person is told of the emergency before it.
func TestAPersonIsToldBeforeTheBackup(t *testing.T) {
	w := fleet(t, 6, 0)
	var log strings.Builder
	w.runner.Log = slog.New(slog.NewTextHandler(&log, nil))
	w.backups.onRun = func() {
		if !strings.Contains(log.String(), "kind=alert") {
			t.Error("nobody was told before the backup was begun")
		}
	}
	if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
		t.Fatal(err)
	}
	w.turn()
	if w.backups.taken != 1 {
		t.Errorf("%d backups taken, want one", w.backups.taken)
	}
}

func TestAPlanIsDoneInItsOrderAndGoesOnWithoutABackup(t *testing.T) {
	w := fleet(t, 6, 0)
	w.backups.err = errors.New("disk full")
	w.backups.onRun = func() {
		if len(w.acted) > 0 {
			t.Errorf("acted %v before the backup was taken", w.acted)
		}
	}
	if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
		t.Fatal(err)
	}
	w.run(3)
	plan := w.standing.Emergency.Plan
	if plan[0].State != schemas.StepFailed || plan[0].Note != "disk full" || plan[1].Recover != "pm2/local/daemon" || plan[1].State != schemas.StepDone || plan[2].State != schemas.StepRunning {
		t.Errorf("plan %+v, want a failed backup, the daemon done and the processes running", plan)
	}
	if len(w.acted) == 0 {
		t.Error("nothing was done after the backup failed")
	}
}

func TestABackupThatNothingTakesIsSkippedAndSaysSo(t *testing.T) {
	w := fleet(t, 6, 0)
	w.backups = nil
	w.runner.Use(w.setup(w.runner.Config()))
	if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
		t.Fatal(err)
	}
	w.turn()
	if step := w.standing.Emergency.Plan[0]; step.State != schemas.StepSkipped || step.Note != "no backups are configured" {
		t.Errorf("step = %+v, want skipped, and why", step)
	}
}

func TestWhatAPersonForcesHoldsAndExpires(t *testing.T) {
	w := fleet(t, 0, 6)
	if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
		t.Fatal(err)
	}
	if got := w.run(110); !slices.Equal(got, []string{"emergency", "recovering"}) {
		t.Errorf("modes %v within the forced time, want emergency, then recovering", got)
	}
	if got := w.run(30); got[len(got)-1] != schemas.ModeNormal {
		t.Errorf("modes %v after it, want normal at last", got)
	}

	w = fleet(t, 6, 0)
	w.actError = errors.New("no")
	w.run(6)
	if w.standing.Mode != schemas.ModeEmergency {
		t.Fatalf("mode %s, want emergency", w.standing.Mode)
	}
	if _, err := w.runner.Exit(context.Background(), "ana", "I know"); err != nil {
		t.Fatal(err)
	}
	if got := w.run(115); !slices.Equal(got, []string{"normal"}) {
		t.Errorf("modes %v within the forced time, want normal", got)
	}
	if got := w.run(30); got[len(got)-1] == schemas.ModeNormal {
		t.Errorf("modes %v after it, want an emergency again", got)
	}
}

func TestAnEmergencyGoesOnWhereRRWasKilled(t *testing.T) {
	w := fleet(t, 6, 0)
	w.actError = errors.New("no")
	w.run(8)
	before := w.standing
	if before.Mode != schemas.ModeEmergency {
		t.Fatalf("mode %s, want emergency", before.Mode)
	}
	w.restart(schemas.Memory{NextIncident: 50, Turn: 8, Moment: w.turns[len(w.turns)-1].Record.Snapshot.Moment})
	w.turn()
	if w.standing.Mode != before.Mode || w.standing.Emergency.Plan[2].State != before.Emergency.Plan[2].State || !w.standing.Emergency.SinceAt.Equal(*before.Emergency.SinceAt) {
		t.Errorf("goes on with %+v, want %+v", w.standing, before)
	}
	if w.backups.taken != 1 {
		t.Errorf("%d backups taken, want the one of before", w.backups.taken)
	}
}

func TestABackupThatRRDiedInIsTakenAgain(t *testing.T) {
	w := fleet(t, 6, 0)
	w.backups.onRun = func() { panic(errDied) }
	if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
		t.Fatal(err)
	}
	w.runner.Failpoint = func(name string) {
		if name == "backing_up" {
			panic(errDied)
		}
	}
	func() {
		defer func() { _ = recover() }()
		w.turn()
	}()
	if step := w.standing.Emergency.Plan[0]; step.State != schemas.StepRunning {
		t.Fatalf("step = %+v on disk, want it running", step)
	}
	w.backups.onRun = nil
	w.restart(schemas.Memory{NextIncident: 50, Turn: 1})
	w.turn()
	if step := w.standing.Emergency.Plan[0]; step.State != schemas.StepDone || w.backups.taken != 1 {
		t.Errorf("step = %+v, %d taken; want done", step, w.backups.taken)
	}
}

var errDied = errors.New("died")

func TestThePlanStandsStillWhileEverythingIsPaused(t *testing.T) {
	w := fleet(t, 6, 0)
	if _, err := w.runner.Pause(context.Background(), "", "ana", "deploy", time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := w.run(100); !slices.Equal(got, []string{"normal"}) {
		t.Errorf("modes %v while paused, want normal", got)
	}
	if _, err := w.runner.Enter(context.Background(), "ben", "drill"); err != nil {
		t.Fatal(err)
	}
	w.run(150)
	if step := w.standing.Emergency.Plan[2]; step.State != schemas.StepRunning || len(w.acted) > 0 {
		t.Errorf("step = %+v, acted %v; want it running and nothing done", step, w.acted)
	}
}

func TestARecoveryByHandBeginsLaddersAnewAndEndsWithItsPlan(t *testing.T) {
	w := fleet(t, 1, 5)
	w.run(60)
	a := schemas.ID("pm2/local/process/a")
	acted := len(w.acted)
	if w.turns[len(w.turns)-1].Record.Snapshot.Incidents[a].State != schemas.IncidentExhausted {
		t.Fatal("its ladder has not ended")
	}
	w.pass(time.Hour)
	if _, err := w.runner.Recover(context.Background(), schemas.Record{}, "pm2/local/process", "ana", "the cause is gone"); err != nil {
		t.Fatal(err)
	}
	w.onAct = func(a schemas.Action) { w.states[a.Target] = schemas.ProcessOnline }
	modes := w.run(20)
	if want := []string{"emergency", "normal"}; !slices.Equal(modes, want) {
		t.Errorf("modes %v, want %v", modes, want)
	}
	if len(w.acted) != acted+1 || w.acted[acted].Verb != "pm2.restart" {
		t.Errorf("acted %v, want one more from the first rung", w.acted[acted:])
	}
	if w.runner.Standing().Emergency.ForcedUntilMS != nil {
		t.Error("it stays forced")
	}
}

func TestAnEmergencyIsReplayedAsItWas(t *testing.T) {
	w := fleet(t, 4, 2)
	w.onAct = func(a schemas.Action) {
		if w.standing.Mode == schemas.ModeEmergency {
			w.states[a.Target] = schemas.ProcessOnline
		}
	}
	var reports []runner.Report
	for range 60 {
		reports = append(reports, w.turn())
		w.pass(5 * time.Second)
	}
	for _, run := range reports {
		again, err := w.runner.Replan(context.Background(), run.Record.Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		if want, got := shape(run), shape(again); !slices.Equal(want, got) || again.Record.Standing.Mode != run.Record.Standing.Mode {
			t.Errorf("turn %d: ran %v in %s, again %v in %s", run.Record.Snapshot.Turn, want, run.Record.Standing.Mode, got, again.Record.Standing.Mode)
		}
	}
}
