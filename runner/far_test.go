package runner_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"rr/runner"
	"rr/schemas"
)

// far is what is far away and asked rarely: a look at it takes a while, and what
// is done to it takes longer.
func (w *world) far(interval time.Duration) *world {
	setup := w.setup(farConfig())
	setup.Watches[0].Interval = interval
	setup.Watches[0].StaleAfter = 10 * time.Minute
	w.runner.Use(setup)

	return w
}

func farConfig() schemas.Config {
	c := testConfig()
	ladder := c.PM2["local"].Ladder
	ladder.Restart.Within = schemas.Duration(5 * time.Minute)
	c.PM2 = map[string]schemas.PM2{"local": {Ladder: ladder}}

	return c
}

func TestAnAttemptIsNotJudgedByFactsThatWereTakenBeforeIt(t *testing.T) {
	w := newWorld(t).far(time.Minute)
	w.states[api] = "errored"
	w.turn()
	looked := w.looks
	w.states[api] = schemas.ProcessOnline
	w.turn() // what was acted on is looked at again, whatever the interval
	if w.looks != looked+1 {
		t.Fatalf("%d looks, want one more than %d after an action", w.looks, looked)
	}
	w.states[api] = "errored"
	w.pass(45 * time.Second) // longer than settle, and within the interval
	report := w.turn()
	if w.looks != looked+1 {
		t.Fatalf("%d looks, want %d: its interval has not passed", w.looks, looked+1)
	}
	for _, a := range report.Verified {
		t.Errorf("%s is %s, by facts from before it could have worked", a.Action.Verb, a.State)
	}
	w.pass(16 * time.Second)
	if report = w.turn(); len(report.Verified) != 1 || report.Verified[0].State != schemas.AttemptFailed {
		t.Errorf("verified = %+v, want the attempt failed once it was looked at", report.Verified)
	}
}

func TestAnAttemptWaitsForWhatItBeganButNotForEver(t *testing.T) {
	w := newWorld(t).far(0)
	w.states[api] = inWork
	w.turn()
	if len(w.acted) != 1 {
		t.Fatalf("acted %v, want once", w.acted)
	}
	w.pass(4 * time.Minute)
	if report := w.turn(); len(report.Verified) != 0 {
		t.Errorf("verified = %+v while what was begun is in work", report.Verified)
	}
	w.pass(2 * time.Minute)
	if report := w.turn(); len(report.Verified) != 1 || report.Verified[0].State != schemas.AttemptFailed {
		t.Errorf("verified = %+v, want it failed after within", report.Verified)
	}
}

func TestAnAttemptFailsWhenWhatItBeganEndsBadly(t *testing.T) {
	w := newWorld(t).far(0)
	w.states[api] = inWork
	w.turn()
	w.pass(time.Minute)
	w.states[api] = "errored"
	if report := w.turn(); len(report.Verified) != 1 || report.Verified[0].State != schemas.AttemptFailed {
		t.Errorf("verified = %+v, want it failed: nothing is in work", report.Verified)
	}
}

// slow answers after a while.
type slow struct {
	after time.Duration
	world *world
}

func (s slow) Collect(ctx context.Context) (schemas.Facts, error) {
	select {
	case <-time.After(s.after):
	case <-ctx.Done():
		return nil, ctx.Err()
	}

	return schemas.RepoFacts{Scope: "web", TakenAt: s.world.moment().At}, nil
}

func TestWhatIsSlowHoldsUpNoTurnAndItsEarlierFactsStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		setup := w.setup(testConfig())
		setup.Watches = append(setup.Watches, runner.Watch{
			Name: "github/web", Sources: []string{"github/web/repo"}, Collector: slow{3 * time.Second, w},
			Timeout: 30 * time.Second, Wait: 300 * time.Millisecond, StaleAfter: time.Hour,
		})
		w.runner.Use(setup)
		var states []string
		ctx, cancel := context.WithTimeout(t.Context(), 18*time.Second)
		defer cancel()
		began := time.Now()
		w.runner.Run(ctx, runner.Events{Turned: func(r runner.Report) {
			states = append(states, r.Record.Snapshot.Sources["github/web/repo"].State)
			if late := time.Since(began) % (5 * time.Second); late > time.Second {
				t.Errorf("a turn ended %s after it was due", late)
			}
		}})
		if len(states) != 4 || states[0] != schemas.SourceUnknown || states[1] != schemas.SourceOK || states[3] != schemas.SourceOK {
			t.Errorf("its source was %v, want unknown until it answered, and then ok also while it is asked again", states)
		}
	})
}

func TestASingleTurnWaitsForWhatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		setup := w.setup(testConfig())
		setup.Watches = []runner.Watch{{
			Name: "github/web", Sources: []string{"github/web/repo"}, Collector: slow{3 * time.Second, w},
			Timeout: 30 * time.Second, Wait: 300 * time.Millisecond, StaleAfter: time.Hour,
		}}
		w.runner.Use(setup)
		if got := w.turn().Record.Snapshot.Sources["github/web/repo"].State; got != schemas.SourceOK {
			t.Errorf("its source is %s, want ok", got)
		}
	})
}
