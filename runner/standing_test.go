package runner_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

func TestWhatAPersonPausesIsNotActedOnUntilItIsOver(t *testing.T) {
	for _, c := range []struct {
		name, on string
		held     bool
	}{
		{"it holds everything", "", true},
		{"it holds a system", "pm2", true},
		{"it holds a scope", "pm2/local", true},
		{"it holds a kind", "pm2/local/process", true},
		{"it holds a subject", string(api), true},
		{"it leaves another subject alone", string(worker), false},
		{"it leaves a subject alone whose name begins alike", "pm2/local/process/ap", false},
		{"it leaves another scope alone", "pm2/other", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.states[api] = "errored"
			if _, err := w.runner.Pause(context.Background(), c.on, "ana", "deploy", 10*time.Second); err != nil {
				t.Fatal(err)
			}
			report := w.turn()
			if held := slices.Equal(w.guards(report), []string{"paused"}); held != c.held {
				t.Fatalf("withheld by %v, want held %t", w.guards(report), c.held)
			}
			if !c.held {
				return
			}
			withheld := report.Record.Outcomes[0].Withheld[0]
			if !withheld.Until.Equal(w.now.At.Add(10*time.Second)) || !strings.Contains(withheld.Note, "ana") || !strings.Contains(withheld.Note, "deploy") {
				t.Errorf("withheld %+v, want who, why and until when", withheld)
			}
			w.pass(10*time.Second - time.Millisecond)
			if w.turn(); len(w.acted) > 0 {
				t.Fatalf("acted %v before the pause was over", w.acted)
			}
			w.pass(time.Millisecond)
			if report = w.turn(); len(w.acted) != 1 {
				t.Errorf("acted %v, want once the pause was over", w.acted)
			}
			if len(report.Events) != 1 || report.Events[0].Kind != schemas.EventPauseOver {
				t.Errorf("events %+v, want the end of the pause", report.Events)
			}
		})
	}
}

func TestAMaintenanceWindowPausesWhatItNames(t *testing.T) {
	for on, want := range map[string][]string{"pm2/local": {"paused"}, "pm2/other": {}} {
		w := newWorld(t)
		config := testConfig()
		config.Maintenance = []schemas.Maintenance{{Cron: "4 3 2 1 *", For: schemas.Duration(time.Hour), Zone: "UTC", On: on, Reason: "backups"}}
		w.runner.Use(w.setup(config))
		w.states[api] = "errored"
		report := w.turn()
		if got := w.guards(report); !slices.Equal(got, want) {
			t.Errorf("on %s: withheld by %v, want %v", on, got, want)
		}
		if len(want) > 0 && !report.Record.Outcomes[0].Withheld[0].Until.Equal(time.Date(2026, 1, 2, 4, 4, 0, 0, time.UTC)) {
			t.Errorf("until %v, want the end of the window", report.Record.Outcomes[0].Withheld[0].Until)
		}
	}
}

func TestAPauseOutlivesRRAndNoJumpOfTheWallClockEndsIt(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	if _, err := w.runner.Pause(context.Background(), "", "ana", "deploy", time.Hour); err != nil {
		t.Fatal(err)
	}
	w.restart(schemas.Memory{NextIncident: 1})
	w.now.At = w.now.At.Add(48 * time.Hour)
	if got := w.guards(w.turn()); !slices.Equal(got, []string{"paused"}) {
		t.Errorf("withheld by %v, want paused", got)
	}
	if len(w.kept) != 1 || w.kept[0].By != "ana" || w.kept[0].Reason != "deploy" {
		t.Errorf("journalled %+v, want who and why", w.kept)
	}
}

