package github_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	actgithub "rr/actions/github"
	"rr/internal/githubtest"
	"rr/internal/workflowfile"
	"rr/schemas"
)

func (r *rig) fix() verb      { return actgithub.FixFile{Repositories: r.all()} }
func (r *rig) restore() verb  { return actgithub.RestoreFile{Repositories: r.all()} }
func (r *rig) generate() verb { return actgithub.GenerateBackup{Repositories: r.all()} }

func TestFileIsMendedForAPersonToCommit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write(at, mendable)
	note := r.must(r.fix(), ciFile)
	if !strings.HasPrefix(note, at+": mended: ") || !strings.Contains(note, ", for a person to commit; what it held is kept as ") {
		t.Errorf("told %q", note)
	}
	if text := r.read(at); !workflowfile.Check(at, []byte(text)).Valid || !strings.Contains(text, "\non:\n") {
		t.Errorf("left\n%s", text)
	}
	if kept := r.kept(); len(kept) != 1 || kept[0] != mendable {
		t.Errorf("kept %q", kept)
	}
	if len(r.server.Requests()) != 0 {
		t.Error("GitHub was asked")
	}
	r.refuses(r.fix(), ciFile, "is valid now")
	r.write(at, beyond)
	r.refuses(r.fix(), ciFile, "not broken in a way that rr can mend")
	os.Remove(filepath.Join(r.dir, at))
	r.refuses(r.fix(), ciFile, "not broken in a way that rr can mend")
}

func TestFileIsRestoredFromItsNewestValidVersion(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		it      string
		history []string
		now     string // "" deletes it
		want    string
	}{
		{"deleted", []string{older, valid}, "", valid},
		{"corrupted", []string{older, valid}, beyond, valid},
		{"corrupted in the newest commits too", []string{older, valid, beyond, mendable, beyond + "#\n"}, beyond + "# again\n", valid},
		{"emptied", []string{older, valid}, "\n", valid},
		{"filled with what is no text", []string{older, valid}, "\x00\xff\x7fELF", valid},
		{"grown to 5 MB", []string{older, valid}, strings.Repeat("# 4567\n", 5<<20/7), valid},
	} {
		t.Run(row.it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, row.history...)
			if row.now == "" {
				os.RemoveAll(filepath.Join(r.dir, ".github"))
			} else {
				r.write(at, row.now)
			}
			note := r.must(r.restore(), ciFile)
			if !strings.HasPrefix(note, at+": restored from commit ") || r.read(at) != row.want {
				t.Errorf("told %q, left\n%s", note, r.read(at))
			}
			if kept := r.kept(); row.now != "" && (len(kept) != 1 || kept[0] != row.now) {
				t.Error("what it held is not kept whole")
			}
			r.refuses(r.restore(), ciFile, "is valid now")
		})
	}
}

func TestFileIsRestoredFromABackupFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write(at, beyond)
	v := actgithub.RestoreFile{Repositories: r.all(), Backups: backups{text: []byte(older)}}
	if note := r.must(v, ciFile); !strings.Contains(note, "restored from the backup of Monday") || r.read(at) != older {
		t.Errorf("told %q", note)
	}
	r.write(at, beyond)
	if note := r.must(actgithub.RestoreFile{Repositories: r.all(), Backups: backups{}}, ciFile); !strings.Contains(note, "restored from commit") {
		t.Errorf("without one told %q", note)
	}
	r.write(at, beyond)
	if _, err := r.act(actgithub.RestoreFile{Repositories: r.all(), Backups: backups{err: errors.New("disk is gone")}}, ciFile); err == nil || !strings.Contains(err.Error(), "look into backups: disk is gone") || r.read(at) != beyond {
		t.Errorf("told %v", err)
	}
}

type backups struct {
	text []byte
	err  error
}

func (b backups) NewestValid(_ context.Context, scope, name string, _ []byte, valid func([]byte) bool) ([]byte, string, error) {
	if b.text != nil && (scope != "web" || name != at || !valid(b.text)) {
		return nil, "", errors.New("asked for something else")
	}

	return b.text, "the backup of Monday", b.err
}

func TestWhereNoVersionIsValidNothingIsRestored(t *testing.T) {
	t.Parallel()
	r := newRig(t, beyond, mendable)
	r.write(at, beyond+"# now\n")
	r.refuses(r.restore(), ciFile, "no such version in the history")

	r = newRig(t, valid, beyond) // whose history is not in the clone
	clone := t.TempDir()
	git(t, r.dir, "clone", "-q", "--depth", "1", "file://"+r.dir, clone)
	r.dir, r.repo.Dir = clone, clone
	r.refuses(r.restore(), ciFile, "cannot tell")
}

