package github_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	seegithub "rr/collectors/github"
	"rr/schemas"
)

const broken = "name: ci\ntrue: {push: {}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"

// git runs git in a folder, by nobody's configuration.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	command := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"}, args...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// checkout is a repository with a history of ci.yml, the oldest first; "" for a
// commit that deletes it.
func checkout(t *testing.T, history ...string) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	for i, text := range history {
		if text == "" {
			git(t, dir, "rm", "-q", ".github/workflows/ci.yml")
		} else {
			write(t, dir, ".github/workflows/ci.yml", text)
			git(t, dir, "add", "-A")
		}
		git(t, dir, "commit", "-q", "--allow-empty", "-m", fmt.Sprint("version ", i))
	}

	return dir
}

// seen looks at a checkout once.
func seen(t *testing.T, dir string, config schemas.GitHub) map[schemas.ID]schemas.Workflow {
	t.Helper()
	facts, err := seegithub.NewDefinitions("web", dir, config, time.Now).Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	return facts.(schemas.WorkflowFacts).Workflows
}

func TestWorkflowFilesAreToldAsTheyAre(t *testing.T) {
	t.Parallel()
	expect := schemas.GitHub{Expect: []string{"ci.yml"}}
	for _, row := range []struct {
		it    string
		dir   func(*testing.T) string
		tells func(schemas.Workflow) any
		want  any
	}{
		{"is valid", func(t *testing.T) string { return checkout(t, valid) }, func(w schemas.Workflow) any {
			return fmt.Sprint(w.State, w.Expected, w.Name, w.Problems, w.Problem, w.Triggers, w.Dispatchable, w.Permissions, w.Committed, w.Fixable, w.Hollow)
		}, "validtrueci0[push workflow_dispatch] truedefaultyesnofalse"},
		{"is broken at a place", func(t *testing.T) string { return checkout(t, broken) }, func(w schemas.Workflow) any {
			return fmt.Sprint(w.State, " ", w.Problems > 0, " ", strings.HasPrefix(w.Problem, "1:1: "), " ", w.Fixable, " ", w.Restorable)
		}, "invalid true true yes no"},
		{"is broken and was not before", func(t *testing.T) string {
			dir := checkout(t, valid, strings.Replace(valid, "make", "make all", 1))
			write(t, dir, ".github/workflows/ci.yml", broken)
			return dir
		}, func(w schemas.Workflow) any {
			return fmt.Sprint(w.State, w.Restorable, strings.HasPrefix(w.RestoreFrom, "commit "), w.Committed)
		}, "invalidyestrueno"},
		{"is broken and so are its newest versions", func(t *testing.T) string { return checkout(t, valid, broken, broken+"# \n", broken+"# x\n") }, func(w schemas.Workflow) any { return w.State + w.Restorable + w.Committed }, "invalidyesyes"},
		{"was deleted", func(t *testing.T) string {
			dir := checkout(t, valid)
			os.Remove(filepath.Join(dir, ".github/workflows/ci.yml"))
			return dir
		}, func(w schemas.Workflow) any { return w.State + w.Restorable + w.Committed }, "missingyesno"},
		{"was deleted by a commit", func(t *testing.T) string { return checkout(t, valid, "") }, func(w schemas.Workflow) any { return w.State + w.Restorable + w.Committed }, "missingyesyes"},
		{"was never there", func(t *testing.T) string { return t.TempDir() }, func(w schemas.Workflow) any { return w.State + w.Restorable + w.Committed + w.Path }, "missingunknownunknown.github/workflows/ci.yml"},
		{"was deleted in a clone without its history", func(t *testing.T) string {
			full, dir := checkout(t, valid, broken), t.TempDir()
			git(t, full, "clone", "-q", "--depth", "1", "file://"+full, dir)
			return dir
		}, func(w schemas.Workflow) any { return w.State + w.Restorable }, "invalidunknown"},
		{"lies below the top of a repository", func(t *testing.T) string {
			top := t.TempDir()
			git(t, top, "init", "-q")
			write(t, top, "app/.github/workflows/ci.yml", valid)
			git(t, top, "add", "-A")
			git(t, top, "commit", "-q", "-m", "all")
			write(t, top, "app/.github/workflows/ci.yml", broken)
			return filepath.Join(top, "app")
		}, func(w schemas.Workflow) any { return w.State + w.Restorable + w.Committed }, "invalidyesno"},
		{"lies in a worktree", func(t *testing.T) string {
			top, dir := checkout(t, valid), filepath.Join(t.TempDir(), "tree")
			git(t, top, "worktree", "add", "-q", dir)
			write(t, dir, ".github/workflows/ci.yml", broken)
			return dir
		}, func(w schemas.Workflow) any { return w.State + w.Restorable + w.Committed }, "invalidyesno"},
		{"is a link", func(t *testing.T) string {
			dir := checkout(t, valid)
			at := filepath.Join(dir, ".github/workflows/ci.yml")
			os.Rename(at, filepath.Join(dir, "elsewhere.yml"))
			os.Symlink(filepath.Join(dir, "elsewhere.yml"), at)
			return dir
		}, func(w schemas.Workflow) any { return w.State }, "missing"},
		{"is empty", func(t *testing.T) string { return checkout(t, valid, "\n") }, func(w schemas.Workflow) any { return w.State + w.Restorable }, "invalidyes"},
		{"has comments only", func(t *testing.T) string { return checkout(t, "# on: push\n# jobs:\n") }, func(w schemas.Workflow) any { return w.State }, "invalid"},
		{"has 5 MB", func(t *testing.T) string { return checkout(t, valid, valid+strings.Repeat("# 4567\n", 5<<20/7)) }, func(w schemas.Workflow) any { return fmt.Sprint(w.State, w.SizeBytes > 5<<20-100, w.Restorable) }, "invalidtrueyes"},
		{"is no text", func(t *testing.T) string { return checkout(t, valid, "\x7fELF\x00\xff\xfe\x01\x00") }, func(w schemas.Workflow) any { return w.State + w.Restorable }, "invalidyes"},
		{"does nothing", func(t *testing.T) string { return checkout(t, strings.Replace(valid, "make", "echo ok", 1)) }, func(w schemas.Workflow) any { return fmt.Sprint(w.State, w.Hollow) }, "validtrue"},
		{"uses what is not there", func(t *testing.T) string {
			return checkout(t, strings.Replace(valid, "run: make", "uses: ./actions/none", 1))
		}, func(w schemas.Workflow) any { return fmt.Sprint(w.State, len(w.Unresolved)) }, "valid1"},
		{"has a schedule in a time zone", func(t *testing.T) string {
			return checkout(t, strings.Replace(valid, "push: {}", "schedule: [{cron: '0 3 * * *', timezone: Europe/Berlin}]", 1))
		}, func(w schemas.Workflow) any { return fmt.Sprint(w.State, w.Crons) }, "valid[0 3 * * * Europe/Berlin]"},
		{"has a key that rr does not know", func(t *testing.T) string { return checkout(t, valid+"concurrency: {group: a, queue: max}\n") }, func(w schemas.Workflow) any { return fmt.Sprint(w.State, w.UnknownKeys, w.Warnings, w.Restorable) }, "valid1 1unknown"},
	} {
		t.Run(row.it, func(t *testing.T) {
			t.Parallel()
			if got := row.tells(seen(t, row.dir(t), expect)["github/web/workflow/ci.yml"]); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestGeneratedWorkflowAndItsOriginalKnowEachOther(t *testing.T) {
	t.Parallel()
	dir := checkout(t, valid)
	write(t, dir, ".github/workflows/ci.backup.yml", backupOf(t, "ci.yml", valid))
	all := seen(t, dir, schemas.GitHub{})
	one, other := all["github/web/workflow/ci.yml"], all["github/web/workflow/ci.backup.yml"]
	if one.BackedUpBy != "ci.backup.yml" || !other.Generated || other.BackupOf != "ci.yml" || other.Committed != "no" {
		t.Errorf("%+v\n%+v", one, other)
	}
}

func TestWhatIsWatchedIsChosen(t *testing.T) {
	t.Parallel()
	dir := checkout(t, valid)
	for _, name := range []string{"tmp-a.yaml", ".hidden.yml", "notes.txt", "sub/x.yml"} {
		write(t, dir, ".github/workflows/"+name, valid)
	}
	for want, config := range map[string]schemas.GitHub{
		"map[github/web/workflow/ci.yml:valid github/web/workflow/tmp-a.yaml:valid]":     {},
		"map[github/web/workflow/ci.yml:valid]":                                          {Exclude: []string{"tmp-*"}},
		"map[github/web/workflow/gone.yml:missing github/web/workflow/tmp-a.yaml:valid]": {Include: []string{"tmp-*"}, Expect: []string{"gone.yml"}},
	} {
		states := map[schemas.ID]string{}
		for id, w := range seen(t, dir, config) {
			states[id] = w.State
		}
		if fmt.Sprint(states) != want {
			t.Errorf("got %v, want %s", states, want)
		}
	}
}

func TestCheckoutThatIsNotThereIsUnknown(t *testing.T) {
	t.Parallel()
	_, err := seegithub.NewDefinitions("web", "/nowhere", schemas.GitHub{Expect: []string{"ci.yml"}}, time.Now).Collect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "checkout /nowhere: no such file") {
		t.Errorf("told %v", err)
	}
}

// countingGit puts a git before the real one that notes its calls.
func countingGit(t *testing.T) (calls func() int) {
	t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	noted := filepath.Join(dir, "calls")
	script := fmt.Sprintf("#!/bin/sh\necho x >> %s\nexec %s \"$@\"\n", noted, real)
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))

	return func() int {
		text, err := os.ReadFile(noted)
		if err != nil {
			t.Fatal(err)
		}
		return len(text) / 2
	}
}

func TestNothingIsAskedWhereNothingChanged(t *testing.T) {
	dir := checkout(t, valid, broken)
	calls := countingGit(t)
	clock := &clock{at: time.Now()}
	d := seegithub.NewDefinitions("web", dir, schemas.GitHub{Expect: []string{"ci.yml", "gone.yml"}}, clock.Now)
	look := func() schemas.Workflow {
		t.Helper()
		clock.Pass(time.Second)
		facts, err := d.Collect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return facts.(schemas.WorkflowFacts).Workflows["github/web/workflow/ci.yml"]
	}
	if got := look(); got.Restorable != "yes" || got.Committed != "yes" {
		t.Fatalf("%+v", got)
	}
	before := calls()
	for range 50 {
		look()
	}
	if n := calls() - before; n != 0 {
		t.Errorf("git was called %d times in 50 looks at what did not change", n)
	}
	clock.Pass(time.Minute)
	look()
	if n := calls() - before; n > 3 {
		t.Errorf("git was called %d times after a minute in which nothing was committed", n)
	}
	write(t, dir, ".github/workflows/ci.yml", valid)
	if got := look(); got.State != "valid" || got.Committed != "no" {
		t.Errorf("a file that changed is told as it was: %+v", got)
	}
	git(t, dir, "commit", "-qam", "mend")
	clock.Pass(time.Minute)
	if got := look(); got.Committed != "yes" {
		t.Errorf("a commit is not noticed: %+v", got)
	}
	same := strings.Replace(valid, "make", "MAKE", 1) // of the same size, at the same time
	info, _ := os.Stat(filepath.Join(dir, ".github/workflows/ci.yml"))
	write(t, dir, ".github/workflows/ci.yml", same)
	os.Chtimes(filepath.Join(dir, ".github/workflows/ci.yml"), time.Time{}, info.ModTime())
	if got := look(); got.Committed != "no" {
		t.Error("a change that keeps size and time is not noticed")
	}
}

// brokenGit puts a git before the real one that fails while told to.
func brokenGit(t *testing.T, command string) (mend func()) {
	t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	script := fmt.Sprintf("#!/bin/sh\n[ -e %s ] && case \"$*\" in *%s*) exit 128;; esac\nexec %s \"$@\"\n", broken, command, real)
	for name, text := range map[string]string{"git": script, "broken": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))

	return func() { os.Remove(broken) }
}

