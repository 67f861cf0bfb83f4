package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"rr/runner"
	"rr/schemas"
)

// stock is a store of backups, and the policy that wants its sets backed up.
type stock struct {
	*world
	sets  []schemas.ID
	idle  []schemas.ID // sets that nobody wants backed up
	taken []schemas.ID
	fails error
	slow  func(context.Context) error // what a backup waits for; nil is nothing
}

func newStock(t *testing.T, sets int) *stock {
	s := &stock{world: newWorld(t)}
	s.world.backups = &backups{}
	for i := range sets {
		s.sets = append(s.sets, schemas.SetID(fmt.Sprintf("set%02d", i)))
	}
	c := testConfig()
	rung := schemas.Rung{Attempts: 3, Cooldown: schemas.Duration(10 * time.Second), MaxCooldown: schemas.Duration(time.Hour)}
	c.Emergency.Plan = []schemas.PlanStep{{Timeout: schemas.Duration(time.Minute)}, {Recover: "netlify", Timeout: schemas.Duration(time.Minute)}}
	c.Backup = &schemas.BackupConfig{Ladder: schemas.BackupLadder{Create: rung, Restore: rung}}
	setup := s.setup(c)
	setup.Decider = s
	setup.Actors["backup.create"], setup.Actors["backup.restore"] = s, s
	setup.Watches = append(setup.Watches, runner.Watch{
		Name: "backup", Sources: []string{schemas.SetID("").Source()}, Collector: &looking{s.facts},
		Timeout: time.Second, StaleAfter: time.Hour,
	})
	s.runner.Use(setup)

	return s
}

type looking struct{ facts func() schemas.Facts }

func (l *looking) Collect(context.Context) (schemas.Facts, error) { return l.facts(), nil }

func (s *stock) facts() schemas.Facts {
	sets := map[schemas.ID]schemas.BackupSet{}
	for _, id := range slices.Concat(s.sets, s.idle) {
		sets[id] = schemas.BackupSet{Name: id.Name(), State: schemas.SetOK}
	}

	return schemas.BackupFacts{TakenAt: s.moment().At, Sets: sets}
}

// Decide wants every set backed up, always, of which nothing is wrong.
func (s *stock) Decide(ctx context.Context, snapshot schemas.Snapshot) (schemas.Decision, error) {
	snapshot.BackupSets = nil
	d, err := s.world.Decide(ctx, snapshot)
	healthy := 100
	for _, id := range s.sets {
		d.Health.Subjects[id] = schemas.SubjectHealth{Score: &healthy, Status: schemas.StatusHealthy}
		d.Actions = append(d.Actions, schemas.Action{Verb: "backup.create", Target: id, Subject: id, Policy: "policies.backup.set.due", Reason: "due"})
	}

	return d, err
}

