package runner_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

// attempt is an earlier action on api, seconds ago, that is over.
func attempt(id string, target schemas.ID, agoS int64) schemas.Attempt {
	began := int64(1_000_000) - agoS*1000
	return schemas.Attempt{
		ID: id, Action: schemas.Action{Verb: "pm2.restart", Target: target, Subject: target}, Status: schemas.OutcomeDone,
		State: schemas.AttemptRecovered, BeganMS: began, EndedMS: &began,
	}
}

func TestWithhold(t *testing.T) {
	hand := &runner.ByHand{Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api, Policy: schemas.PolicyOperator}}
	old := func(n int, target schemas.ID, agoS int64) []schemas.Attempt {
		var all []schemas.Attempt
		for i := range n {
			all = append(all, attempt(string(rune('a'+i)), target, agoS))
		}
		return all
	}
	for _, c := range []struct {
		name   string
		before func(*world)
		memory []schemas.Attempt
		want   []string
	}{
		{name: "it holds nothing", want: []string{}},
		{name: "it holds everything in a dry run", before: func(w *world) { w.runner.DryRun = true }, want: []string{"dry_run"}},
		{name: "it holds what would end rr itself", before: func(w *world) { w.runsRR[api] = true }, want: []string{"self_harm"}},
		{name: "it holds what is not there", before: func(w *world) { delete(w.states, api) }, want: []string{"source_unknown"}},
		{name: "it holds within the cooldown", memory: old(1, api, 9), want: []string{"cooldown"}},
		{name: "it lets go after the cooldown and its jitter", memory: old(1, api, 11), want: []string{}},
		{name: "it holds another target's cooldown against nobody", memory: old(1, worker, 1), want: []string{}},
		{name: "it allows the last of a target's budget", memory: old(4, api, 500), want: []string{}},
		{name: "it holds what is over a target's budget", memory: old(5, api, 599), want: []string{"budget_target"}},
		{name: "it refills a target's budget after its window", memory: old(5, api, 600), want: []string{}},
		{name: "it allows the last of the whole budget", memory: old(7, worker, 500), want: []string{}},
		{name: "it holds what is over the whole budget", memory: old(8, worker, 599), want: []string{"budget_total"}},
		{name: "it refills the whole budget after its window", memory: old(8, worker, 600), want: []string{}},
		{name: "it tells all that refuse", before: func(w *world) { w.runner.DryRun = true; w.runsRR[api] = true }, memory: old(8, api, 1), want: []string{"self_harm", "cooldown", "budget_target", "budget_total", "dry_run"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.runner.Recall(schemas.Memory{Attempts: c.memory, Moment: schemas.Moment{HostID: "h", BootID: "b", BootMS: 1_000_000, ClockMS: 1_000_000}})
			if c.before != nil {
				c.before(w)
			}
			report, err := w.runner.Turn(context.Background(), hand)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.guards(report); !slices.Equal(got, c.want) {
				t.Errorf("withheld by %v, want %v", got, c.want)
			}
			if done := len(w.acted) == 1; done != (len(c.want) == 0) {
				t.Errorf("acted %v, withheld by %v", w.acted, c.want)
			}
		})
	}
}

func TestWithholdUntilTheActionHoldsOrFails(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	w.turn()
	w.pass(25 * time.Second)
	report := w.turn()
	if got := w.guards(report); !slices.Equal(got, []string{"in_flight"}) {
		t.Fatalf("withheld by %v, want in_flight", got)
	}
	if len(report.Verified) > 0 {
		t.Errorf("verified %+v before the settle time was over", report.Verified)
	}
	if until := report.Record.Outcomes[0].Withheld[0].Until; until == nil || !until.Equal(w.now.At.Add(5*time.Second)) {
		t.Errorf("until %v, want %v", until, w.now.At.Add(5*time.Second))
	}
}

func TestWithholdUntilAskedForLongEnough(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "asked-for-5s"
	w.turn()
	w.pass(3 * time.Second)
	w.turn()
	w.states[api] = "online" // a break
	w.pass(time.Second)
	w.turn()
	w.states[api] = "asked-for-5s"
	for _, want := range []bool{false, false, true} {
		w.pass(2500 * time.Millisecond)
		report := w.turn()
		if held := slices.Equal(w.guards(report), []string{"for_s"}); held == want {
			t.Fatalf("withheld by %v, acted %v", w.guards(report), w.acted)
		}
	}
}

func TestTheCooldownDoublesUpToItsLongest(t *testing.T) {
	w := newWorld(t)
	config := testConfig()
	config.Budget.Target.Max, config.Budget.Total.Max = 100, 100
	config.Settle = schemas.Duration(time.Second)
	w.runner.Use(w.setup(config))
	var began []int64
	for range 400 {
		hand := &runner.ByHand{Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api}}
		w.states[api] = "errored"
		report, err := w.runner.Turn(context.Background(), hand)
		if err != nil {
			t.Fatal(err)
		}
		if report.Record.Outcomes[0].Status == schemas.OutcomeDone {
			began = append(began, w.runner.Clock())
		}
		w.pass(time.Second)
	}
	for i, pause := range []int64{10, 20, 40, 60, 60} {
		got := (began[i+1] - began[i]) / 1000
		if got < pause || got > pause+pause/10+1 {
			t.Errorf("pause %d is %d s, want %d and up to a tenth more", i, got, pause)
		}
	}
}

