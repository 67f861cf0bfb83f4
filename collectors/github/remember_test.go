package github_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rr/internal/githubtest"
	"rr/schemas"
)

// busy fills GitHub's list of the newest runs with those of another workflow.
func busy(repo *githubtest.Repo, n int) {
	for range n {
		repo.AddRun("busy.yml", "push", "success")
	}
}

func twoWorkflows(t *testing.T) *rig {
	return newRig(t, map[string]string{"ci.yml": valid, "busy.yml": strings.Replace(valid, "name: ci", "name: busy", 1)})
}

func TestMonthlyWorkflowThatDroppedOutOfTheListIsKnown(t *testing.T) {
	t.Parallel()
	r := twoWorkflows(t)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") })
	r.clock.Pass(20 * 24 * time.Hour)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { busy(repo, 120) })
	if got := r.runs("ci.yml"); got.Conclusion != "failure" || got.FailedStep != "test / make" {
		t.Errorf("a run behind 120 others: %+v", got)
	}
}

func TestRunThatDroppedOutOfTheListIsFollowed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		it      string
		end     func(*githubtest.Repo, *githubtest.Run)
		want    string
		already string // conclusion while it was listed
	}{
		{"to its end", func(repo *githubtest.Repo, run *githubtest.Run) { repo.Finish(run, "success") }, "success0", ""},
		{"when it is run again", func(repo *githubtest.Repo, run *githubtest.Run) {
			run.Attempts = append(run.Attempts, &githubtest.Attempt{Status: "completed", Conclusion: "success", StartedAt: run.CreatedAt, UpdatedAt: run.CreatedAt.Add(time.Hour)})
		}, "success0", "failure"},
		{"until it is deleted", func(repo *githubtest.Repo, run *githubtest.Run) { repo.Runs = repo.Runs[1:] }, "none0", ""},
	} {
		t.Run(row.it, func(t *testing.T) {
			t.Parallel()
			r := twoWorkflows(t)
			var run *githubtest.Run
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { run = repo.AddRun("ci.yml", "push", row.already) })
			r.look()
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { busy(repo, 120) })
			r.look()
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { row.end(repo, run) })
			if got := r.runs("ci.yml"); fmt.Sprint(got.Conclusion, got.Active) != row.want {
				t.Errorf("got %s, %d active, want %s", got.Conclusion, got.Active, row.want)
			}
		})
	}
}

func TestWhatIsKnownOutlivesRR(t *testing.T) {
	t.Parallel()
	r := twoWorkflows(t)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make"); busy(repo, 3) })
	before := r.runs("ci.yml")
	r.server.Forget()
	r.restart()
	after := r.runs("ci.yml")
	*before.RunAgeS += 60
	if fmt.Sprint(value(before.RunAgeS), before.FailedStep, before.Failure, before.Finished, value(before.JobAttempt)) != fmt.Sprint(value(after.RunAgeS), after.FailedStep, after.Failure, after.Finished, value(after.JobAttempt)) {
		t.Errorf("known before\n%+v\nafter a restart\n%+v", before, after)
	}
	if jobs, fills := r.asked("/jobs"), r.asked("/runs")-1; jobs != 0 || fills != 0 {
		t.Errorf("asked again after a restart: %d times for jobs, %d times for runs of one workflow", jobs, fills)
	}
	r.look()
	saves := r.memory.saves
	for range 5 {
		r.look()
	}
	if r.memory.saves != saves {
		t.Error("it is saved though nothing changed")
	}
	wantNoSecret(t, string(r.memory.text))
}

func TestWhatWasMissedWhileRRDidNotRunIsAskedFor(t *testing.T) {
	t.Parallel()
	r := twoWorkflows(t)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.AddRun("ci.yml", "push", "success")
		busy(repo, 3)
	})
	r.look()
	r.clock.Pass(24 * time.Hour)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") })
	r.clock.Pass(24 * time.Hour)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { busy(repo, 120) })
	r.restart()
	if got := r.runs("ci.yml"); got.Conclusion != "failure" {
		t.Errorf("the run that failed while rr did not run is not known: %s", got.Conclusion)
	}
}

func TestMemoryThatIsNotRRsIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "{", "[]", `{"version":1,"repo":"acme/web"}`, `{"version":1,"repo":"acme/web","workflows":{"1":null},"jobs":{"2":null}}`, `{"version":2}`,
		`{"version":1,"repo":"acme/other","workflows":{"7":{"file":"x.yml","state":"active","filled":true}},"jobs":{}}`, `{"version":"1"}`} {
		r := newRig(t, map[string]string{"ci.yml": valid})
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") })
		r.memory.text = []byte(text)
		if got := r.runs("ci.yml"); got.FailedStep != "test / make" {
			t.Errorf("with %q remembered: %+v", text, got)
		}
	}
}

func TestAttemptsOfAJobAreCountedByItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		run := fails(repo, "ci.yml", "make")
		first := run.Latest()
		for range 4 { // somebody ran another job of it again
			next := *first
			run.Attempts = append(run.Attempts, &next)
		}
	})
	if got := r.runs("ci.yml"); *got.RunAttempt != 5 || *got.JobAttempt != 1 {
		t.Errorf("the run is in attempt %d and its failed job in %d, want 5 and 1", *got.RunAttempt, *got.JobAttempt)
	}
}

func TestRerunThatFailsAtTheSameStepIsDeterministic(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	var run *githubtest.Run
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { run = fails(repo, "ci.yml", "make") })
	if got := r.runs("ci.yml").Failure; got != schemas.FailureUnknown {
		t.Fatalf("the first failure is %s", got)
	}
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		again := *run.Latest()
		again.UpdatedAt = r.clock.Now()
		run.Attempts = append(run.Attempts, &again)
	})
	if got := r.runs("ci.yml"); got.Failure != schemas.FailureDeterministic || *got.RunAttempt != 2 {
		t.Errorf("got %s in attempt %d", got.Failure, *got.RunAttempt)
	}
	if n := r.asked("/jobs"); n != 2 {
		t.Errorf("asked %d times for jobs of two attempts that do not change", n)
	}
}

func TestRunsOfAnOlderDefaultBranchTellNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") })
	r.look()
	r.clock.Pass(11 * time.Minute)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.Branches["trunk"] = repo.Branches["main"]
		repo.DefaultBranch = "trunk"
	})
	if got := r.runs("ci.yml"); got.Conclusion != "none" {
		t.Errorf("the default branch is trunk, and main's %s is told", got.Conclusion)
	}
}

func TestWorkflowThatCameAndOneThatWent(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	r.look()
	r.commit(map[string]string{"new.yml": valid})
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.AddRun("new.yml", "push", "success") })
	r.look() // meets a run of a workflow that it does not know
	if got := r.runs("new.yml"); got.Conclusion != "success" {
		t.Errorf("a new workflow is known by its run, got %s", got.Conclusion)
	}
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Workflows = repo.Workflows[:1] })
	r.clock.Pass(10 * time.Minute)
	if facts := r.look(); len(facts.Runs) != 1 || facts.Repo.Workflows != 1 {
		t.Errorf("a deleted workflow is told of: %v", facts.Runs)
	}
	r.server.Forget()
	for range 5 {
		r.look()
	}
	if n := r.asked("/actions/workflows"); n > 1 {
		t.Errorf("runs of a deleted workflow have the list asked %d times in 5 minutes", n)
	}
	r.config.Expect = []string{"new.yml"}
	r.api.Configure(r.config)
	if got := r.runs("new.yml"); got.State != "deleted" {
		t.Errorf("an expected workflow that was deleted is %s", got.State)
	}
}

func TestWorkflowThatIsEnabledIsKnownAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	set := func(state string) {
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = state })
	}
	set("disabled_inactivity")
	r.look()
	set("active")
	if got := r.runs("ci.yml"); got.State != "active" {
		t.Errorf("a minute after it was enabled it is %s", got.State)
	}
}

func TestColdStartTellsNothingOfWhatItDidNotAsk(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 60 {
		files[fmt.Sprintf("w%02d.yml", i)] = valid
	}
	r := newRig(t, files)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		for name := range files {
			fails(repo, name, "make")
		}
	})
	r.clock.Pass(24 * time.Hour)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		for range 120 {
			repo.AddRun("w00.yml", "push", "success")
		}
	})
	for look := range 3 {
		r.server.Forget()
		for id, runs := range r.look().Runs {
			if runs.Conclusion == "none" {
				t.Errorf("look %d tells that %s never ran", look, id)
			}
		}
		if n := len(r.server.Requests()); n > 70 {
			t.Errorf("look %d sends %d requests at once", look, n)
		}
	}
	if n := len(r.look().Runs); n != 60 {
		t.Errorf("%d of 60 workflows are known after four looks", n)
	}
}
