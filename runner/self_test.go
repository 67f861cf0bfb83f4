package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

// What would end rr itself is asked for and never done. A plan does not wait for
// it, and a person is told, once.
func TestAPlanDoesNotWaitForWhatRRRunsUnder(t *testing.T) {
	w := fleet(t, 6, 0)
	own := schemas.ID("pm2/local/process/a")
	w.runsRR[own] = true
	w.onAct = func(a schemas.Action) { w.states[a.Target] = schemas.ProcessOnline }
	if _, err := w.runner.Enter(context.Background(), "ana", "drill"); err != nil {
		t.Fatal(err)
	}
	var told []schemas.Alert
	for range 100 {
		report := w.turn()
		for _, alert := range report.Told {
			if alert.Subject == own {
				told = append(told, alert)
			}
		}
		if w.standing.Mode == schemas.ModeRecovering {
			break
		}
		w.pass(5 * time.Second)
	}
	step := w.standing.Emergency.Plan[2]
	if step.State != schemas.StepFailed || !strings.Contains(step.Note, string(own)) || step.SpentMS > 2*w.runner.Config().Settle.MS() {
		t.Errorf("step = %+v, want failed by %s, soon", step, own)
	}
	if len(told) != 1 || told[0].Severity != schemas.SeverityCritical || !strings.Contains(told[0].Reason, "rr itself runs under it") {
		t.Errorf("told %+v, want once that a person has to", told)
	}
	for _, a := range w.acted {
		if a.Target == own {
			t.Errorf("acted on %s, under which rr runs", own)
		}
	}
}

func TestWhatRRRunsUnderIsNotForItToRecover(t *testing.T) {
	w := fleet(t, 2, 0)
	own := schemas.ID("pm2/local/process/a")
	w.runsRR[own] = true
	last := w.turn().Record
	if _, err := w.runner.Recover(context.Background(), last, string(own), "ana", "try"); !errors.Is(err, runner.ErrOrder) || !strings.Contains(err.Error(), "rr itself runs under") {
		t.Errorf("Recover(%s) = %v, want it refused and why", own, err)
	}
	if _, err := w.runner.Recover(context.Background(), last, "pm2/local/process", "ana", "try"); err != nil {
		t.Errorf("Recover() of it among others = %v", err)
	}
}

// A person is told only of what would be done, were it not rr's own.
func TestNobodyIsToldOfWhatRRWouldNotDoYetAnyway(t *testing.T) {
	w := newWorld(t)
	w.runsRR[api] = true
	w.states[api] = "asked-for-5s"
	if report := w.turn(); len(report.Told) != 0 {
		t.Errorf("told %+v before it is due, want nothing", report.Told)
	}
	if _, err := w.runner.Pause(context.Background(), "pm2", "ana", "mends it", time.Minute); err != nil {
		t.Fatal(err)
	}
	w.pass(6 * time.Second)
	if report := w.turn(); len(report.Told) != 0 {
		t.Errorf("told %+v in a pause, want nothing", report.Told)
	}
	w.pass(2 * time.Minute)
	w.turn()
	w.pass(6 * time.Second)
	if report := w.turn(); len(report.Told) != 1 {
		t.Errorf("told %+v once it is due, want that a person has to", report.Told)
	}
}