func (s *stock) Act(ctx context.Context, a schemas.Action, snapshot schemas.Snapshot) (string, error) {
	if a.Target.System() != "backup" {
		return s.world.Act(ctx, a, snapshot)
	}
	if s.slow != nil {
		if err := s.slow(ctx); err != nil {
			return "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, a.Target)

	return "taken", s.fails
}

func TestRoutineEatsNoBudgetAndWaitsForNone(t *testing.T) {
	s := newStock(t, 40)
	s.turn()
	if len(s.taken) != 40 {
		t.Fatalf("%d of 40 sets were backed up in the first turn; want all: budgets and blast radius are for healing", len(s.taken))
	}
	s.pass(5 * time.Second)
	s.states[api] = "errored"
	s.turn()
	if len(s.acted) != 1 {
		t.Errorf("acted %v after 40 backups, want one restart: routine left nothing of the budget", s.acted)
	}
}

func TestRoutineThatWorkedHasProvedItselfAndLengthensNoPause(t *testing.T) {
	s := newStock(t, 1)
	for range 20 {
		s.turn()
		s.pass(12 * time.Second)
	}
	if len(s.taken) != 20 {
		t.Errorf("%d backups in 20 times the cooldown, want 20", len(s.taken))
	}
	for _, a := range s.ends {
		if a.Action.Verb == "backup.create" && a.State != schemas.AttemptRecovered {
			t.Errorf("%s is %s, want recovered", a.ID, a.State)
		}
	}
}

func TestRoutineThatFailsWaitsLongerAndLonger(t *testing.T) {
	s := newStock(t, 1)
	s.fails = errors.New("the disk is full")
	for range 60 {
		s.turn()
		s.pass(12 * time.Second)
	}
	if n := len(s.taken); n < 3 || n > 8 {
		t.Errorf("%d tries in 12 minutes of failures, want a few", n)
	}
}

func TestRoutineIsHeldByAPauseAndADryRun(t *testing.T) {
	s := newStock(t, 1)
	s.runner.DryRun = true
	s.turn()
	if len(s.taken) != 0 {
		t.Errorf("a dry run backed up %v", s.taken)
	}
	s.runner.DryRun = false
	if _, err := s.runner.Pause(context.Background(), "backup", "me", "mount", time.Hour); err != nil {
		t.Fatal(err)
	}
	report := s.turn()
	if len(s.taken) != 0 || !slices.ContainsFunc(report.Record.Outcomes, func(o schemas.Outcome) bool {
		return o.Action.Verb == "backup.create" && o.Withheld[0].Guard == schemas.GuardPaused
	}) {
		t.Errorf("a pause let %v be backed up", s.taken)
	}
}

func TestAnEmergencyFreezesNoBackupAndNoRestoreByHand(t *testing.T) {
	s := newStock(t, 1)
	if _, err := s.runner.Enter(context.Background(), "me", "story"); err != nil {
		t.Fatal(err)
	}
	s.turn()
	if len(s.taken) == 0 {
		t.Error("an emergency froze the backups")
	}
	s.pass(time.Second)
	report, err := s.runner.Turn(context.Background(), &runner.ByHand{Action: schemas.Action{Verb: "backup.restore", Target: s.sets[0], Subject: s.sets[0], Policy: schemas.PolicyOperator}})
	if err != nil || report.Record.Outcomes[0].Status != schemas.OutcomeDone {
		t.Errorf("a restore by hand came to %+v, %v; want done", report.Record.Outcomes, err)
	}
	report, err = s.runner.Turn(context.Background(), &runner.ByHand{Action: schemas.Action{Verb: "pm2.restart", Target: api, Subject: api, Policy: schemas.PolicyOperator}})
	if err != nil || report.Record.Outcomes[0].Status != schemas.OutcomeWithheld {
		t.Errorf("a restart by hand came to %+v, %v; want it frozen", report.Record.Outcomes, err)
	}
}

// What a person restores is bounded by nobody's storm: one set after another,
// beside backups that are at work.
func TestRestoresByHandNeedNotWaitForOneAnother(t *testing.T) {
	s := newStock(t, 6)
	c := s.runner.Config()
	c.Budget.BlastRadius = schemas.BlastRadius{Max: 1, Percent: 10}
	setup := s.setup(c)
	setup.Decider, setup.Actors["backup.restore"], setup.Actors["backup.create"] = s, s, s
	setup.Watches = append(setup.Watches, runner.Watch{
		Name: "backup", Sources: []string{schemas.SetID("").Source()}, Collector: &looking{s.facts},
		Timeout: time.Second, StaleAfter: time.Hour,
	})
	s.runner.Use(setup)
	s.turn()
	for _, set := range s.sets {
		report, err := s.runner.Turn(context.Background(), &runner.ByHand{Action: schemas.Action{Verb: "backup.restore", Target: set, Subject: set, Policy: schemas.PolicyOperator}})
		if err != nil || report.Record.Outcomes[0].Status != schemas.OutcomeDone {
			t.Errorf("the restore of %s came to %+v, %v; want done", set, report.Record.Outcomes, err)
		}
	}
}

// A person who restored the wrong backup, or whose restore was killed, restores
// again; nobody waits for what only a turn long after would verify.
func TestARestoreByHandThatEndedIsWaitedForByNothing(t *testing.T) {
	s := newStock(t, 1)
	restore := &runner.ByHand{Action: schemas.Action{Verb: "backup.restore", Target: s.sets[0], Subject: s.sets[0], Policy: schemas.PolicyOperator}}
	for _, how := range []error{nil, schemas.ErrOutcomeUnknown} {
		s.fails = how
		for range 2 {
			report, err := s.runner.Turn(context.Background(), restore)
			if err != nil || report.Record.Outcomes[0].Status == schemas.OutcomeWithheld {
				t.Errorf("after one that ended with %v, a restore by hand came to %+v, %v", how, report.Record.Outcomes, err)
			}
			s.pass(time.Second)
		}
	}
	s.fails = nil
	taken := len(s.taken)
	s.pass(2 * time.Minute)
	if s.turn(); len(s.taken) != taken+1 {
		t.Error("no backup was taken after a restore")
	}
}