func TestWhoIsInTheMiddleOfSomethingIsNotDisturbed(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{"MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "BISECT_LOG"} {
		r := newRig(t)
		r.write(at, mendable)
		r.write(filepath.Join(".git", mark), "x")
		for _, v := range []verb{r.fix(), r.restore(), r.generate()} {
			r.refuses(v, ciFile, "in the middle of something")
		}
	}
}

// A merge is noticed from below the top of a repository, and in a worktree.
func TestMergeIsNoticedWhereverItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write("app/"+at, mendable)
	r.write(".git/MERGE_HEAD", "x")
	r.repo.Dir = filepath.Join(r.dir, "app")
	r.refuses(r.fix(), ciFile, "in the middle of something")

	r = newRig(t)
	tree := filepath.Join(t.TempDir(), "tree")
	r.git("worktree", "add", "-q", tree)
	r.write(".git/worktrees/tree/MERGE_HEAD", "x")
	r.dir, r.repo.Dir = tree, tree
	r.write(at, mendable)
	r.refuses(r.fix(), ciFile, "in the middle of something")
}

func TestFileBelowTheTopOfARepositoryIsRestored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write("app/"+at, valid)
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "app")
	r.write("app/"+at, beyond)
	r.repo.Dir = filepath.Join(r.dir, "app")
	r.must(r.restore(), ciFile)
	if r.read("app/"+at) != valid || r.read(at) != valid {
		t.Errorf("left\n%s", r.read("app/"+at))
	}
}

func TestNoFileOutsideTheWorkflowsIsTouched(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, name := range []string{"README.md", "ci.yml.bak", "..", "ci"} {
		if _, err := r.act(r.restore(), schemas.ID("github/web/workflow/"+name)); err == nil || !strings.Contains(err.Error(), "no name of a workflow file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	outside := filepath.Join(t.TempDir(), "ci.yml")
	os.WriteFile(outside, []byte(mendable), 0o644)
	os.Remove(filepath.Join(r.dir, at))
	os.Symlink(outside, filepath.Join(r.dir, at))
	r.refuses(r.fix(), ciFile, "is no plain file")
	os.RemoveAll(filepath.Join(r.dir, ".github/workflows"))
	os.Symlink(filepath.Dir(outside), filepath.Join(r.dir, ".github/workflows"))
	if _, err := r.act(r.fix(), ciFile); err == nil {
		t.Error("a folder that leads out of the checkout was followed")
	}
	if text, _ := os.ReadFile(outside); string(text) != mendable {
		t.Error("a file outside the checkout was written")
	}
}

func TestBackupWorkflowIsWrittenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	note := r.must(r.generate(), ciFile)
	name := strings.SplitN(note, ":", 2)[0]
	made := workflowfile.Check(name, []byte(r.read(name)))
	if !made.Valid || !made.Generated || !made.Dispatchable || filepath.Base(made.BackupOf) != "ci.yml" || !strings.Contains(note, "made to stand in for ci.yml") {
		t.Errorf("told %q, made\n%s", note, r.read(name))
	}
	r.refuses(r.generate(), ciFile, "is there already")
	r.write(at, strings.Replace(valid, "make", "make all", 1))
	r.must(r.generate(), ciFile)
	if !strings.Contains(r.read(name), "make all") {
		t.Error("what the original became is not taken over")
	}
	r.write(name, valid)
	r.refuses(r.generate(), ciFile, "rr did not make it")
	r.write(at, beyond)
	r.refuses(r.generate(), ciFile, "no backup of")
	os.Remove(filepath.Join(r.dir, at))
	r.refuses(r.generate(), ciFile, "is not there")
}

func TestChangeIsOfferedAsAPullRequestOnce(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(*rig) verb{"fix": (*rig).fix, "restore": (*rig).restore} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, valid, mendable)
			r.repo.Config.Changes = schemas.ChangesPullRequest
			note := r.must(of(r), ciFile)
			if !strings.Contains(note, "offered as pull request #1") {
				t.Errorf("told %q", note)
			}
			var pull githubtest.Pull
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { pull = *repo.Pulls[0] })
			if !strings.HasPrefix(pull.Head, "rr/"+name+"-ci-") || pull.Base != "main" || !workflowfile.Check(at, []byte(r.remote(pull.Head, at))).Valid {
				t.Errorf("offered %+v\n%s", pull, r.remote(pull.Head, at))
			}
			if r.remote("main", at) != mendable || r.read(at) != mendable {
				t.Error("the default branch or the checkout was changed")
			}
			r.offersStill(of(r), 1)
			state := func(closed, merged bool) {
				r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
					repo.Pulls[0].State = "closed"
					if merged {
						repo.Pulls[0].MergedAt = r.now
					}
				})
			}
			state(true, false)
			r.refuses(of(r), ciFile, "a person closed it")
			state(true, true)
			r.must(of(r), ciFile) // merged, and broken anew
			r.offersStill(of(r), 2)
		})
	}
}

