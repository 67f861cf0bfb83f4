package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const workflow = ".github/workflows/ci.yml"

// time0 is when a commit is made, in seconds since 1970.
func time0(tick int) string { return strconv.Itoa(1_700_000_000 + 60*tick) }

func good(content []byte) bool { return strings.HasPrefix(string(content), "good") }

// contents are what a file was, newest first.
func contents(t *testing.T, r *Repo, path string) []string {
	t.Helper()
	var all []string
	for v, err := range r.Versions(t.Context(), path, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(v.Content))
	}

	return all
}

func TestOpenTellsWhatIsNoCheckout(t *testing.T) {
	g := newRig(t)
	g.write("sub/x", "x")
	if r := g.openAt(filepath.Join(g.dir, "sub")); r.Dir != g.dir {
		t.Errorf("Open(sub) = %s, want its top %s", r.Dir, g.dir)
	}
	plain := t.TempDir()
	bare := t.TempDir()
	g.gitIn(bare, "init", "-q", "--bare")
	elsewhere := t.TempDir()
	g.gitIn(elsewhere, "init", "-q")
	g.gitIn(elsewhere, "config", "core.worktree", plain)
	for _, test := range []struct {
		it, dir string
		want    error
		text    string
	}{
		{"knows a folder without git", plain, ErrNotRepository, "not a git repository"},
		{"knows a repository without a checkout", bare, ErrNotRepository, "with a working tree"},
		{"follows no working tree to elsewhere", elsewhere, nil, ""},
		{"knows a folder that is not there", filepath.Join(plain, "none"), os.ErrNotExist, "no such file"},
	} {
		_, err := Open(t.Context(), test.dir)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("it %s: %v, want %v, %q", test.it, err, test.want, test.text)
		}
	}
	t.Setenv("PATH", plain)
	if _, err := Open(t.Context(), g.dir); !errors.Is(err, ErrNoGit) {
		t.Errorf("Open without git = %v, want %v", err, ErrNoGit)
	}
}

func TestARepositoryOfAnotherUserIsToldOf(t *testing.T) {
	const said = "fatal: detected dubious ownership in repository at '/srv/web'"
	if err := explain(&failure{"log", 128, said}, "/srv/web"); !errors.Is(err, ErrUnsafe) || !strings.Contains(err.Error(), "safe.directory /srv/web") {
		t.Errorf("explain = %v, want %v and what to do", err, ErrUnsafe)
	}
	if os.Geteuid() != 0 {
		return // only root can give a folder away
	}
	g := newRig(t)
	if err := os.Chown(g.dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), g.dir); !errors.Is(err, ErrUnsafe) {
		t.Errorf("Open = %v, want %v", err, ErrUnsafe)
	}
	g.gitIn(t.TempDir(), "config", "--global", "--add", "safe.directory", g.dir)
	if _, err := Open(t.Context(), g.dir); err != nil {
		t.Errorf("Open of a trusted one = %v", err)
	}
}

func TestAFileOfAFolderHasItsPathFromTheTop(t *testing.T) {
	g := newRig(t)
	g.write("..web/site/x", "")
	linked := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(g.dir, "..web"), linked); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		g.dir: "a/b.yml", filepath.Join(g.dir, "..web"): "..web/a/b.yml", filepath.Join(g.dir, "..web", "site"): "..web/site/a/b.yml",
		linked: "..web/a/b.yml", t.TempDir(): "a/b.yml", filepath.Join(g.dir, "none"): "none/a/b.yml",
	} {
		if got := (&Repo{Dir: g.dir}).Path(dir, "a/b.yml"); got != want {
			t.Errorf("Path(%s) = %s, want %s", dir, got, want)
		}
	}
}

func TestHeadAndBranch(t *testing.T) {
	g := newRig(t)
	r := g.open()
	if _, err := r.Head(t.Context()); !errors.Is(err, ErrNoHistory) {
		t.Errorf("Head = %v, want %v", err, ErrNoHistory)
	}
	if branch, err := r.Branch(t.Context()); err != nil || branch != "main" {
		t.Errorf("Branch = %q, %v, want main", branch, err)
	}
	want := g.commit("x", "1")
	if head, err := r.Head(t.Context()); err != nil || head != want {
		t.Errorf("Head = %q, %v, want %s", head, err, want)
	}
	g.git("checkout", "-q", "--detach")
	if branch, err := r.Branch(t.Context()); err != nil || branch != "" {
		t.Errorf("Branch, detached = %q, %v, want none", branch, err)
	}
}