func TestActionsOnOneTargetCollapseToTheHighestRung(t *testing.T) {
	w := newWorld(t)
	setup := w.setup(testConfig())
	setup.Decider = deciderFunc(func(s schemas.Snapshot) schemas.Decision {
		return schemas.Decision{Actions: []schemas.Action{
			{Verb: "pm2.restart", Target: api, Subject: api, Rung: 0},
			{Verb: "pm2.stop_start", Target: api, Subject: api, Rung: 1},
			{Verb: "pm2.restart", Target: api, Subject: api, Rung: 0, Reason: "again"},
		}}
	})
	w.runner.Use(setup)
	w.turn()
	if len(w.acted) != 1 || w.acted[0].Verb != "pm2.stop_start" {
		t.Errorf("acted %v, want one pm2.stop_start", w.acted)
	}
}

type deciderFunc func(schemas.Snapshot) schemas.Decision

func (f deciderFunc) Decide(_ context.Context, s schemas.Snapshot) (schemas.Decision, error) {
	return f(s), nil
}

func TestALostJournalCountsAsSpentBudgets(t *testing.T) {
	w := newWorld(t)
	w.states[api] = "errored"
	lost := int64(1_000_000)
	w.runner.Recall(schemas.Memory{LostMS: &lost, Moment: schemas.Moment{HostID: "h", BootID: "b", BootMS: 1_000_000, ClockMS: lost}})
	if got := w.guards(w.turn()); !slices.Equal(got, []string{"journal"}) {
		t.Fatalf("withheld by %v, want journal", got)
	}
	w.pass(testConfig().LongestWindow())
	w.turn()
	if len(w.acted) != 1 {
		t.Errorf("acted %v after the longest window, want one restart", w.acted)
	}
}

func TestTheWholeBudgetCountsWhatTheSameTurnAdmits(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		w.states[schemas.NewID("pm2", "local", "process", name, 0)] = "errored"
	}
	report := w.turn()
	held := 0
	for _, outcome := range report.Record.Outcomes {
		if outcome.Status == schemas.OutcomeWithheld && outcome.Withheld[0].Guard == schemas.GuardBudgetTotal {
			held++
		}
	}
	if len(w.acted) != 8 || held != 2 {
		t.Errorf("acted on %d, withheld %d by budget_total; want 8 and 2", len(w.acted), held)
	}
}

func TestAnActionWhoseTimeHasNotComeHidesNoneWhoseTimeHas(t *testing.T) {
	w := newWorld(t)
	setup := w.setup(testConfig())
	setup.Decider = deciderFunc(func(schemas.Snapshot) schemas.Decision {
		return schemas.Decision{Actions: []schemas.Action{
			{Verb: "pm2.stop_start", Target: api, Subject: api, Rung: 1, ForS: 3600, Policy: "patient"},
			{Verb: "pm2.restart", Target: api, Subject: api, Rung: 0, Policy: "prompt"},
		}}
	})
	w.runner.Use(setup)
	w.turn()
	if len(w.acted) != 1 || w.acted[0].Policy != "prompt" {
		t.Errorf("acted %v, want what is due", w.acted)
	}
}

func TestADryRunWithholdsWhatARunWould(t *testing.T) {
	w := newWorld(t)
	w.runner.DryRun = true
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		w.states[schemas.NewID("pm2", "local", "process", name, 0)] = "errored"
	}
	due := 0
	for _, outcome := range w.turn().Record.Outcomes {
		if len(outcome.Withheld) == 1 {
			due++
		}
	}
	if due != 8 || len(w.acted) > 0 {
		t.Errorf("%d are due but for the dry run, want the 8 of the whole budget; acted %v", due, w.acted)
	}
}

func TestALongerWindowRemembersWhatAShorterOneForgot(t *testing.T) {
	w := newWorld(t)
	config := testConfig()
	config.FlapWindow = schemas.Duration(time.Minute)
	config.Budget.Target = schemas.Limit{Max: 1, Window: schemas.Duration(time.Minute)}
	config.Budget.Total.Window = schemas.Duration(time.Minute)
	w.runner.Use(w.setup(config))
	hand := &runner.ByHand{Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api}}
	if _, err := w.runner.Turn(context.Background(), hand); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		w.pass(5 * time.Second)
		w.turn()
	}
	config.Budget.Target.Window = schemas.Duration(time.Hour)
	w.runner.Use(w.setup(config))
	report, err := w.runner.Turn(context.Background(), hand)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.guards(report); !slices.Contains(got, "budget_target") {
		t.Errorf("withheld by %v after the window grew, want budget_target", got)
	}
}

func TestNoMoreThanTheBlastRadiusIsInWorkAtOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		radius schemas.BlastRadius
		fleet  int
		want   int
	}{
		{"it allows a number", schemas.BlastRadius{Max: 2, Percent: 100}, 6, 2},
		{"it allows a share, rounded down", schemas.BlastRadius{Max: 100, Percent: 50}, 7, 3},
		{"it always allows one", schemas.BlastRadius{Max: 100, Percent: 1}, 3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			config := testConfig()
			config.Budget.BlastRadius = c.radius
			w.runner.Use(w.setup(config))
			delete(w.states, api)
			for n := range c.fleet {
				w.states[schemas.NewID("pm2", "local", "process", string(rune('a'+n)), 0)] = "errored"
			}
			report := w.turn()
			held := 0
			for _, o := range report.Record.Outcomes {
				if o.Status == schemas.OutcomeWithheld && o.Withheld[0].Guard == schemas.GuardBlastRadius {
					held++
				}
			}
			if len(w.acted) != c.want || held != c.fleet-c.want {
				t.Errorf("acted on %d, withheld %d by blast_radius; want %d and %d", len(w.acted), held, c.want, c.fleet-c.want)
			}
			w.pass(5 * time.Second)
			if w.turn(); len(w.acted) != c.want {
				t.Errorf("acted on %d before the first were verified, want %d", len(w.acted), c.want)
			}
		})
	}
}
