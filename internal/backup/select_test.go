package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestGlobs(t *testing.T) {
	for _, row := range []struct {
		glob string
		yes  string
		no   string
	}{
		{"a.yml", "a.yml", "b.yml x/a.yml a.yml/x"},
		{"*.yml", "a.yml .yml .a.yml", "a.yaml x/a.yml"},
		{"**/*.yml", "a.yml x/a.yml x/y/a.yml", "x/a.yaml a.yml/x"},
		{".github/workflows/*.{yml,yaml}", ".github/workflows/ci.yml .github/workflows/ci.yaml", ".github/workflows/ci.json .github/ci.yml .github/workflows/x/ci.yml"},
		{"automation/**", "automation automation/a automation/x/y", "x/automation/a"},
		{"**", "a a/b", ""},
		{"a/**/b", "a/b a/x/b a/x/y/b", "a b a/b/x"},
		{"a/**/**/b", "a/b a/x/b", "a"},
		{"**/a/**", "a/b x/a/y x/y/a/z/w", "b x/b"},
		{"{a,b/{c,d}}.js", "a.js b/c.js b/d.js", "b.js c.js"},
		{"[ab]?.js", "ax.js b1.js", "a.js cx.js"},
		{"./a//b", "a/b", "a"},
	} {
		globs, err := parseGlobs(row.glob)
		if err != nil {
			t.Errorf("%s: %v", row.glob, err)
			continue
		}
		match := func(name string) bool {
			for _, g := range globs {
				if g.match(strings.Split(name, "/")) {
					return true
				}
			}
			return false
		}
		for _, name := range strings.Fields(row.yes) {
			if !match(name) {
				t.Errorf("%s does not match %s", row.glob, name)
			}
			for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
				below := false
				for _, g := range globs {
					below = below || g.below(strings.Split(dir, "/"))
				}
				if !below {
					t.Errorf("%s does not look into %s for %s", row.glob, dir, name)
				}
			}
		}
		for _, name := range strings.Fields(row.no) {
			if match(name) {
				t.Errorf("%s matches %s", row.glob, name)
			}
		}
	}
	for _, text := range []string{"", "/etc/*", "../x", "a/../../x", "[", "a/[", strings.Repeat("{a,b}", 20)} {
		if _, err := parseGlobs(text); err == nil {
			t.Errorf("parseGlobs(%q) is taken", text)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a/**/{b,c}*.js", "a/x/b1.js")
	f.Fuzz(func(t *testing.T, text, name string) {
		globs, err := parseGlobs(text)
		if err != nil || len(text) > 200 || len(name) > 200 {
			return
		}
		for _, g := range globs {
			elements := strings.Split(name, "/")
			if g.match(elements) && len(elements) > 1 && !g.below(elements[:len(elements)-1]) {
				t.Errorf("%q matches %q and does not look into its folder", g, name)
			}
		}
	})
}

func TestSelect(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "1"})
	live := tree(t, map[string]string{
		".github/workflows/ci.yml": "1", ".github/workflows/old.yml": "1", ".git/hooks/x.yml": "1", "node_modules/a/x.yml": "1", "sub/node_modules/x.yml": "1",
		"a.yml": "1", "b.js": "1", "sub/x.yml": "1", "odd\\name.yml": "1", ".rr/backups/shop/x.yml": "1",
	})
	for name, target := range map[string]string{"link.yml": "a.yml", "out": outside, "out.yml": outside + "/secret"} {
		if err := os.Symlink(target, filepath.Join(live, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(live, "fifo.yml"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(filepath.Join(live, ".rr/backups"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		globs   string
		files   string
		skipped int
	}{
		{"**/*.yml", ".github/workflows/ci.yml .github/workflows/old.yml a.yml sub/x.yml", 4},
		{"**/*.yml !**/old.yml", ".github/workflows/ci.yml a.yml sub/x.yml", 4},
		{".github/workflows/*", ".github/workflows/ci.yml .github/workflows/old.yml", 0},
		{"out/*", "", 0},
		{"*.js", "b.js", 0},
		{"none", "", 0},
		{"!a.yml", "", 0},
	} {
		found, err := s.Select(context.Background(), live, "", strings.Fields(row.globs)...)
		var names []string
		for _, f := range found.Files {
			names = append(names, f.Path)
		}
		if err != nil || strings.Join(names, " ") != row.files || len(found.Skipped) != row.skipped {
			t.Errorf("Select(%s) = %q, skipped %q, %v, want %s", row.globs, names, found.Skipped, err, row.files)
		}
	}
	found, err := s.Select(context.Background(), live, "app", "a.yml")
	if err != nil || len(found.Files) != 1 || found.Files[0].Path != "app/a.yml" {
		t.Errorf("Select with a prefix = %+v, %v", found, err)
	}
	if b, _, err := s.Create(context.Background(), "shop", found.Files, nil); err != nil || b.Files[0].Path != "app/a.yml" {
		t.Errorf("Create of it = %+v, %v", b, err)
	}
}

func TestSelectIsBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprint(i)] = ""
	}
	s := mustOpen(t, Options{MaxFiles: 10})
	if _, err := s.Select(context.Background(), tree(t, files), "", "**"); !errors.Is(err, ErrLimit) {
		t.Errorf("Select = %v, want %v", err, ErrLimit)
	}
	if _, err := s.Select(context.Background(), "relative", "", "**"); err == nil {
		t.Error("Select takes a relative folder")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Select(ctx, tree(t, files), "", "**"); !errors.Is(err, context.Canceled) {
		t.Errorf("Select = %v, want %v", err, context.Canceled)
	}
}
