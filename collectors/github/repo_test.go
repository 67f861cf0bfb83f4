package github_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rr/internal/githubtest"
	"rr/schemas"
)

func TestRepositoryIsToldAsGitHubHasIt(t *testing.T) {
	t.Parallel()
	const usesSecrets = "name: ci\non: push\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make, env: {A: '${{ secrets.HERE }}', B: '${{ secrets.gone }}', C: '${{ secrets.SHARED }}', D: '${{ secrets.GITHUB_TOKEN }}'}}]}}\n"
	for _, row := range []struct {
		it    string
		setup func(*rig, *githubtest.World, *githubtest.Repo)
		tells func(schemas.Repo) any
		want  any
	}{
		{"is active", nil, func(f schemas.Repo) any {
			return fmt.Sprint(f.Repo, " ", f.State, " ", f.DefaultBranch, " ", f.Actions, " ", f.WorkflowScope, " ", f.Limited, " ", len(f.Unreadable), " ", f.Workflows, " ", f.Outage, " ", f.HeadAgrees)
		}, "acme/web active main enabled yes no 0 1 no yes"},
		{"is archived", func(_ *rig, _ *githubtest.World, repo *githubtest.Repo) { repo.Archived = true }, func(f schemas.Repo) any { return f.State }, "archived"},
		{"is disabled", func(_ *rig, _ *githubtest.World, repo *githubtest.Repo) { repo.Disabled = true }, func(f schemas.Repo) any { return f.State }, "disabled"},
		{"runs no actions", func(_ *rig, _ *githubtest.World, repo *githubtest.Repo) { repo.ActionsDisabled = true }, func(f schemas.Repo) any { return f.Actions }, "disabled"},
		{"was left alone", func(r *rig, _ *githubtest.World, _ *githubtest.Repo) { r.clock.Pass(51 * 24 * time.Hour) }, func(f schemas.Repo) any { return *f.InactiveDays }, int64(51)},
		{"has a token that expires", func(r *rig, w *githubtest.World, _ *githubtest.Repo) {
			w.Tokens[secret].ExpiresAt = r.clock.Now().Add(time.Hour)
		}, func(f schemas.Repo) any { return *f.TokenExpiresS }, int64(3540)},
		{"has a token without the scope workflow", func(_ *rig, w *githubtest.World, _ *githubtest.Repo) { w.Tokens[secret].Scopes = []string{"repo"} }, func(f schemas.Repo) any { return f.WorkflowScope }, "no"},
		{"does not know what a token of the newer kind may", func(_ *rig, w *githubtest.World, _ *githubtest.Repo) { w.Tokens[secret].Scopes = nil }, func(f schemas.Repo) any { return f.WorkflowScope }, "unknown"},
		{"tells what is left of the limit", func(_ *rig, w *githubtest.World, _ *githubtest.Repo) { w.Tokens[secret].Limit = 100 }, func(f schemas.Repo) any {
			return fmt.Sprint(*f.APILimit, *f.APIRemaining > 80, *f.APIRemainingPct > 80, *f.APIResetS)
		}, "100 true true 3600"},
		{"tells of runners", func(_ *rig, _ *githubtest.World, repo *githubtest.Repo) {
			repo.Runners = []githubtest.Runner{{ID: 1, Status: "online"}, {ID: 2, Status: "offline"}}
		}, func(f schemas.Repo) any { return fmt.Sprint(*f.Runners, *f.RunnersOffline) }, "2 1"},
		{"names the secrets that are missing", func(r *rig, _ *githubtest.World, repo *githubtest.Repo) {
			write(r.t, r.dir, ".github/workflows/ci.yml", usesSecrets)
			for i := range 150 {
				repo.Secrets = append(repo.Secrets, githubtest.Secret{Name: fmt.Sprintf("S%d", i), CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()})
			}
			repo.Secrets = append(repo.Secrets, githubtest.Secret{Name: "HERE", CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()})
			repo.OrganizationSecrets = []githubtest.Secret{{Name: "SHARED", CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()}}
		}, func(f schemas.Repo) any { return strings.ToLower(strings.Join(f.SecretsMissing, " ")) }, "gone"},
		{"tells the size of the cache", func(_ *rig, _ *githubtest.World, repo *githubtest.Repo) { repo.CacheBytes = 7 }, func(f schemas.Repo) any { return *f.CacheBytes }, int64(7)},
		{"tells a checkout that has other files", func(r *rig, _ *githubtest.World, _ *githubtest.Repo) {
			write(r.t, r.dir, ".github/workflows/more.yml", valid)
		}, func(f schemas.Repo) any { return f.HeadAgrees }, "no"},
		{"names what the token may not read", func(_ *rig, w *githubtest.World, _ *githubtest.Repo) {
			w.Tokens[secret].Scopes, w.Tokens[secret].Permissions = nil, map[string]string{"metadata": "read", "actions": "read"}
		}, func(f schemas.Repo) any {
			return fmt.Sprint(strings.Join(f.Unreadable, ", "), "; ", value(f.InactiveDays), value(f.Runners), f.Actions, f.HeadAgrees, len(f.SecretsMissing))
		}, "commits (Contents: read), workflow files (Contents: read), actions (Administration: read), runners (Administration: read), secrets (Secrets: read); unknownunknownunknownunknown0"},
	} {
		t.Run(row.it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, map[string]string{"ci.yml": valid})
			if row.setup != nil {
				r.change(func(w *githubtest.World, repo *githubtest.Repo) { row.setup(r, w, repo) })
			}
			facts := r.look()
			if facts.RunsError != "" {
				t.Fatal(facts.RunsError)
			}
			if got := row.tells(facts.Repo); got != row.want {
				t.Errorf("got %v\nwant %v", got, row.want)
			}
		})
	}
}

