package runner_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rr/runner"
	"rr/schemas"
)

// sluggish is a store of backups that takes its time, in a bubble of synctest.
type sluggish struct {
	*stock
	takes time.Duration
	deaf  bool // it does not heed a stop
	now   atomic.Int32
	most  atomic.Int32 // at once
}

func newSluggish(t *testing.T, sets int, takes time.Duration) *sluggish {
	s := &sluggish{stock: newStock(t, sets), takes: takes}
	s.slow = s.wait

	return s
}

func (s *sluggish) wait(ctx context.Context) error {
	s.most.Store(max(s.most.Load(), s.now.Add(1)))
	defer s.now.Add(-1)
	halted := ctx.Done()
	if s.deaf {
		halted = nil
	}
	select {
	case <-time.After(s.takes):
		return nil
	case <-halted:
		return ctx.Err()
	}
}

// clock lets the runner's clock pass with the bubble's until it is stopped.
func (s *sluggish) clock() (stop func()) {
	ticks, stopped := time.NewTicker(time.Second), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticks.C:
				s.pass(time.Second)
			case <-stopped:
				return
			}
		}
	}()

	return func() {
		ticks.Stop()
		close(stopped)
	}
}

// ended are the attempts on backups that ended, oldest first.
func (s *sluggish) ended() []schemas.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.DeleteFunc(slices.Clone(s.ends), func(a schemas.Attempt) bool { return a.Action.Verb != "backup.create" })
}

func TestABackupHoldsUpNoHealing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 2, 45*time.Second)
		defer s.clock()()
		var healed float64
		began := time.Now()
		s.onAct = func(schemas.Action) { healed, s.states[api] = time.Since(began).Seconds(), "online" }
		turns := bubble(t, s.world, runner.Events{}, 98*time.Second, func() {
			time.Sleep(7 * time.Second)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.states[api] = "errored"
		})
		if healed != 10 {
			t.Errorf("healed after %vs, want it in the turn after it fell", healed)
		}
		if len(turns) != 20 {
			t.Errorf("%d turns in 98s, want 20: %v", len(turns), turns)
		}
		if len(s.taken) != 2 || s.most.Load() != 1 {
			t.Errorf("%v were taken, %d at once; want both sets, one after the other", s.taken, s.most.Load())
		}
	})
}

func TestABackupThatIsAtWorkIsNotBegunAgainAndNotJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, 300*time.Second)
		defer s.clock()()
		bubble(t, s.world, runner.Events{}, 290*time.Second, nil)
		last := s.turns[len(s.turns)-1].Record
		held := func(w schemas.Withheld) bool {
			return w.Guard == schemas.GuardInFlight && strings.Contains(w.Note, "still at work")
		}
		if len(last.Outcomes) != 1 || !slices.ContainsFunc(last.Outcomes[0].Withheld, held) {
			t.Errorf("after 290s it came to %+v, want it held as still at work", last.Outcomes)
		}
		if a := last.Snapshot.Attempts; len(a) != 1 || a[0].State != schemas.AttemptPending {
			t.Errorf("attempts = %+v, want the one that is at work, not judged", a)
		}
	})
}

func TestAStopBreaksABackupOffAndRemembersThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 2, time.Hour)
		defer s.clock()()
		began := time.Now()
		bubble(t, s.world, runner.Events{}, 20*time.Second, nil)
		if took := time.Since(began); took > 21*time.Second {
			t.Errorf("it left after %s, want at once", took)
		}
		ended := s.ended()
		if len(ended) != 2 || ended[0].Status != schemas.OutcomeRefused || ended[1].Status != schemas.OutcomeRefused {
			t.Errorf("ended %+v, want both refused: they say nothing of backups", ended)
		}
	})
}

func TestABackupThatHeedsNoStopIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, 2*time.Minute)
		s.deaf = true
		defer s.clock()()
		began := time.Now()
		bubble(t, s.world, runner.Events{}, 20*time.Second, nil)
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("it left after %s, want 20s and 10s of patience", took)
		}
		time.Sleep(3 * time.Minute) // synctest wants it to end
	})
}

