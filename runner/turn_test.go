package runner_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

func TestAHealthyFleetGetsNoActionForAThousandTurns(t *testing.T) {
	w := newWorld(t)
	for range 1000 {
		report := w.turn()
		if len(report.Record.Outcomes) > 0 || len(report.Record.Snapshot.Incidents) > 0 {
			t.Fatalf("turn %d: outcomes %v, incidents %v, want none", report.Record.Snapshot.Turn, report.Record.Outcomes, report.Record.Snapshot.Incidents)
		}
		w.pass(5 * time.Second)
	}
	if len(w.acted) > 0 {
		t.Errorf("acted %v, want nothing", w.acted)
	}
}

func TestTurnDoesNothingToWhatItCannotSee(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.failing = errors.New("socket gone")
	report := w.turn()
	if source := report.Record.Snapshot.Sources["pm2/local/process"]; source.State != schemas.SourceUnknown || source.Error != "socket gone" {
		t.Errorf("source = %+v, want unknown: socket gone", source)
	}
	report, err := w.runner.Turn(context.Background(), &runner.ByHand{Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api}})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.guards(report); !slices.Equal(got, []string{"source_unknown"}) || len(w.acted) > 0 {
		t.Errorf("withheld by %v, acted %v, want source_unknown and nothing", got, w.acted)
	}
	if note := report.Record.Outcomes[0].Withheld[0].Note; note != "pm2/local/process: socket gone" {
		t.Errorf("withheld with the note %q, want the reason of the source", note)
	}
}

func TestOnePanickingOrLateCollectorSpoilsNoOther(t *testing.T) {
	for name, bad := range map[string]runner.Collector{
		"panics":  collectorFunc(func(context.Context) (schemas.Facts, error) { panic("boom") }),
		"is late": collectorFunc(func(context.Context) (schemas.Facts, error) { select {} }),
		"gives none": collectorFunc(func(context.Context) (schemas.Facts, error) {
			return nil, nil
		}),
	} {
		t.Run("it "+name, func(t *testing.T) {
			w := newWorld(t)
			setup := w.setup(testConfig())
			setup.Watches = append(setup.Watches, runner.Watch{
				Name: "pm2/bad", Sources: []string{"pm2/bad/process"}, Collector: bad, Timeout: 10 * time.Millisecond, StaleAfter: time.Minute,
			})
			w.runner.Use(setup)
			for range 2 { // a late one is not asked twice
				sources := w.turn().Record.Snapshot.Sources
				if sources["pm2/bad/process"].State != schemas.SourceUnknown || sources["pm2/bad/process"].Error == "" {
					t.Errorf("bad source = %+v, want unknown and why", sources["pm2/bad/process"])
				}
				if sources["pm2/local/process"].State != schemas.SourceOK {
					t.Errorf("good source = %+v, want ok", sources["pm2/local/process"])
				}
			}
		})
	}
}

type collectorFunc func(context.Context) (schemas.Facts, error)

func (f collectorFunc) Collect(ctx context.Context) (schemas.Facts, error) { return f(ctx) }

func TestStaleFactsAreUnknown(t *testing.T) {
	w := newWorld(t)
	setup := w.setup(testConfig())
	setup.Watches[0].Interval = time.Hour
	w.runner.Use(setup)
	for _, step := range []struct {
		pass time.Duration
		want string
	}{{0, "ok"}, {20 * time.Second, "ok"}, {time.Millisecond, "unknown"}} {
		w.pass(step.pass)
		if got := w.turn().Record.Snapshot.Sources["pm2/local/process"].State; got != step.want {
			t.Errorf("after %s more: %s, want %s", step.pass, got, step.want)
		}
	}
}