func TestVersionsAreTheNewestFirst(t *testing.T) {
	g := newRig(t)
	g.commit(workflow, "one")
	g.commit(workflow, "two")
	g.commit("other", "x")
	g.commit(workflow, "one") // again: told once, where it is newest
	g.commit(workflow, "")    // deleted
	r := g.open()
	if got := contents(t, r, workflow); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("Versions = %q, want one, two", got)
	}
	if got := contents(t, r, "never"); len(got) > 0 {
		t.Errorf("Versions of no file = %q", got)
	}
	for v, err := range r.Versions(t.Context(), workflow, 2) {
		if err != nil || string(v.Content) != "one" || v.Time.Unix() != 1_700_000_000+60*4 || v.Time.Location() != time.UTC || len(v.Commit) != 40 {
			t.Errorf("Versions of the last two commits = %+v, %v, want only the last before its deletion", v, err)
		}
	}
}

func TestVersionsKnowTheWholeHistoryOfAMerge(t *testing.T) {
	g := newRig(t)
	g.commit("f", "base")
	g.git("checkout", "-q", "-b", "side")
	g.commit("f", "side")
	g.commit("f", "base")
	g.git("checkout", "-q", "main")
	g.commit("other", "x")
	g.tick++
	g.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	// The default history of a path leaves out a side that changed nothing.
	if got := contents(t, g.open(), "f"); !slices.Equal(got, []string{"base", "side"}) {
		t.Errorf("Versions = %q, want base, side", got)
	}
}

func TestPathsAreNamesAndNothingElse(t *testing.T) {
	g := newRig(t)
	for _, path := range []string{"-n", ":(top)x", "a b", "*", "ä", "x:y", `"q"`, "--all"} {
		g.commit(path, "of "+path)
		if got := contents(t, g.open(), path); !slices.Equal(got, []string{"of " + path}) {
			t.Errorf("Versions(%q) = %q, want one", path, got)
		}
		if changed, err := g.open().Changed(t.Context(), path); err != nil || changed {
			t.Errorf("Changed(%q) = %t, %v", path, changed, err)
		}
	}
	for _, path := range []string{"../x", "/etc/passwd", "", "a\nb", "a\x00b"} {
		for _, err := range g.open().Versions(t.Context(), path, 0) {
			if err == nil {
				t.Errorf("Versions(%q) are yielded, want an error", path)
			}
		}
		if _, err := g.open().Changed(t.Context(), path); err == nil {
			t.Errorf("Changed(%q) is told, want an error", path)
		}
	}
}

func TestNewestValid(t *testing.T) {
	g := newRig(t)
	g.commit(workflow, "good 1")
	want := g.commit(workflow, "good 2")
	g.commit(workflow, "bad 1")
	g.commit(workflow, "bad 2")
	r := g.open()
	v, err := r.NewestValid(t.Context(), workflow, []byte("bad 2"), good)
	if err != nil || string(v.Content) != "good 2" || v.Commit != want {
		t.Errorf("NewestValid = %q of %s, %v, want good 2 of %s", v.Content, v.Commit, err, want)
	}
	if v, err := r.NewestValid(t.Context(), workflow, []byte("good 2"), good); err != nil || string(v.Content) != "good 1" {
		t.Errorf("NewestValid but what is there = %q, %v, want good 1", v.Content, err)
	}
	if _, err := r.NewestValid(t.Context(), workflow, nil, func([]byte) bool { return false }); !errors.Is(err, ErrNoVersion) {
		t.Errorf("NewestValid of none = %v, want %v", err, ErrNoVersion)
	}
	g.commit(workflow, "")
	if v, err := r.NewestValid(t.Context(), workflow, nil, good); err != nil || string(v.Content) != "good 2" {
		t.Errorf("NewestValid, deleted = %q, %v, want good 2", v.Content, err)
	}
	tree := filepath.Join(t.TempDir(), "tree")
	g.git("worktree", "add", "-q", "-b", "other", tree)
	if v, err := g.openAt(tree).NewestValid(t.Context(), workflow, nil, good); err != nil || string(v.Content) != "good 2" {
		t.Errorf("NewestValid in a worktree = %q, %v, want good 2", v.Content, err)
	}
}

func TestNewestValidBeforeTheFirstCommit(t *testing.T) {
	r := newRig(t).open()
	if _, err := r.NewestValid(t.Context(), workflow, nil, good); !errors.Is(err, ErrNoVersion) {
		t.Errorf("NewestValid = %v, want %v", err, ErrNoVersion)
	}
}

