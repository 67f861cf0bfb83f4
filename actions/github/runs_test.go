package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	actgithub "rr/actions/github"
	"rr/internal/githubtest"
	"rr/schemas"
)

func TestRunIsRunAgainOnce(t *testing.T) {
	t.Parallel()
	for path, of := range map[string]func(*rig) verb{
		"rerun-failed-jobs": func(r *rig) verb { return actgithub.RerunFailed{Repositories: r.all()} },
		"rerun":             func(r *rig) verb { return actgithub.Rerun{Repositories: r.all()} },
	} {
		r := newRig(t)
		note := r.must(of(r), ciRuns)
		if !strings.Contains(note, fmt.Sprintf("of run %d run again, attempt 2", r.run.ID)) {
			t.Errorf("told %q", note)
		}
		if want := fmt.Sprintf("POST /actions/runs/%d/%s", r.run.ID, path); r.sent() != want {
			t.Errorf("sent %s, want %s", r.sent(), want)
		}
		if lint := r.run.Latest().Jobs[1]; len(r.run.Attempts) != 2 || (lint.Status == "completed") != (path == "rerun-failed-jobs") {
			t.Errorf("%s: job %s is %s in attempt %d", path, lint.Name, lint.Status, len(r.run.Attempts))
		}
		r.refuses(of(r), ciRuns, "was run again since it was looked at: it was attempt 1 and is 2")
	}
}

func TestRunThatIsNotWhatWasSeenIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		it      string
		becomes func(*rig, *githubtest.Repo)
		words   string
	}{
		{"was run again", func(r *rig, _ *githubtest.Repo) {
			r.run.Attempts = append(r.run.Attempts, &githubtest.Attempt{Status: "completed", Conclusion: "failure"})
		}, "attempt 1 and is 2"},
		{"is in work", func(r *rig, _ *githubtest.Repo) { r.run.Latest().Status, r.run.Latest().Conclusion = "in_progress", "" }, "is in_progress"},
		{"ended otherwise", func(r *rig, _ *githubtest.Repo) { r.run.Latest().Conclusion = "success" }, "ended with success"},
		{"was deleted", func(_ *rig, repo *githubtest.Repo) { repo.Runs = nil }, "no longer there"},
		{"has a newer one behind it", func(r *rig, repo *githubtest.Repo) { r.pass(time.Minute); repo.AddRun("ci.yml", "push", "success") }, "is newer"},
		{"has a newer one in work", func(r *rig, repo *githubtest.Repo) { r.pass(time.Minute); repo.AddRun("ci.yml", "push", "") }, "is newer"},
	} {
		t.Run(row.it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { row.becomes(r, repo) })
			r.refuses(actgithub.RerunFailed{Repositories: r.all()}, ciRuns, row.words)
			r.refuses(actgithub.Rerun{Repositories: r.all()}, ciRuns, row.words)
		})
	}
}

func TestNewerRunThatSaysNothingIsNoHindrance(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		r.pass(time.Minute)
		repo.AddRun("ci.yml", "push", "skipped")
		repo.AddRun("ci.yml", "pull_request", "success")
	})
	r.must(actgithub.RerunFailed{Repositories: r.all()}, ciRuns)
}

func TestWorkflowIsStartedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	note := r.must(actgithub.Dispatch{Repositories: r.all()}, ciRuns)
	var number int64
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { number = repo.Runs[1].ID })
	if want := fmt.Sprintf("ci.yml started on main, run %d", number); note != want {
		t.Errorf("told %q, want %q", note, want)
	}
	r.refuses(actgithub.Dispatch{Repositories: r.all()}, ciRuns, "is queued")
	if r.sent() != "POST /actions/workflows/ci.yml/dispatches" {
		t.Errorf("sent %s", r.sent())
	}
}