func TestResumeEndsThatPauseAndNoOther(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	for _, on := range []string{"", string(api)} {
		if _, err := w.runner.Pause(context.Background(), on, "ana", "deploy", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.runner.Resume(context.Background(), string(worker), "ana", ""); !errors.Is(err, runner.ErrOrder) {
		t.Errorf("resume of what is not paused = %v, want %v", err, runner.ErrOrder)
	}
	if _, err := w.runner.Resume(context.Background(), "", "ana", ""); err != nil {
		t.Fatal(err)
	}
	if got := w.guards(w.turn()); !slices.Equal(got, []string{"paused"}) {
		t.Fatalf("withheld by %v, want still paused", got)
	}
	if _, err := w.runner.Resume(context.Background(), string(api), "ana", ""); err != nil {
		t.Fatal(err)
	}
	if w.turn(); len(w.acted) != 1 {
		t.Errorf("acted %v, want one restart", w.acted)
	}
}

func TestAShutdownFreezesEverythingUntilSomebodyResumes(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	if _, err := w.runner.Freeze(context.Background(), "ana", "moving house"); err != nil {
		t.Fatal(err)
	}
	w.restart(schemas.Memory{NextIncident: 1})
	w.pass(1000 * time.Hour)
	if got := w.guards(w.turn()); !slices.Equal(got, []string{"frozen"}) {
		t.Fatalf("withheld by %v, want frozen", got)
	}
	if _, err := w.runner.Resume(context.Background(), "", "ben", "moved"); err != nil {
		t.Fatal(err)
	}
	if w.turn(); len(w.acted) != 1 {
		t.Errorf("acted %v, want one restart", w.acted)
	}
}

func TestAnOrderThatCannotBeWrittenChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.disk = errDisk
	if _, err := w.runner.Pause(context.Background(), "", "ana", "deploy", time.Hour); !errors.Is(err, errDisk) {
		t.Fatalf("pause = %v, want %v", err, errDisk)
	}
	w.disk = nil
	if w.turn(); len(w.acted) != 1 {
		t.Errorf("acted %v, want one restart", w.acted)
	}
}

// approving is a world in which a restart of api has to be approved.
func approving(t *testing.T) *world {
	w := newWorld(t)
	config := testConfig()
	config.Approval = schemas.ApprovalConfig{Required: []schemas.Selector{{Verb: "pm2.restart", On: string(api)}}, Expires: schemas.Duration(time.Minute)}
	w.runner.Use(w.setup(config))
	w.states[api] = "errored"

	return w
}

func (w *world) approve(report runner.Report) error {
	_, err := w.runner.Approve(context.Background(), report.Record, api, "", "ana", "looked at it")

	return err
}

func TestWhatHasToBeApprovedWaitsAndAPersonIsTold(t *testing.T) {
	w := approving(t)
	told := 0
	for range 20 {
		report := w.turn()
		if got := w.guards(report); !slices.Equal(got, []string{"needs_approval"}) {
			t.Fatalf("withheld by %v, want needs_approval", got)
		}
		told += len(report.Told)
		w.pass(5 * time.Second)
	}
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}

func TestAnApprovalLetsOneActionPass(t *testing.T) {
	w := approving(t)
	report := w.turn()
	if err := w.approve(report); err != nil {
		t.Fatal(err)
	}
	w.pass(5 * time.Second)
	report = w.turn()
	if len(w.acted) != 1 || len(report.Record.Standing.Operator.Approvals) != 0 {
		t.Fatalf("acted %v, approvals left %v; want one act and none", w.acted, report.Record.Standing.Operator.Approvals)
	}
	if len(report.Events) != 1 || report.Events[0].Kind != schemas.EventApprovalUsed || !strings.Contains(report.Events[0].Note, "ana") {
		t.Errorf("events %+v, want that the approval of ana was used", report.Events)
	}
	for range 30 {
		w.pass(5 * time.Second)
		w.turn()
	}
	if len(w.acted) != 1 {
		t.Errorf("acted %v on one approval", w.acted)
	}
}

func TestAnApprovalHoldsOnlyWhileItsFactsDo(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		acts   bool
	}{
		{"it holds while nothing changes", func(*world) {}, true},
		{"it is void once its time is over", func(w *world) { w.pass(time.Minute) }, false},
		{"it is void once another cause is found", func(w *world) { w.causes = map[schemas.ID]string{api: "disk_full"} }, false},
		{"it is void once the incident is another", func(w *world) {
			w.states[api] = "online"
			for range 8 {
				w.turn()
				w.pass(5 * time.Second)
			}
			w.states[api] = "errored"
			w.turn()
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := approving(t)
			w.turn()
			w.pass(time.Second)
			if err := w.approve(w.turn()); err != nil {
				t.Fatal(err)
			}
			c.change(w)
			w.turn()
			w.causes = nil // an approval that is void stays so
			w.pass(time.Second)
			w.turn()
			if acts := len(w.acted) == 1; acts != c.acts {
				t.Errorf("acted %v, want %t", w.acted, c.acts)
			}
		})
	}
}