func TestAShallowCloneCannotTell(t *testing.T) {
	g := newRig(t)
	g.commit(workflow, "good 1")
	g.commit(workflow, "bad 1")
	clone := filepath.Join(t.TempDir(), "clone")
	g.git("clone", "-q", "--depth=1", "file://"+g.dir, clone)
	r := g.openAt(clone)
	if shallow, err := r.Shallow(t.Context()); err != nil || !shallow {
		t.Errorf("Shallow = %t, %v, want true", shallow, err)
	}
	_, err := r.NewestValid(t.Context(), workflow, []byte("bad 1"), good)
	if !errors.Is(err, ErrCannotTell) || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Errorf("NewestValid = %v, want %v and what to do", err, ErrCannotTell)
	}
	// What is there is taken.
	if v, err := r.NewestValid(t.Context(), workflow, nil, func([]byte) bool { return true }); err != nil || string(v.Content) != "bad 1" {
		t.Errorf("NewestValid = %q, %v, want what is there", v.Content, err)
	}
	if shallow, err := g.open().Shallow(t.Context()); err != nil || shallow {
		t.Errorf("Shallow of a whole one = %t, %v", shallow, err)
	}
}

func TestAPartialCloneCannotTellAndFetchesNothing(t *testing.T) {
	g := newRig(t)
	g.commit(workflow, "good 1")
	g.commit(workflow, "bad 1")
	g.git("config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone")
	g.git("clone", "-q", "--filter=blob:none", "file://"+g.dir, clone)
	_, err := g.openAt(clone).NewestValid(t.Context(), workflow, []byte("bad 1"), good)
	if !errors.Is(err, ErrCannotTell) {
		t.Errorf("NewestValid = %v, want %v", err, ErrCannotTell)
	}
	if missing := g.gitIn(clone, "rev-list", "--objects", "--all", "--missing=print"); !strings.Contains(missing, "?") {
		t.Errorf("nothing is missing any more: it was fetched\n%s", missing)
	}
}

func TestRemote(t *testing.T) {
	g := newRig(t)
	r := g.open()
	if _, err := r.Remote(t.Context()); !errors.Is(err, ErrNoRemote) {
		t.Errorf("Remote = %v, want %v", err, ErrNoRemote)
	}
	g.git("remote", "add", "origin", "https://me:s3cret@GitHub.com/acme/web.git")
	if remote, err := r.Remote(t.Context()); err != nil || remote != (Remote{"github.com", "acme", "web"}) {
		t.Errorf("Remote = %+v, %v", remote, err)
	}
	g.git("remote", "set-url", "origin", "https://me:s3cret@github.com/only%")
	if _, err := r.Remote(t.Context()); !errors.Is(err, ErrNoRemote) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("Remote = %v, want %v and no password", err, ErrNoRemote)
	}
}

func TestParseRemote(t *testing.T) {
	for address, want := range map[string]Remote{
		"https://github.com/acme/web":            {"github.com", "acme", "web"},
		"https://x-access-token:t@ghe.corp/a/b/": {"ghe.corp", "a", "b"},
		"ssh://git@github.com:22/acme/web.git":   {"github.com", "acme", "web"},
		"git@github.com:acme/web.js.git":         {"github.com", "acme", "web.js"},
		"github.com:acme/web":                    {"github.com", "acme", "web"},
		"/srv/git/web.git":                       {},
		"../web":                                 {},
		"file:///srv/git":                        {},
		"https://github.com/a/b/c":               {},
		"https://github.com/acme":                {},
		"git@github.com:acme/..":                 {},
		"git@github.com:acme/we b":               {},
		"":                                       {},
	} {
		if got, ok := parseRemote(address); got != want || ok != (want != Remote{}) {
			t.Errorf("parseRemote(%q) = %+v, %t, want %+v", address, got, ok, want)
		}
	}
}

func FuzzParseRemote(f *testing.F) {
	f.Add("https://me:s3cret@github.com/acme/web.git")
	f.Add("git@github.com:acme/web")
	f.Fuzz(func(t *testing.T, address string) {
		remote, ok := parseRemote(address)
		if ok && (!plainName(remote.Owner) || !plainName(remote.Name) || strings.ContainsAny(remote.Host, "@/")) {
			t.Errorf("parseRemote(%q) = %+v", address, remote)
		}
	})
}