func TestWorkflowIsStartedWhereThatCanBe(t *testing.T) {
	t.Parallel()
	for state, words := range map[string]string{"disabled_manually": "ci.yml is disabled_manually", "disabled_inactivity": "ci.yml is disabled_inactivity", "deleted": "ci.yml is deleted"} {
		r := newRig(t)
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = state })
		r.refuses(actgithub.Dispatch{Repositories: r.all()}, ciRuns, words)
	}
	r := newRig(t, older) // has no workflow_dispatch
	if _, err := r.act(actgithub.Dispatch{Repositories: r.all()}, ciRuns); err == nil || !strings.Contains(err.Error(), "workflow_dispatch") || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("told %v", err)
	}
	r = newRig(t)
	r.change(func(w *githubtest.World, _ *githubtest.Repo) { w.Enterprise = true })
	if note := r.must(actgithub.Dispatch{Repositories: r.all()}, ciRuns); note != "ci.yml started on main" {
		t.Errorf("told %q", note)
	}
	r.refuses(actgithub.Dispatch{Repositories: r.all()}, "github/web/runs/none.yml", "was not seen")
}

func TestBackupIsStartedInItsStead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.refuses(actgithub.DispatchBackup{Repositories: r.all()}, ciRuns, "no workflow was seen that stands in for ci.yml")
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.Commit("main", "add backup", map[string]string{".github/workflows/ci.backup.yml": valid})
	})
	runs := r.seen.Runs[ciRuns]
	runs.BackupWorkflow = "ci.backup.yml"
	r.seen.Runs[ciRuns] = runs
	if note := r.must(actgithub.DispatchBackup{Repositories: r.all()}, ciRuns); !strings.HasPrefix(note, "ci.backup.yml started on main, run ") {
		t.Errorf("told %q", note)
	}
	r.refuses(actgithub.DispatchBackup{Repositories: r.all()}, ciRuns, "is queued")
}

func TestOnlyWhatGitHubDisabledIsEnabled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	enable := actgithub.Enable{Repositories: r.all()}
	set := func(state string) {
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Workflow("ci.yml").State = state })
	}
	set("disabled_inactivity")
	r.must(enable, ciRuns)
	if r.sent() != "PUT /actions/workflows/ci.yml/enable" {
		t.Errorf("sent %s", r.sent())
	}
	r.refuses(enable, ciRuns, "ci.yml is active")
	for _, state := range []string{"disabled_manually", "disabled_fork", "deleted", "exploded"} {
		set(state)
		r.refuses(enable, ciRuns, "ci.yml is "+state)
	}
	r.refuses(enable, "github/web/runs/none.yml", "GitHub knows no workflow none.yml")
}

func TestStuckRunIsEnded(t *testing.T) {
	t.Parallel()
	queued := func(r *rig) *githubtest.Run {
		var run *githubtest.Run
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) { run = repo.AddRun("ci.yml", "push", "") })
		age, runs := int64(9000), r.seen.Runs[ciRuns]
		runs.ActiveRunID, runs.QueuedS = &run.ID, &age
		r.seen.Runs[ciRuns] = runs
		return run
	}
	r := newRig(t)
	cancel := actgithub.Cancel{Repositories: r.all()}
	r.refuses(cancel, ciRuns, "no run of ci.yml was seen in work")
	run := queued(r)
	if note := r.must(cancel, ciRuns); note != fmt.Sprintf("run %d, which was queued, asked to end", run.ID) {
		t.Errorf("told %q", note)
	}
	r.refuses(cancel, ciRuns, "has ended with cancelled")

	r = newRig(t)
	cancel = actgithub.Cancel{Repositories: r.all()}
	run = queued(r)
	run.Latest().Status = "in_progress"
	r.refuses(cancel, ciRuns, "waited, and has begun by now")

	r = newRig(t)
	cancel = actgithub.Cancel{Repositories: r.all()}
	run = queued(r)
	run.Stubborn = true
	r.must(cancel, ciRuns)
	r.seen.Incidents[ciRuns] = schemas.Incident{ID: 5, Subject: ciRuns}
	r.seen.Attempts = []schemas.Attempt{{Incident: 5, State: schemas.AttemptFailed, Action: schemas.Action{Verb: "github.x", Target: ciRuns, Subject: ciRuns}}}
	if note := r.must(cancel, ciRuns); !strings.Contains(note, "ended by force") || run.Latest().Conclusion != "cancelled" {
		t.Errorf("told %q, the run is %s", note, run.Latest().Status)
	}
	if want := fmt.Sprintf("POST /actions/runs/%d/cancel, POST /actions/runs/%[1]d/force-cancel", run.ID); r.sent() != want {
		t.Errorf("sent %s", r.sent())
	}
	run = queued(r)
	run.Stubborn, run.Forced = true, true
	if _, err := r.act(cancel, ciRuns); err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "invalid") {
		t.Errorf("a force-cancel that is refused: %v", err)
	}
}