func TestAnApprovalIsNotSpentOnWhatCannotBeRecorded(t *testing.T) {
	w := approving(t)
	if err := w.approve(w.turn()); err != nil {
		t.Fatal(err)
	}
	w.disk = errDisk
	w.pass(time.Second)
	w.turn()
	w.disk = nil
	w.pass(time.Second)
	if w.turn(); len(w.acted) != 1 {
		t.Errorf("acted %v, want one restart once it could be recorded", w.acted)
	}
}

func TestNothingCanBeApprovedThatDoesNotWait(t *testing.T) {
	w := newWorld(t)
	if err := w.approve(w.turn()); !errors.Is(err, runner.ErrOrder) {
		t.Errorf("approve = %v, want %v", err, runner.ErrOrder)
	}
}

func TestAnActOfAPersonCanBeApprovedBeforehand(t *testing.T) {
	w := approving(t)
	w.states[api] = "online"
	report := w.turn()
	if _, err := w.runner.Approve(context.Background(), report.Record, api, "pm2.restart", "ana", ""); err != nil {
		t.Fatal(err)
	}
	hand := &runner.ByHand{Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api, Policy: schemas.PolicyOperator}}
	if _, err := w.runner.Turn(context.Background(), hand); err != nil || len(w.acted) != 1 {
		t.Errorf("acted %v, %v; want one restart", w.acted, err)
	}
}

func TestAShadowIsToldAndNeverDoneAndDisplacesNothing(t *testing.T) {
	w := newWorld(t)
	config := testConfig()
	config.Shadow = []schemas.Selector{{Policy: "policies.pm2.process.trial"}}
	setup := w.setup(config)
	setup.Decider = deciderFunc(func(schemas.Snapshot) schemas.Decision {
		return schemas.Decision{Actions: []schemas.Action{
			{Verb: "pm2.restart", Target: api, Subject: api, Policy: "policies.pm2.process.errored"},
			{Verb: "pm2.stop_start", Target: api, Subject: api, Rung: 1, Policy: "policies.pm2.process.trial"},
		}}
	})
	w.runner.Use(setup)
	report := w.turn()
	if len(w.acted) != 1 || w.acted[0].Verb != "pm2.restart" {
		t.Errorf("acted %v, want the restart alone", w.acted)
	}
	var told []string
	for _, o := range report.Record.Outcomes {
		for _, held := range o.Withheld {
			told = append(told, o.Action.Verb+" "+held.Guard)
		}
	}
	if !slices.Equal(told, []string{"pm2.stop_start shadow"}) {
		t.Errorf("withheld %v, want the shadow told", told)
	}
}

func TestWhatWaitsIsReplayedAsItWas(t *testing.T) {
	w := approving(t)
	report := w.turn()
	if err := w.approve(report); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	run := w.turn()
	again, err := w.runner.Replan(context.Background(), run.Record.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := shape(run), shape(again); !slices.Equal(want, got) {
		t.Errorf("ran %v, again %v", want, got)
	}
}