func TestABackupByHandIsWaitedForAndHoldsUpNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, 28*time.Second)
		defer s.clock()()
		var got schemas.Outcome
		var after float64
		turns := bubble(t, s.world, runner.Events{}, 98*time.Second, func() {
			time.Sleep(28500 * time.Millisecond)
			began := time.Now()
			mine := schemas.Action{Verb: "backup.create", Target: s.sets[0], Subject: s.sets[0], Policy: schemas.PolicyOperator}
			report, err := s.runner.Turn(context.Background(), &runner.ByHand{Action: mine})
			if err != nil {
				t.Error(err)
			}
			got, after = report.Record.Outcomes[0], time.Since(began).Seconds()
		})
		if got.Status != schemas.OutcomeDone || got.Note != "taken" || after != 28 {
			t.Errorf("by hand it came to %+v after %vs, want done after 28s", got, after)
		}
		if len(turns) != 20 {
			t.Errorf("%d turns in 98s, want 20: %v", len(turns), turns)
		}
	})
}

func TestHowABackupBesideTheTurnsEndedIsJournalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, 8*time.Second)
		s.fails = errors.New("the mount is gone")
		defer s.clock()()
		bubble(t, s.world, runner.Events{}, 9*time.Second, nil)
		ended := s.ended()
		if len(ended) != 1 || ended[0].State != schemas.AttemptFailed || ended[0].Note != "the mount is gone" || ended[0].EndedAt == nil {
			t.Errorf("ended %+v, want one that failed with its note", ended)
		}
	})
}

// What waits for its turn beside the turns acts as the setup that decided it,
// also where another one has come into force meanwhile.
func TestAReloadDuringABackupChangesNothingOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 2, 20*time.Second)
		defer s.clock()()
		setups := make(chan runner.Setup)
		bubble(t, s.world, runner.Events{Reload: setups}, 58*time.Second, func() {
			time.Sleep(2 * time.Second)
			setups <- s.setup(testConfig()) // which knows nothing of backups
		})
		if len(s.taken) != 2 {
			t.Errorf("%v were taken, want both that were begun", s.taken)
		}
	})
}

func TestARestoreByHandHoldsUpNoTurnWhileABackupIsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, 30*time.Second)
		idle := schemas.SetID("idle")
		s.idle = []schemas.ID{idle}
		defer s.clock()()
		var got schemas.Outcome
		turns := bubble(t, s.world, runner.Events{}, 98*time.Second, func() {
			time.Sleep(2 * time.Second)
			restore := schemas.Action{Verb: "backup.restore", Target: idle, Subject: idle, Policy: schemas.PolicyOperator}
			report, err := s.runner.Turn(context.Background(), &runner.ByHand{Action: restore})
			if err != nil {
				t.Error(err)
			}
			got = report.Record.Outcomes[0]
		})
		if got.Status != schemas.OutcomeDone || len(turns) != 20 {
			t.Errorf("the restore came to %+v, %d turns were taken in 98s; want it done and 20", got, len(turns))
		}
	})
}

// An emergency wants the store for itself: what is at work beside the turns is
// broken off.
func TestTheBackupOfAnEmergencyWaitsForNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, time.Hour)
		defer s.clock()()
		ended := make(chan []schemas.Attempt, 1)
		bubble(t, s.world, runner.Events{}, 20*time.Second, func() {
			time.Sleep(2 * time.Second)
			if _, err := s.runner.Enter(context.Background(), "me", "story"); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Second)
			ended <- s.ended()
		})
		broken := <-ended
		if len(broken) == 0 || broken[0].Status != schemas.OutcomeRefused {
			t.Errorf("ended %+v ten seconds into the emergency, want the backup broken off", broken)
		}
	})
}

func TestAPersonWhoWaitsForABackupThatDoesNotEndIsToldAtAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSluggish(t, 1, 2*time.Minute)
		s.deaf = true
		defer s.clock()()
		answered := make(chan runner.Report, 1)
		bubble(t, s.world, runner.Events{}, 20*time.Second, func() {
			time.Sleep(time.Second)
			verify := schemas.Action{Verb: "backup.create", Target: schemas.SetID("set00"), Subject: schemas.SetID("set00"), Policy: schemas.PolicyOperator}
			report, err := s.runner.Turn(context.Background(), &runner.ByHand{Action: verify})
			if err != nil {
				t.Error(err)
			}
			answered <- report
		})
		select {
		case <-answered:
		case <-time.After(time.Second):
			t.Error("who waits is not answered once rr has stopped")
		}
		time.Sleep(3 * time.Minute) // synctest wants it to end
	})
}