// onRuns are the verbs that ask GitHub for a change, each with what makes one
// possible.
func onRuns() map[string]func(*rig) (verb, schemas.ID) {
	return map[string]func(*rig) (verb, schemas.ID){
		"rerun_failed": func(r *rig) (verb, schemas.ID) { return actgithub.RerunFailed{Repositories: r.all()}, ciRuns },
		"rerun":        func(r *rig) (verb, schemas.ID) { return actgithub.Rerun{Repositories: r.all()}, ciRuns },
		"dispatch":     func(r *rig) (verb, schemas.ID) { return actgithub.Dispatch{Repositories: r.all()}, ciRuns },
		"enable": func(r *rig) (verb, schemas.ID) {
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
				repo.Workflow("ci.yml").State = "disabled_inactivity"
			})
			return actgithub.Enable{Repositories: r.all()}, ciRuns
		},
		"cancel": func(r *rig) (verb, schemas.ID) {
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
				run, seen := repo.AddRun("ci.yml", "push", ""), r.seen.Runs[ciRuns]
				seen.ActiveRunID = &run.ID
				r.seen.Runs[ciRuns] = seen
			})
			return actgithub.Cancel{Repositories: r.all()}, ciRuns
		},
		"open_issue": func(r *rig) (verb, schemas.ID) { return actgithub.OpenIssue{Repositories: r.all()}, ciRuns },
		"push": func(r *rig) (verb, schemas.ID) {
			r.repo.Config.Changes = schemas.ChangesPush
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
				repo.Commit("main", "break", map[string]string{at: mendable})
			})
			return actgithub.FixFile{Repositories: r.all()}, ciFile
		},
		"pull_request": func(r *rig) (verb, schemas.ID) {
			r.repo.Config.Changes = schemas.ChangesPullRequest
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
				repo.Commit("main", "break", map[string]string{at: mendable})
			})
			return actgithub.FixFile{Repositories: r.all()}, ciFile
		},
	}
}

func TestFaultOfAQuestionChangesNothing(t *testing.T) {
	t.Parallel()
	for name, of := range onRuns() {
		for it, fault := range map[string]githubtest.Fault{
			"401": githubtest.Unauthorized(), "primary limit": githubtest.PrimaryLimit(time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC)),
			"secondary limit": githubtest.SecondaryLimit(http.StatusForbidden, time.Minute), "403": githubtest.Forbidden("no"), "500": githubtest.ServerError(500),
			"cut": {Cut: true}, "drop": {Drop: true}, "hang": {Hang: true}, "not JSON": githubtest.NotJSON(), "endless": {Garbage: 32 << 20},
		} {
			t.Run(name+" "+it, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				if it == "hang" {
					r.repo.Client = r.client(time.Second)
				}
				v, target := of(r)
				r.server.Forget()
				r.server.Fail("GET /**", fault)
				note, err := r.act(v, target)
				if err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) || errors.Is(err, schemas.ErrRefused) {
					t.Errorf("told %q, %v", note, err)
				}
				if r.sent() != "" || len(r.server.Requests()) > 2 {
					t.Errorf("sent %s in %d requests", r.sent(), len(r.server.Requests()))
				}
			})
		}
	}
}

