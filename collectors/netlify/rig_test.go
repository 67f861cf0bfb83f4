package netlify

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

// rig is a site's folder with a clock of the test's.
type rig struct {
	t   *testing.T
	dir string
	at  time.Time
}

func newRig(t *testing.T, files map[string]string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	for name, text := range files {
		r.write(name, text)
	}

	return r
}

func (r *rig) now() time.Time { return r.at }

func (r *rig) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) remove(name string) {
	r.t.Helper()
	if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
		r.t.Fatal(err)
	}
}

// git runs git as a person would.
func (r *rig) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "HOME="+r.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}

	return strings.TrimSpace(string(out))
}

// commit commits everything.
func (r *rig) commit() string {
	r.t.Helper()
	if _, err := os.Stat(filepath.Join(r.dir, ".git")); err != nil {
		r.git("init", "-q", "-b", "main")
	}
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "change")

	return r.git("rev-parse", "HEAD")
}

// tree is everything in the folder but git's own, with contents and times.
func (r *rig) tree() string {
	r.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() == ".git" {
			return filepath.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := []byte{}
		if entry.Type().IsRegular() {
			text, err = os.ReadFile(path)
		}
		fmt.Fprintln(&b, path, info.Mode(), info.ModTime().UnixNano(), string(text))
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}

	return b.String()
}

func (r *rig) source(config schemas.Netlify) *Source {
	return NewSource("shop", r.dir, config, r.now)
}

// collect looks once.
func (r *rig) collect(s *Source) schemas.FunctionFacts {
	r.t.Helper()
	facts, err := s.Collect(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}

	return facts.(schemas.FunctionFacts)
}

// function is one function as it is seen.
func (r *rig) function(facts schemas.FunctionFacts, name string) schemas.Function {
	r.t.Helper()
	f, there := facts.Functions[schemas.NewID("netlify", "shop", "function", name, 0)]
	if !there {
		r.t.Fatalf("no function %s among %v", name, facts.Functions)
	}

	return f
}

const hello = `export default async () => new Response(process.env.GREETING)
export const config = { path: "/api/hello" }
`