func TestTurnDoesNothingItCannotRecord(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.disk = errDisk
	report := w.turn()
	if got := w.guards(report); !slices.Equal(got, []string{"journal"}) || len(w.acted) > 0 {
		t.Fatalf("withheld by %v, acted %v, want journal and nothing", got, w.acted)
	}
	if !errors.Is(report.Unsaved, errDisk) {
		t.Errorf("unsaved = %v, want %v", report.Unsaved, errDisk)
	}

	w.disk = nil
	w.pass(5 * time.Second)
	w.turn()
	if len(w.acted) != 1 {
		t.Fatalf("acted %v once there was room, want one restart", w.acted)
	}
	turn := w.turns[0]
	if len(turn.Incidents) != 1 || turn.Incidents[0].Acted != 1 || len(turn.Falls) != 1 {
		t.Errorf("the incident of the unwritten turn came as %+v, falls %v; want one, acted once", turn.Incidents, turn.Falls)
	}
}

func TestTheIntentIsOnDiskBeforeTheAct(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.onAct = func(a schemas.Action) {
		if len(w.turns) != 1 || len(w.turns[0].Begun) != 1 || w.turns[0].Begun[0].Action.Target != a.Target {
			t.Errorf("acted on %s with %+v in the journal, want its intent", a.Target, w.turns)
		}
	}
	w.turn()
	if len(w.acted) != 1 || len(w.ends) != 1 || w.ends[0].Status != schemas.OutcomeDone {
		t.Errorf("acted %v, ends %+v; want one of each, done", w.acted, w.ends)
	}
}

func TestAnAttemptThatRRDiedInIsLookedAtBeforeAnythingElse(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	began := schemas.Attempt{
		ID: "7-1", Incident: 3, Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api}, Status: schemas.OutcomeBegun,
		State: schemas.AttemptPending, BeganMS: 5000,
	}
	w.runner.Recall(schemas.Memory{
		Turn: 7, NextIncident: 4, Attempts: []schemas.Attempt{began},
		Moment:    schemas.Moment{HostID: "h", BootID: "b", BootMS: 1_000_000, ClockMS: 6000},
		Incidents: []schemas.Incident{{ID: 3, Subject: api, State: schemas.IncidentOpen}},
	})
	report := w.turn()
	if got := w.guards(report); !slices.Contains(got, "in_flight") || len(w.acted) > 0 {
		t.Fatalf("withheld by %v, acted %v; want in_flight and nothing", got, w.acted)
	}
	if got := w.turns[0].Verified; len(got) != 1 || got[0].Status != schemas.OutcomeUnknown {
		t.Errorf("journalled %+v, want the attempt as unknown", got)
	}
	w.pass(30 * time.Second)
	if got := w.turn().Verified; len(got) != 1 || got[0].State != schemas.AttemptFailed {
		t.Errorf("verified %+v after the settle time, want failed", got)
	}
}

