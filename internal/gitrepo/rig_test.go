package gitrepo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// rig is a real checkout in a home of its own.
type rig struct {
	t    *testing.T
	dir  string
	tick int // commits, a minute apart
}

// newRig makes an empty repository on branch main. Nothing of the machine's git
// configuration is seen, by the test and by what it tests.
func newRig(t *testing.T) *rig {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := &rig{t: t, dir: dir}
	g.git("init", "-q", "-b", "main")

	return g
}

// git runs git as a person would.
func (g *rig) git(args ...string) string { return g.gitIn(g.dir, args...) }

func (g *rig) gitIn(dir string, args ...string) string {
	g.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	stamp := "@" + time0(g.tick) + " +0000"
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
		"GIT_COMMITTER_EMAIL=a@example.org", "GIT_AUTHOR_DATE="+stamp, "GIT_COMMITTER_DATE="+stamp)
	out, err := cmd.CombinedOutput()
	if err != nil {
		g.t.Fatalf("git %v: %v\n%s", args, err, out)
	}

	return strings.TrimSpace(string(out))
}

func (g *rig) write(path, text string) {
	g.t.Helper()
	full := filepath.Join(g.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

// commit writes a file and commits it; an empty text deletes it.
func (g *rig) commit(path, text string) string {
	g.t.Helper()
	g.tick++
	if text == "" {
		if err := os.Remove(filepath.Join(g.dir, path)); err != nil {
			g.t.Fatal(err)
		}
	} else {
		g.write(path, text)
	}
	g.git("--literal-pathspecs", "add", "-A", "--", path)
	g.git("commit", "-q", "-m", "change")

	return g.git("rev-parse", "HEAD")
}

func (g *rig) open() *Repo { return g.openAt(g.dir) }

func (g *rig) openAt(dir string) *Repo {
	g.t.Helper()
	r, err := Open(g.t.Context(), dir)
	if err != nil {
		g.t.Fatal(err)
	}

	return r
}
