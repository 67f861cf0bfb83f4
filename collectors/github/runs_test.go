package github_test

import (
	"fmt"
	"testing"
	"time"

	"rr/internal/githubtest"
	"rr/schemas"
)

func TestRunsAreToldAsGitHubHasThem(t *testing.T) {
	t.Parallel()
	const daily = "name: ci\non: {push: {}, schedule: [{cron: '0 3 * * *'}]}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
	const needs = "name: ci\non: {workflow_dispatch: {inputs: {level: {required: true}}}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
	for _, row := range []struct {
		it    string
		file  string // valid when empty
		setup func(r *rig, repo *githubtest.Repo)
		tells func(schemas.Runs) any
		want  any
	}{
		{"knows a workflow that never ran", "", func(*rig, *githubtest.Repo) {}, func(f schemas.Runs) any {
			return fmt.Sprint(f.Conclusion, f.Finished, f.RunID == nil, f.SuccessPct == nil)
		}, "none0 true true"},
		{"tells a success", "", func(_ *rig, repo *githubtest.Repo) { repo.AddRun("ci.yml", "push", "success") }, func(f schemas.Runs) any {
			return fmt.Sprint(f.Conclusion, " ", f.Failure, " ", *f.SuccessPct, " ", *f.RunAgeS, " ", f.Rerun, " ", f.Streak)
		}, "success none 100 60 no 0"},
		{"tells what failed", "", func(_ *rig, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") }, func(f schemas.Runs) any {
			return fmt.Sprint(f.Conclusion, " ", f.Failure, " ", f.FailedStep, " ", *f.RunAttempt, " ", *f.JobAttempt, " ", f.Rerun)
		}, "failure unknown test / make 1 1 yes"},
		{"takes a failed set-up for infrastructure", "", func(_ *rig, repo *githubtest.Repo) { fails(repo, "ci.yml", "Set up job") }, func(f schemas.Runs) any { return f.Failure }, "infrastructure"},
		{"takes a run without jobs for infrastructure", "", func(_ *rig, repo *githubtest.Repo) { repo.AddRun("ci.yml", "push", "failure") }, func(f schemas.Runs) any { return f.Failure }, "infrastructure"},
		{"takes a failure to start for infrastructure", "", func(_ *rig, repo *githubtest.Repo) { repo.AddRun("ci.yml", "push", "startup_failure") }, func(f schemas.Runs) any { return f.Conclusion + " " + f.Failure }, "startup_failure infrastructure"},
		{"takes the start of a rejected file for what it is", "", func(_ *rig, repo *githubtest.Repo) {
			repo.AddRun("ci.yml", "push", "startup_failure")
			repo.Workflow("ci.yml").Name = ".github/workflows/ci.yml"
		}, func(f schemas.Runs) any { return f.FileRejected + " " + f.Failure }, "yes deterministic"},
		{"takes the same step of the run before for deterministic", "", func(r *rig, repo *githubtest.Repo) {
			fails(repo, "ci.yml", "make")
			r.clock.Pass(time.Minute)
			fails(repo, "ci.yml", "make")
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Failure, f.Streak) }, "deterministic2"},
		{"takes another step for another failure", "", func(r *rig, repo *githubtest.Repo) {
			fails(repo, "ci.yml", "lint")
			r.clock.Pass(time.Minute)
			fails(repo, "ci.yml", "make")
		}, func(f schemas.Runs) any { return f.Failure }, "unknown"},
		{"takes a failure after a success that came late for flaky", "", func(r *rig, repo *githubtest.Repo) {
			run := repo.AddRun("ci.yml", "push", "failure")
			run.Attempts = append(run.Attempts, &githubtest.Attempt{Status: "completed", Conclusion: "success", StartedAt: run.CreatedAt, UpdatedAt: run.CreatedAt})
			r.clock.Pass(time.Minute)
			fails(repo, "ci.yml", "make")
		}, func(f schemas.Runs) any { return f.Failure + f.Flaky }, "flakyyes"},
		{"is not deceived by a skipped run", "", func(r *rig, repo *githubtest.Repo) {
			fails(repo, "ci.yml", "make")
			r.clock.Pass(time.Minute)
			repo.AddRun("ci.yml", "push", "skipped")
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Conclusion, f.FailedStep) }, "failuretest / make"},
		{"is not deceived by cancelled runs", "", func(r *rig, repo *githubtest.Repo) {
			fails(repo, "ci.yml", "make")
			for range 3 {
				r.clock.Pass(time.Minute)
				repo.AddRun("ci.yml", "push", "cancelled")
			}
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Conclusion, f.FailedStep, f.Starved) }, "failuretest / makefalse"},
		{"knows a starved run", "", func(r *rig, repo *githubtest.Repo) {
			run := repo.AddRun("ci.yml", "push", "")
			r.clock.Pass(15 * time.Minute)
			repo.AddJob(run, "test", "").Conclusion = "cancelled"
			repo.Finish(run, "cancelled")
			run.Latest().Jobs[0].Conclusion, run.Latest().Jobs[0].Runner = "cancelled", ""
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Conclusion, f.Starved) }, "cancelledtrue"},
		{"does not take a run that was replaced for starved", "", func(r *rig, repo *githubtest.Repo) {
			run := repo.AddRun("ci.yml", "push", "cancelled")
			job := repo.AddJob(run, "test", "cancelled")
			job.Runner = ""
		}, func(f schemas.Runs) any { return f.Starved }, false},
		{"counts the streak and the share of successes", "", func(r *rig, repo *githubtest.Repo) {
			for _, c := range []string{"success", "failure", "success", "failure", "timed_out"} {
				run := repo.AddRun("ci.yml", "push", c)
				repo.AddJob(run, "test", "failure", githubtest.Step{Name: "make", Conclusion: "failure"})
				r.clock.Pass(time.Minute)
			}
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Streak, *f.SuccessPct, f.Finished) }, "2 40 5"},
		{"leaves the runs of a fork's branch of the same name out", "", func(_ *rig, repo *githubtest.Repo) {
			for _, event := range []string{"pull_request", "pull_request_target", "pull_request_review"} {
				run := repo.AddRun("ci.yml", event, "failure")
				run.Fork = "someone/web"
			}
			repo.AddRun("ci.yml", "issue_comment", "failure").Fork = "someone/web"
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Conclusion, f.Finished) }, "none0"},
		{"leaves other branches out", "", func(_ *rig, repo *githubtest.Repo) {
			repo.AddRun("ci.yml", "push", "failure").Branch = "next"
		}, func(f schemas.Runs) any { return f.Conclusion }, "none"},
		{"tells how long a run waits, on any branch", "", func(r *rig, repo *githubtest.Repo) {
			repo.AddRun("ci.yml", "push", "").Branch = "next"
			r.clock.Pass(time.Hour)
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Active, *f.QueuedS, f.InWork, f.RunningS == nil) }, "1 3660 false true"},
		{"tells how long a run takes, and what is usual", "", func(r *rig, repo *githubtest.Repo) {
			for i := range 20 {
				run := repo.AddRun("ci.yml", "push", "success")
				run.Latest().UpdatedAt = run.CreatedAt.Add(time.Duration(i+1) * time.Second)
				r.clock.Pass(time.Minute)
			}
			run := repo.AddRun("ci.yml", "push", "")
			run.Latest().Status = "in_progress"
			r.clock.Pass(time.Hour)
		}, func(f schemas.Runs) any { return fmt.Sprint(*f.RunningS, *f.RunningP95S, f.InWork) }, "3660 19 true"},
		{"does not take a run that hangs behind a newer one for work to come", "", func(r *rig, repo *githubtest.Repo) {
			repo.AddRun("ci.yml", "push", "")
			r.clock.Pass(time.Hour)
			repo.AddRun("ci.yml", "push", "success")
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Active, f.InWork) }, "1 false"},
		{"tells a run that waits for a person", "", func(_ *rig, repo *githubtest.Repo) {
			repo.AddRun("ci.yml", "push", "").Latest().Status = "waiting"
		}, func(f schemas.Runs) any { return fmt.Sprint(f.NeedsApproval, f.QueuedS == nil, f.ActiveRunID == nil) }, "true true true"},
		{"tells a run that a person must approve", "", func(_ *rig, repo *githubtest.Repo) { repo.AddRun("ci.yml", "push", "action_required") }, func(f schemas.Runs) any { return fmt.Sprint(f.Conclusion, f.NeedsApproval) }, "action_requiredtrue"},
		{"names a conclusion that it does not know unknown", "", func(_ *rig, repo *githubtest.Repo) { repo.AddRun("ci.yml", "push", "exploded") }, func(f schemas.Runs) any { return f.Conclusion }, "unknown"},
		{"tells a failed run that is too old to run again", "", func(r *rig, repo *githubtest.Repo) {
			fails(repo, "ci.yml", "make")
			r.clock.Pass(31 * 24 * time.Hour)
		}, func(f schemas.Runs) any { return f.Rerun }, "too_old"},
		{"tells a failed run that was run too often", "", func(_ *rig, repo *githubtest.Repo) {
			run := fails(repo, "ci.yml", "make")
			for range 49 {
				run.Attempts = append(run.Attempts, run.Latest())
			}
		}, func(f schemas.Runs) any { return fmt.Sprint(f.Rerun, *f.RunAttempt) }, "too_often50"},
		{"tells a workflow that a person disabled", "", func(_ *rig, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = "disabled_manually" }, func(f schemas.Runs) any { return f.State }, "disabled_manually"},
		{"tells a workflow that nobody committed to for long", "", func(_ *rig, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = "disabled_inactivity" }, func(f schemas.Runs) any { return f.State }, "disabled_inactivity"},
		{"names a state that it does not know unknown", "", func(_ *rig, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = "exploded" }, func(f schemas.Runs) any { return f.State }, "unknown"},
		{"knows that it can be started", "", func(*rig, *githubtest.Repo) {}, func(f schemas.Runs) any { return f.Dispatchable + f.Definition + f.FileRejected }, "yesvalidno"},
		{"knows that nobody can start it without an input", needs, func(*rig, *githubtest.Repo) {}, func(f schemas.Runs) any { return f.Dispatchable }, "no"},
		{"knows that its file is broken", "on: push\n", func(*rig, *githubtest.Repo) {}, func(f schemas.Runs) any { return f.Definition + f.Dispatchable }, "invalidunknown"},
		{"does not judge a schedule before a run is due", daily, func(r *rig, _ *githubtest.Repo) { r.look(); r.clock.Pass(14 * time.Hour) }, func(f schemas.Runs) any { return value(f.ScheduleLateS) }, "unknown"},
		{"tells how late a scheduled run is", daily, func(r *rig, _ *githubtest.Repo) { r.look(); r.clock.Pass(16 * time.Hour) }, func(f schemas.Runs) any { return fmt.Sprint(*f.ScheduleLateS/60, f.ScheduleMissed) }, "62 1"},
		{"counts scheduled runs that never came", daily, func(r *rig, _ *githubtest.Repo) { r.look(); r.clock.Pass(5 * 24 * time.Hour) }, func(f schemas.Runs) any { return f.ScheduleMissed }, 5},
		{"is content with a scheduled run that came late", daily, func(r *rig, _ *githubtest.Repo) {
			r.look()
			r.clock.Pass(17 * time.Hour)
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.AddRun("ci.yml", "schedule", "success") })
		}, func(f schemas.Runs) any { return value(f.ScheduleLateS) }, "unknown"},
		{"does not expect what was due while it was disabled", daily, func(r *rig, repo *githubtest.Repo) {
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
				repo.Workflow("ci.yml").State = "disabled_inactivity"
			})
			r.look()
			r.clock.Pass(10 * 24 * time.Hour)
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = "active" })
		}, func(f schemas.Runs) any { return value(f.ScheduleLateS) }, "unknown"},
	} {
		t.Run(row.it, func(t *testing.T) {
			t.Parallel()
			file := row.file
			if file == "" {
				file = valid
			}
			r := newRig(t, map[string]string{"ci.yml": file})
			var repo *githubtest.Repo
			r.change(func(_ *githubtest.World, at *githubtest.Repo) { repo = at })
			row.setup(r, repo) // nobody asks meanwhile, but for rows that look themselves
			if got := row.tells(r.runs("ci.yml")); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestScheduleIsDueByItsTimeZone(t *testing.T) {
	t.Parallel()
	for zone, late := range map[string]bool{"Asia/Tokyo": true, "America/New_York": false} { // 3:00 there is 18:00 and 8:00 UTC
		r := newRig(t, map[string]string{"ci.yml": "name: ci\non: {schedule: [{cron: '0 3 * * *', timezone: '" + zone + "'}]}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"})
		r.look() // at 12:01 UTC
		r.clock.Pass(7 * time.Hour)
		if got := r.runs("ci.yml"); (got.ScheduleLateS != nil) != late {
			t.Errorf("3:00 in %s at 19:02 UTC: late %v, want %v", zone, value(got.ScheduleLateS), late)
		}
	}
}

func TestNewScheduleIsNotMeasuredByTheRunsOfAnother(t *testing.T) {
	t.Parallel()
	cron := func(at string) map[string]string {
		return map[string]string{"ci.yml": "name: ci\non: {schedule: [{cron: '" + at + "'}]}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"}
	}
	r := newRig(t, cron("0 3 1 * *"))
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.AddRun("ci.yml", "schedule", "success") })
	r.look()
	r.clock.Pass(20 * 24 * time.Hour)
	r.commit(cron("0 * * * *"))
	if got := r.runs("ci.yml"); got.ScheduleLateS != nil || got.ScheduleMissed != 0 {
		t.Errorf("an hourly schedule is late by %d s, %d missed, a minute after it was written", *got.ScheduleLateS, got.ScheduleMissed)
	}
	r.clock.Pass(3 * time.Hour)
	if got := r.runs("ci.yml"); got.ScheduleLateS == nil {
		t.Error("an hourly schedule that did not run for three hours is not late")
	}
}