func TestThePlanIsTheRun(t *testing.T) {
	w := newWorld(t)
	w.states[api], w.states[worker] = "errored", "asked-for-5s"
	for turn := range 40 {
		plan, err := w.runner.Plan(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		run := w.turn()
		if want, got := shape(plan), shape(run); !reflect.DeepEqual(want, got) {
			t.Fatalf("turn %d: planned %v, ran %v", turn, want, got)
		}
		again, err := w.runner.Replan(context.Background(), run.Record.Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		if want, got := shape(run), shape(again); !reflect.DeepEqual(want, got) {
			t.Fatalf("turn %d: ran %v, again %v", turn, want, got)
		}
		w.pass(7 * time.Second)
	}
}

// shape is what was admitted and what was withheld by which guards.
func shape(r runner.Report) []string {
	var lines []string
	for _, o := range r.Record.Outcomes {
		line := o.Action.Verb + " " + string(o.Action.Target)
		for _, held := range o.Withheld {
			line += fmt.Sprint(" ", held.Guard, " ", held.Until)
		}
		lines = append(lines, line)
	}

	return lines
}

func TestTheLadderIsClimbedOnVerifiedFailuresAndEnds(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	var verbs []string
	told := 0
	for range 200 {
		report := w.turn()
		told += len(report.Told)
		w.pass(5 * time.Second)
	}
	for _, a := range w.acted {
		verbs = append(verbs, a.Verb)
	}
	if want := []string{"pm2.restart", "pm2.restart", "pm2.stop_start"}; !slices.Equal(verbs, want) {
		t.Errorf("acted %v, want %v", verbs, want)
	}
	if told != 1 {
		t.Errorf("told %d alerts, want one", told)
	}
	last := w.turns[len(w.turns)-1].Record.Snapshot
	if last.Incidents[api].State != schemas.IncidentExhausted || last.Incidents[api].Acted != 3 {
		t.Errorf("incident = %+v, want exhausted after 3 actions", last.Incidents[api])
	}
}

func TestAnAttemptHasRecoveredOnceItsSubjectWasHealthyForTheSettleTime(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	w.states[api] = "online"
	var states []string
	for range 8 {
		w.pass(5 * time.Second)
		for _, a := range w.turn().Verified {
			states = append(states, fmt.Sprintf("%s at %d", a.State, w.runner.Clock()))
		}
	}
	if want := []string{"recovered at 35000"}; !slices.Equal(states, want) {
		t.Errorf("verified %v, want %v: healthy first seen at 5000, settle is 30 s", states, want)
	}

	w.states[api] = "errored"
	report := w.turn()
	incident := report.Record.Outcomes
	if len(w.acted) != 2 || w.acted[1].Verb != "pm2.restart" {
		t.Errorf("acted %v after it fell again, outcomes %+v; want the ladder from its first rung", w.acted, incident)
	}
}

func TestASubjectThatFallsAgainHasFailedItsAttemptAtOnce(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	w.states[api] = "online"
	w.pass(5 * time.Second)
	w.turn()
	w.states[api] = "errored"
	w.pass(5 * time.Second)
	report := w.turn()
	if len(report.Verified) != 1 || report.Verified[0].State != schemas.AttemptFailed {
		t.Fatalf("verified %+v, want one failed", report.Verified)
	}
	w.pass(time.Second)
	if got := w.turn().Record.Snapshot; got.Incidents[api].Flaps != 1 || got.Flaps[api] != 2 {
		t.Errorf("incident flaps %d, falls %d; want 1 and 2", got.Incidents[api].Flaps, got.Flaps[api])
	}
}

func TestTimeThatIsUnknownIsNotHealthyTime(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	w.states[api] = "online"
	w.pass(5 * time.Second)
	w.turn()
	w.failing = errors.New("gone")
	for range 10 {
		w.pass(5 * time.Second)
		if got := w.turn().Verified; len(got) > 0 {
			t.Fatalf("verified %+v while nothing was known", got)
		}
	}
	w.failing = nil
	w.pass(5 * time.Second)
	if got := w.turn().Verified; len(got) > 0 {
		t.Errorf("verified %+v at the first look again, want a whole settle time first", got)
	}
}

func TestTheIncidentOfWhatIsGoneEnds(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	delete(w.states, api)
	w.pass(5 * time.Second)
	report := w.turn()
	if len(report.Closed) != 1 || report.Closed[0].State != schemas.IncidentGone {
		t.Errorf("closed %+v, want it gone", report.Closed)
	}
}

func TestAnActionThatCannotBePerformedHasFailedAndOneInDoubtIsPending(t *testing.T) {
	for _, c := range []struct {
		name, status, state string
		err                 error
	}{
		{"it fails", schemas.OutcomeFailed, schemas.AttemptFailed, errors.New("no such process")},
		{"it breaks off", schemas.OutcomeUnknown, schemas.AttemptPending, fmt.Errorf("read: %w", schemas.ErrOutcomeUnknown)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.states[api], w.actError = "errored", c.err
			w.turn()
			if got := w.ends[0]; got.Status != c.status || got.State != c.state {
				t.Errorf("ended %s, %s; want %s, %s", got.Status, got.State, c.status, c.state)
			}
		})
	}
}

func TestTimeInWhichNobodyLookedIsNeitherHealthyNorAsked(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	w.states[api] = "online"
	w.states[worker] = "asked-for-5s"
	w.pass(5 * time.Second)
	w.turn()
	acted := len(w.acted)
	w.pass(time.Hour) // rr was stopped, or the host slept
	report := w.turn()
	if len(report.Verified) > 0 || len(report.Closed) > 0 {
		t.Errorf("verified %+v, closed %+v at the first look after an hour, want neither", report.Verified, report.Closed)
	}
	if len(w.acted) > acted {
		t.Errorf("acted %v at the first look after an hour, want it to be asked for 5 s first", w.acted[acted:])
	}
}

func TestARefusalIsNoTryOfItsRung(t *testing.T) {
	w := newWorld(t)
	w.states[api], w.actError = "errored", fmt.Errorf("%w: it has changed", schemas.ErrRefused)
	for range 40 {
		w.turn()
		w.pass(5 * time.Second)
	}
	for _, a := range w.acted {
		if a.Verb != "pm2.restart" {
			t.Errorf("climbed to %s on refusals alone", a.Verb)
		}
	}
	if end := w.ends[0]; end.Status != schemas.OutcomeRefused || end.State != schemas.AttemptRefused {
		t.Errorf("ended %s, %s; want refused", end.Status, end.State)
	}
	if len(w.acted) > 5 {
		t.Errorf("asked %d times, want no more than the budget", len(w.acted))
	}
}

func TestTheIncidentOfWhatIsNoLongerWatchedEnds(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	setup := w.setup(testConfig())
	setup.Watches = nil
	w.runner.Use(setup)
	if report := w.turn(); len(report.Closed) != 1 || report.Closed[0].State != schemas.IncidentGone {
		t.Errorf("closed %+v, want the incident of what is no longer configured", report.Closed)
	}
}

func TestAnIncidentThatIsOverIsNotTakenUpAgain(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	over := w.now.At
	w.runner.Recall(schemas.Memory{
		Turn: 9, NextIncident: 4, Moment: w.now,
		Incidents: []schemas.Incident{{ID: 3, Subject: api, State: schemas.IncidentGone, ClosedAt: &over}},
	})
	w.turn()
	if got := w.turns[0].Incidents; len(got) != 1 || got[0].ID != 4 {
		t.Errorf("incidents %+v, want a new one", got)
	}
}

func TestSubjectsThatShareACauseShareAnIncidentAndAreToldOfOnce(t *testing.T) {
	w := newWorld(t)
	w.causes = map[schemas.ID]string{api: "cwd_missing /srv", worker: "cwd_missing /srv"}
	other := schemas.NewID("pm2", "local", "process", "other", 0)
	w.states = map[schemas.ID]string{api: "phantom", worker: "phantom", other: "errored"}
	told := map[schemas.ID]int{}
	for range 200 {
		for _, alert := range w.turn().Told {
			told[alert.Subject]++
		}
		w.pass(5 * time.Second)
	}
	incidents := w.turns[len(w.turns)-1].Record.Snapshot.Incidents
	if incidents[api].Of != 0 || incidents[worker].Of != incidents[api].ID || incidents[other].Of != 0 {
		t.Errorf("incidents %+v, want that of worker to be of that of api", incidents)
	}
	if told[api] != 1 || told[worker] != 0 || told[other] != 1 {
		t.Errorf("told %v, want api for both, and other", told)
	}
}

func TestAnAlertWithoutAnIncidentIsNotToldAgainAfterARestart(t *testing.T) {
	alert := schemas.Alert{Subject: api, Policy: "policies.pm2.process.mine", Severity: schemas.SeverityWarning, Reason: "look at it"}
	for _, c := range []struct {
		name   string
		memory schemas.Memory
		want   int
	}{
		{"it is told where it did not stand", schemas.Memory{NextIncident: 1}, 1},
		{"it is not told where it stood in the last turn", schemas.Memory{NextIncident: 1, Alerts: []schemas.Alert{alert}}, 0},
		{"it is told where another one stood", schemas.Memory{NextIncident: 1, Alerts: []schemas.Alert{{Subject: worker, Policy: alert.Policy, Severity: alert.Severity}}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.alerts = []schemas.Alert{alert}
			w.runner.Recall(c.memory)
			told := 0
			for range 3 {
				told += len(w.turn().Told)
				w.pass(5 * time.Second)
			}
			if told != c.want {
				t.Errorf("told %d times, want %d", told, c.want)
			}
		})
	}
}
