package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

// ticker is a clock that goes on by a second each time it is asked.
type ticker struct{ now time.Time }

func (c *ticker) tell() time.Time {
	c.now = c.now.Add(time.Second)

	return c.now
}

func newTicker() *ticker {
	return &ticker{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

// fastDir is a folder in memory where there is one: most tests write much and
// need no disk.
func fastDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "rr-backup-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })

	return dir
}

func mustOpen(t testing.TB, options Options) *Store {
	t.Helper()
	if options.Clock == nil {
		options.Clock = newTicker().tell
	}
	s, err := Open(filepath.Join(fastDir(t), "store"), options)
	if err != nil {
		t.Fatal(err)
	}

	return s
}

// keys are a recipient and the identity that opens what is for it.
func keys(t testing.TB) (recipient string, identities func() ([]age.Identity, error)) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}

	return id.Recipient().String(), IdentityText(id.String(), "the test's key")
}

// both runs a test with plain and with encrypted archives.
func both(t *testing.T, test func(t *testing.T, options Options)) {
	t.Run("plain", func(t *testing.T) { test(t, Options{}) })
	t.Run("age", func(t *testing.T) {
		recipient, identities := keys(t)
		test(t, Options{Recipients: []string{recipient}, Identities: identities})
	})
}

// tree writes files, by path, into a folder of their own.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := fastDir(t)
	for name, content := range files {
		write(t, dir, name, content)
	}

	return dir
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listing tells all of a folder: names, kinds, modes and contents.
func listing(t testing.TB, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		content := ""
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = string(b)
		}
		fmt.Fprintf(&out, "%s %v %q\n", name, info.Mode(), content)

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	return out.String()
}

// sample is a small shop: a workflow, a function and a dump.
func sample() map[string]string {
	return map[string]string{
		".github/workflows/ci.yml":    "on: push\njobs: {}\n",
		"netlify/functions/hello.mjs": "export default () => new Response('hello')\n",
		"pm2/dump.pm2":                `[{"name":"api"},{"name":"worker"}]`,
	}
}

func selected(t testing.TB, s *Store, dir string) []File {
	t.Helper()
	found, err := s.Select(context.Background(), dir, "", "**")
	if err != nil {
		t.Fatal(err)
	}

	return found.Files
}

// broken judges by a word in the content.
func broken(_ string, content []byte) error {
	if strings.Contains(string(content), "BROKEN") {
		return errors.New("it is broken")
	}

	return nil
}

func mustCreate(t testing.TB, s *Store, set, dir string) Backup {
	t.Helper()
	b, _, err := s.Create(context.Background(), set, selected(t, s, dir), broken)
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func mustList(t testing.TB, s *Store, set string) []Backup {
	t.Helper()
	all, err := s.List(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}

	return all
}

func mustPlan(t testing.TB, s *Store, id string, roots Roots) Plan {
	t.Helper()
	plan, err := s.Plan(context.Background(), id, roots, nil)
	if err != nil {
		t.Fatal(err)
	}

	return plan
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}

	return string(text)
}

// wantError checks that an error is of a kind and tells something.
func wantError(t testing.TB, what string, err, kind error, tells string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(fmt.Sprint(err), tells) {
		t.Errorf("%s = %v, want %v that tells %q", what, err, kind, tells)
	}
}