func TestGitThatFailedIsAskedAgain(t *testing.T) {
	for _, command := range []string{"rev-parse", "ls-tree", "log"} {
		dir := checkout(t, valid, broken)
		t.Run(command, func(t *testing.T) {
			mend := brokenGit(t, command)
			clock := &clock{at: time.Now()}
			d := seegithub.NewDefinitions("web", dir, schemas.GitHub{}, clock.Now)
			for _, mended := range []bool{false, true} {
				facts, err := d.Collect(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				w := facts.(schemas.WorkflowFacts).Workflows["github/web/workflow/ci.yml"]
				if known := w.Committed == "yes" && w.Restorable == "yes"; known != mended || w.Committed == "no" || w.Restorable == "no" {
					t.Errorf("git %s mended: %t; committed %s, restorable %s", command, mended, w.Committed, w.Restorable)
				}
				mend()
				clock.Pass(time.Minute)
			}
		})
	}
}

func TestNothingIsWrittenIntoACheckout(t *testing.T) {
	t.Parallel()
	dir := checkout(t, valid, broken)
	os.Chtimes(filepath.Join(dir, ".git", "index"), time.Time{}, time.Now().Add(-time.Hour)) // git would like to refresh it
	before := snapshot(t, dir)
	d := seegithub.NewDefinitions("web", dir, schemas.GitHub{Expect: []string{"gone.yml"}}, time.Now)
	for range 3 {
		if _, err := d.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if after := snapshot(t, dir); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// snapshot tells every file of a folder with its time.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		fmt.Fprintln(&all, path, info.Size(), info.ModTime().UnixNano(), info.Mode())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return all.String()
}