func TestFaultOfAChangeIsToldForWhatItIs(t *testing.T) {
	t.Parallel()
	for name, of := range onRuns() {
		for it, fault := range map[string]struct {
			githubtest.Fault
			unknown bool
		}{
			"401": {githubtest.Unauthorized(), false}, "403": {githubtest.Forbidden("no"), false}, "422": {githubtest.Unprocessable("no"), false},
			"404": {githubtest.NotFound(), false}, "secondary limit": {githubtest.SecondaryLimit(http.StatusForbidden, time.Minute), false},
			"500": {githubtest.ServerError(500), true}, "drop": {githubtest.Fault{Drop: true}, true}, "hang": {githubtest.Fault{Hang: true}, true},
		} {
			t.Run(name+" "+it, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				if it == "hang" {
					r.repo.Client = r.client(time.Second)
				}
				v, target := of(r)
				r.server.Forget()
				for _, method := range []string{"POST", "PUT"} {
					r.server.Fail(method+" /**", fault.Fault)
				}
				note, err := r.act(v, target)
				if err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) != fault.unknown || errors.Is(err, schemas.ErrRefused) {
					t.Errorf("told %q, %v; want its outcome unknown: %t", note, err, fault.unknown)
				}
				if n := len(r.server.Writes()); n != 1 {
					t.Errorf("%d changes sent: %s", n, r.sent())
				}
			})
		}
	}
}

func TestLostAnswerIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	for name, of := range onRuns() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			v, target := of(r)
			for _, method := range []string{"POST", "PUT"} {
				r.server.FailSome(method+" /**", githubtest.Fault{Drop: true}, 0, 1) // done, and the answer lost
			}
			r.act(v, target)
			r.server.Heal()
			r.act(v, target)
			state := r.world()
			r.act(v, target)
			if again := r.world(); again != state {
				t.Errorf("done twice:\n%s\n%s", state, again)
			}
			if strings.Contains(state, "attempts 3") || strings.Contains(state, "issues 2") || strings.Contains(state, "runs 3") || strings.Contains(state, "pulls 2") {
				t.Errorf("done twice: %s", state)
			}
		})
	}
}

// world is what there is of everything that a verb may add to.
func (r *rig) world() (state string) {
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		state = fmt.Sprintf("runs %d, attempts %d, issues %d, pulls %d, branches %d, commits %d, %s", len(repo.Runs), len(r.run.Attempts), len(repo.Issues), len(repo.Pulls), len(repo.Branches), len(repo.Commits), repo.Workflow("ci.yml").State)
	})

	return state
}

func TestWithoutAccessNothingIsAsked(t *testing.T) {
	t.Parallel()
	for name, of := range onRuns() {
		r := newRig(t)
		v, target := of(r)
		r.repo.Client = nil
		if _, err := r.act(v, target); err == nil || !strings.Contains(err.Error(), "no access to the API: name a token") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := r.act(v, "github/other/runs/ci.yml"); err == nil || !strings.Contains(err.Error(), `no repository is configured as "other"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIssueIsOpenedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	open := actgithub.OpenIssue{Repositories: r.all()}
	r.seen.Incidents[ciRuns] = schemas.Incident{ID: 5, Subject: ciRuns, OpenedAt: r.clock()}
	r.seen.Attempts = []schemas.Attempt{{Incident: 5, State: "failed", Note: "run 7 run again", Action: schemas.Action{Verb: "github.rerun", Target: ciRuns, Subject: ciRuns}}}
	if note := r.must(open, ciRuns); note != "opened issue #1" {
		t.Errorf("told %q", note)
	}
	var body string
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { body = repo.Issues[0].Body })
	for _, part := range []string{"it is broken", "https://github.example/run", "* github.rerun: failed, run 7 run again", "<!-- rr github/web/runs/ci.yml -->"} {
		if !strings.Contains(body, part) {
			t.Errorf("the issue does not say %q:\n%s", part, body)
		}
	}
	r.refuses(open, ciRuns, "issue #1 about it is open")
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Issues[0].Labels = nil }) // GitHub dropped it
	r.refuses(open, ciRuns, "issue #1 about it is open")
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Issues[0].State = "closed" })
	r.must(open, ciRuns)
	r.seen.Runs["github/web/runs/other.yml"] = schemas.Runs{}
	r.must(open, "github/web/runs/other.yml")
}