func TestChanged(t *testing.T) {
	g := newRig(t)
	r := g.open()
	check := func(it, path string, want bool) {
		t.Helper()
		if got, err := r.Changed(t.Context(), path); err != nil || got != want {
			t.Errorf("it %s: %t, %v, want %t", it, got, err, want)
		}
	}
	check("knows what never was", "x", false)
	g.write("x", "1\n")
	check("knows a new file before the first commit", "x", true)
	g.commit("x", "1\n")
	check("knows what is committed", "x", false)
	g.write("x", "2\n")
	check("knows a change", "x", true)
	g.git("add", "x")
	check("knows a staged change", "x", true)
	g.write("x", "1\r\n")
	check("takes no line ends for a change", "x", false)
	g.write("new/y", "")
	check("knows an empty new file", "new/y", true)
	if err := os.Remove(filepath.Join(g.dir, "x")); err != nil {
		t.Fatal(err)
	}
	check("knows a deletion", "x", true)
	if err := os.Symlink("/etc/passwd", filepath.Join(g.dir, "link")); err != nil {
		t.Fatal(err)
	}
	check("knows a new link", "link", true)
	if err := os.Symlink("/etc", filepath.Join(g.dir, "etc")); err != nil {
		t.Fatal(err)
	}
	if changed, err := r.Changed(t.Context(), "etc/passwd"); err == nil {
		t.Errorf("Changed through a link out of the checkout = %t, want an error", changed)
	}
}

// TestNothingOfTheCheckoutIsRun gives a checkout every setting known to start a
// program, and reads it in all ways.
func TestNothingOfTheCheckoutIsRun(t *testing.T) {
	g := newRig(t)
	ran := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$0 $*\" >> "+ran+"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	g.commit("x", "good")
	g.commit(".gitattributes", "* filter=evil diff=evil\n")
	g.git("config", "core.hooksPath", filepath.Dir(script))
	for _, name := range []string{
		"core.fsmonitor", "core.pager", "pager.log", "core.sshCommand", "core.askPass", "core.editor", "diff.external", "diff.evil.command", "diff.evil.textconv",
		"filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "gpg.program", "gpg.ssh.program", "credential.helper", "alias.log", "alias.cat-file",
		"core.alternateRefsCommand", "uploadpack.packObjectsHook",
	} {
		g.git("config", name, script)
	}
	g.git("config", "log.showSignature", "true")
	g.git("config", "log.follow", "true")
	for _, name := range []string{"GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "PAGER", "GIT_TRACE"} {
		t.Setenv(name, script)
	}
	t.Setenv("GIT_DIR", t.TempDir())
	g.write("x", "changed")
	before := stamp(t, filepath.Join(g.dir, ".git", "index"))
	r := g.open()
	if got := contents(t, r, "x"); !slices.Equal(got, []string{"good"}) {
		t.Errorf("Versions = %q, want good", got)
	}
	_, err1 := r.Changed(t.Context(), "x")
	_, err2 := r.Shallow(t.Context())
	_, err3 := r.Branch(t.Context())
	_, err4 := r.NewestValid(t.Context(), "x", nil, good)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Error(err)
	}
	if said, err := os.ReadFile(ran); err == nil {
		t.Errorf("the checkout's programs ran: %s", said)
	}
	if after := stamp(t, filepath.Join(g.dir, ".git", "index")); after != before {
		t.Errorf("the index was written: %s, then %s", before, after)
	}
}

func stamp(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}

	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

func TestGitIsBoundedInTimeAndOutput(t *testing.T) {
	g := newRig(t)
	g.commit("x", "good")
	r := g.open()
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	fake := func(text string) {
		if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	fake("sleep 60 & sleep 60\n") // a child that would hold the pipe
	r.Timeout = 300 * time.Millisecond
	began := time.Now()
	if _, err := r.Head(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
		t.Errorf("Head of a git that hangs = %v after %s, want its deadline", err, time.Since(began))
	}
	r.Timeout = 0
	fake("exec cat /dev/zero\n")
	if _, err := r.Head(t.Context()); !errors.Is(err, errTooMuch) {
		t.Errorf("Head of a git that prints for ever = %v, want %v", err, errTooMuch)
	}
	fake("echo 'fatal: unable to access https://me:s3cret@example.org/x: no' >&2; exit 128\n")
	if _, err := r.Head(t.Context()); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "https://example.org/x") {
		t.Errorf("Head = %v, want the reason without the password", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Head(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Head = %v, want %v", err, context.Canceled)
	}
}