func TestManyFailuresToStartAreAnOutage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		failed, well int
		want         string
	}{{3, 0, "3 yes"}, {3, 3, "3 yes"}, {3, 4, "3 no"}, {2, 0, "2 no"}, {0, 3, "0 no"}} {
		files := map[string]string{}
		for i := range row.failed + row.well {
			files[fmt.Sprintf("w%d.yml", i)] = valid
		}
		r := newRig(t, files)
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
			for i := range row.failed + row.well {
				conclusion := "success"
				if i < row.failed {
					conclusion = []string{"startup_failure", "failure"}[i%2] // the latter without jobs
				}
				repo.AddRun(fmt.Sprintf("w%d.yml", i), "push", conclusion)
			}
		})
		if facts := r.look().Repo; fmt.Sprint(facts.StartupFailures, " ", facts.Outage) != row.want {
			t.Errorf("%d of %d fail to start: %d %s, want %s", row.failed, row.failed+row.well, facts.StartupFailures, facts.Outage, row.want)
		}
		r.clock.Pass(time.Hour)
		if facts := r.look().Repo; facts.StartupFailures != 0 {
			t.Errorf("after an hour there are still %d", facts.StartupFailures)
		}
	}
}

func TestBackupWorkflowStandsInForAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid, "ci.backup.yml": backupOf(t, "ci.yml", valid)})
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.AddRun("ci.backup.yml", "workflow_dispatch", "success")
	})
	facts := r.look()
	if facts.Repo.BackupWorkflows != 1 {
		t.Errorf("%d backup workflows", facts.Repo.BackupWorkflows)
	}
	if got := facts.Runs["github/web/runs/ci.yml"]; got.BackupWorkflow != "ci.backup.yml" || value(got.BackupRunAgeS) != int64(60) {
		t.Errorf("ci.yml is stood in for by %q, %v s ago", got.BackupWorkflow, value(got.BackupRunAgeS))
	}
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.AddRun("ci.backup.yml", "workflow_dispatch", "")
	})
	if got := r.runs("ci.yml"); !got.BackupInWork || facts.Runs["github/web/runs/ci.yml"].BackupInWork {
		t.Error("a run of the backup is in work, and that is not told")
	}
	r.clock.Pass(10 * time.Minute)
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.Workflow("ci.backup.yml").State = "disabled_manually"
	})
	if got := r.runs("ci.yml"); got.BackupWorkflow != "" {
		t.Error("a disabled workflow stands in for another")
	}
}

func TestWithoutACheckoutItsSideIsUnknown(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	r.dir += "/gone"
	r.restart()
	got := r.runs("ci.yml")
	if s := fmt.Sprint(got.Definition, got.Dispatchable, got.FileRejected, r.look().Repo.HeadAgrees); s != "unknownunknownunknownunknown" {
		t.Error(s)
	}
}

// A name that was written into the checkout and not pushed is none that GitHub
// did not accept.
func TestFileIsRejectedOnlyWhereGitHubHasIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": strings.Replace(valid, "name: ci\n", "", 1)})
	if got := r.runs("ci.yml"); got.FileRejected != "unknown" {
		t.Errorf("a file without a name: %s", got.FileRejected)
	}
	write(t, r.dir, ".github/workflows/ci.yml", valid)
	if got := r.runs("ci.yml"); got.FileRejected != "unknown" {
		t.Errorf("a name that was not pushed: %s", got.FileRejected)
	}
}