// offersStill does it again, and wants the same pull request and no change.
func (r *rig) offersStill(v verb, number int) {
	r.t.Helper()
	writes := len(r.server.Writes())
	if note := r.must(v, ciFile); !strings.Contains(note, fmt.Sprintf("offered as pull request #%d", number)) || len(r.server.Writes()) != writes {
		r.t.Errorf("told %q, sent %s", note, r.sent())
	}
}

func TestChangeIsPushedOnceWhereThatIsConfigured(t *testing.T) {
	t.Parallel()
	r := newRig(t, valid, mendable)
	r.repo.Config.Changes = schemas.ChangesPush
	note := r.must(r.fix(), ciFile)
	if !strings.Contains(note, "committed to main as ") || !workflowfile.Check(at, []byte(r.remote("main", at))).Valid || r.read(at) != mendable {
		t.Errorf("told %q, main has\n%s", note, r.remote("main", at))
	}
	if r.sent() != "PUT /contents/"+at {
		t.Errorf("sent %s", r.sent())
	}
	r.refuses(r.fix(), ciFile, "is valid now")
	r.refuses(r.restore(), ciFile, "is valid now")

	r = newRig(t, valid, mendable)
	r.repo.Config.Changes = schemas.ChangesPush
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Protected["main"] = true })
	if _, err := r.act(r.fix(), ciFile); err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "rule violations") {
		t.Errorf("a protected branch: %v", err)
	}

	r = newRig(t)
	r.repo.Config.Changes = schemas.ChangesPush
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
		repo.Commit("main", "delete", map[string]string{at: ""})
	})
	r.must(r.restore(), ciFile)
	if r.remote("main", at) != valid {
		t.Errorf("main has\n%s", r.remote("main", at))
	}
}

// What is published is made of what is published: what somebody is writing in
// the checkout stays there.
func TestBackupWorkflowIsPublishedOfWhatIsPublished(t *testing.T) {
	t.Parallel()
	for _, changes := range []string{schemas.ChangesPullRequest, schemas.ChangesPush} {
		r := newRig(t)
		r.repo.Config.Changes = changes
		r.write(at, strings.Replace(valid, "make", "make unpublished", 1))
		note := r.must(r.generate(), ciFile)
		branch := "main"
		if changes == schemas.ChangesPullRequest {
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { branch = repo.Pulls[0].Head })
		}
		made := r.remote(branch, strings.SplitN(note, ":", 2)[0])
		if !strings.Contains(made, "make") || strings.Contains(made, "unpublished") {
			t.Errorf("%s: told %q, made\n%s", changes, note, made)
		}
		writes := len(r.server.Writes())
		if _, err := r.act(r.generate(), ciFile); errors.Is(err, schemas.ErrRefused) != (branch == "main") || len(r.server.Writes()) != writes {
			t.Errorf("%s: %v, sent %s", changes, err, r.sent())
		}
	}
}

func TestTokenWithoutTheScopeIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, valid, mendable)
	r.repo.Config.Changes = schemas.ChangesPush
	r.change(func(w *githubtest.World, _ *githubtest.Repo) { w.Tokens[secret].Scopes = []string{"repo"} })
	if _, err := r.act(r.fix(), ciFile); err == nil || !strings.Contains(err.Error(), "lacks the scope workflow") {
		t.Errorf("told %v", err)
	}
}

// Whoever writes the file between the look and the write wins.
func TestFileThatIsChangedMeanwhileIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.write(at, beyond)
	meanwhile := meddler{r: r, text: older}
	if _, err := r.act(actgithub.RestoreFile{Repositories: r.all(), Backups: meanwhile}, ciFile); !errors.Is(err, schemas.ErrRefused) || !strings.Contains(fmt.Sprint(err), "was changed meanwhile") {
		t.Errorf("told %v", err)
	}
	if r.read(at) != older {
		t.Error("what a person wrote was replaced")
	}
}

// meddler is a person who writes the file while rr looks for a good one.
type meddler struct {
	r    *rig
	text string
}

func (m meddler) NewestValid(context.Context, string, string, []byte, func([]byte) bool) ([]byte, string, error) {
	m.r.write(at, m.text)
	return []byte(valid), "a backup", nil
}
