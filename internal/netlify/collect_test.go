package netlify_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rr/internal/netlify"
)

func TestCollectTakesWhatIsPublished(t *testing.T) {
	files := map[string]string{
		"index.html": "shop", "deep/er/page one.html": "page", "_redirects": "/a /b", "deep/_headers": "x", ".well-known/security.txt": "contact",
		"node_modules/dep/index.js": "dep", "package": "no package.json",
		".env": "SECRET=1", ".git/config": "git", "deep/.hidden/x": "hidden", "__MACOSX/x": "mac", "deep/.DS_Store": "mac",
	}
	b, err := netlify.Collect(write(t, files), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".well-known/security.txt", "_redirects", "deep/_headers", "deep/er/page one.html", "index.html", "node_modules/dep/index.js", "package"}
	if got := slices.Sorted(maps.Keys(b.Files)); !slices.Equal(got, want) {
		t.Errorf("Collect took %q, want %q", got, want)
	}
	sum := sha1.Sum([]byte("shop"))
	if f := b.Files["index.html"]; f.Sum != hex.EncodeToString(sum[:]) || f.Size != 4 {
		t.Errorf("index.html is %+v", f)
	}
	files["package.json"] = "{}" // now it is a project
	if b, err = netlify.Collect(write(t, files), ""); err != nil || len(b.Files) != len(want) {
		t.Errorf("Collect of a project took %d files, %v; want all but node_modules", len(b.Files), err)
	}
	if _, found := b.Files["node_modules/dep/index.js"]; found {
		t.Error("Collect took the node_modules of a project")
	}
}

func TestCollectTakesTheFunctionsOfTheManifest(t *testing.T) {
	b := shop(t)
	if got := slices.Sorted(maps.Keys(b.Functions)); !slices.Equal(got, []string{"hello", "tick"}) {
		t.Fatalf("Collect took functions %q, want hello and tick and no stale one", got)
	}
	sum := sha256.Sum256([]byte("PK hello"))
	hello, tick := b.Functions["hello"], b.Functions["tick"]
	if hello.Sum != hex.EncodeToString(sum[:]) || hello.Runtime != "nodejs24.x" || hello.InvocationMode != "stream" || hello.RuntimeAPIVersion != 2 {
		t.Errorf("hello is %+v", hello)
	}
	if tick.Runtime != "js" || tick.Timeout != 26 || tick.RuntimeAPIVersion != 1 || len(b.Schedules) != 1 || b.Schedules[0] != (netlify.Schedule{Name: "tick", Cron: "*/5 * * * *"}) {
		t.Errorf("tick is %+v, schedules %+v", tick, b.Schedules)
	}
}

func TestCollectRefuses(t *testing.T) {
	outside := write(t, map[string]string{"secret": "s3cret"})
	public := func(more func(dir string) error) func(*testing.T) (string, string) {
		return func(t *testing.T) (string, string) {
			dir := write(t, map[string]string{"index.html": "shop"})
			if err := more(dir); err != nil {
				t.Fatal(err)
			}
			return dir, ""
		}
	}
	functions := func(manifest string, files map[string]string) func(*testing.T) (string, string) {
		return func(t *testing.T) (string, string) {
			if files == nil {
				files = map[string]string{"a.zip": "PK"}
			}
			all := maps.Clone(files)
			all["manifest.json"] = manifest
			return write(t, map[string]string{"index.html": "shop"}), write(t, all)
		}
	}
	one := func(fields string) string { return `{"version":1,"functions":[{` + fields + `}]}` }
	for _, c := range []struct {
		name string
		dirs func(*testing.T) (string, string)
		want string
	}{
		{"a link out of the folder", public(func(dir string) error {
			return os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link"))
		}), "link: "},
		{"a relative link out of it", public(func(dir string) error { return os.Symlink("../../../../../etc/hostname", filepath.Join(dir, "link")) }), "link: "},
		{"a link to a folder", public(func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "link")) }), "link: "},
		{"a link to a folder within", public(func(dir string) error { return os.Symlink(".", filepath.Join(dir, "loop")) }), "loop: it is not a file"},
		{"a link to nothing", public(func(dir string) error { return os.Symlink("gone", filepath.Join(dir, "link")) }), "link: "},
		{"a link to itself", public(func(dir string) error { return os.Symlink("link", filepath.Join(dir, "link")) }), "link: "},
		{"a pipe", public(func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644) }), "pipe: it is not a file"},
		{"a name with #", public(func(dir string) error { return os.WriteFile(filepath.Join(dir, "a#b"), nil, 0o644) }), "takes no # or ?"},
		{"a name with ?", public(func(dir string) error { return os.WriteFile(filepath.Join(dir, "a?b"), nil, 0o644) }), "takes no # or ?"},
		{"a name that is no text", public(func(dir string) error { return os.WriteFile(filepath.Join(dir, "a\xff"), nil, 0o644) }), "not UTF-8"},
		{"a folder that is not there", func(t *testing.T) (string, string) { return filepath.Join(t.TempDir(), "public"), "" }, "no such file"},
		{"a file for a folder", func(t *testing.T) (string, string) { return filepath.Join(outside, "secret"), "" }, "it is not a folder"},
		{"nothing at all", func(t *testing.T) (string, string) { return t.TempDir(), "" }, "nothing to deploy"},
		{"functions without a manifest", func(t *testing.T) (string, string) {
			return write(t, map[string]string{"index.html": "shop"}), write(t, map[string]string{"a.zip": "PK"})
		}, "build the functions first"},
		{"a manifest that is no JSON", functions(`{"version":1,`, nil), "manifest.json: "},
		{"a manifest of another version", functions(`{"version":2,"functions":[]}`, nil), "version 2, want 1"},
		{"a manifest without a version", functions(`{"functions":[]}`, nil), "version 0, want 1"},
		{"a function without a name", functions(one(`"path":"/a.zip","runtime":"js"`), nil), "function 0"},
		{"a function with a path for a name", functions(one(`"name":"../a","path":"/a.zip","runtime":"js"`), nil), "function 0"},
		{"a function without a path", functions(one(`"name":"a","runtime":"js"`), nil), "it has no path"},
		{"a function without a runtime", functions(one(`"name":"a","path":"/a.zip"`), nil), "it has no runtime"},
		{"a function with a negative timeout", functions(one(`"name":"a","path":"/a.zip","runtime":"js","timeout":-1`), nil), "negative"},
		{"a function that is there twice", functions(`{"version":1,"functions":[{"name":"a","path":"/a.zip","runtime":"js"},{"name":"a","path":"/a.zip","runtime":"js"}]}`, nil), "twice"},
		{"a function whose zip is gone", functions(one(`"name":"b","path":"/b.zip","runtime":"js"`), nil), "function b: b.zip"},
		{"a function whose zip is the folder", functions(one(`"name":"b","path":"/","runtime":"js"`), nil), "function b"},
		{"a function whose zip is the parent", functions(one(`"name":"b","path":"/..","runtime":"js"`), nil), "function b"},
		{"a function of 51 MB", functions(one(`"name":"a","path":"/a.zip","runtime":"js"`), map[string]string{"a.zip": strings.Repeat("P", netlify.MaxFunction+1)}), "is of 52428801 bytes, Netlify takes 52428800"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := netlify.Collect(c.dirs(t))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Collect of %s = %d files, %v; want %q", c.name, len(b.Files), err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
}

func TestCollectFollowsLinksWithinTheFolder(t *testing.T) {
	dir := write(t, map[string]string{"assets/index.html": "shop"})
	if err := os.Symlink("assets/index.html", filepath.Join(dir, "index.html")); err != nil {
		t.Fatal(err)
	}
	b, err := netlify.Collect(dir, "")
	if err != nil || len(b.Files) != 2 || b.Files["index.html"].Sum != b.Files["assets/index.html"].Sum {
		t.Errorf("Collect = %+v, %v; want both with one digest", b.Files, err)
	}
}

func TestAddAddsAFile(t *testing.T) {
	dir := write(t, map[string]string{"netlify.toml": "[build]", "sub/x": ""})
	var b netlify.Bundle
	if err := b.Add("netlify.toml", filepath.Join(dir, "netlify.toml")); err != nil || b.Files["netlify.toml"].Size != 7 {
		t.Errorf("Add = %v, %+v", err, b.Files)
	}
	for _, name := range []string{"", ".", "/abs", "../up", "a//b", "a#b"} {
		if err := b.Add(name, filepath.Join(dir, "netlify.toml")); err == nil {
			t.Errorf("Add took %q for a path on the site", name)
		}
	}
	for _, file := range []string{filepath.Join(dir, "gone"), filepath.Join(dir, "sub")} {
		if err := b.Add("x", file); err == nil {
			t.Errorf("Add took %s", file)
		}
	}
}

// Every part of a bundle tells it apart.
func TestHashTellsBundlesApart(t *testing.T) {
	base := func() netlify.Bundle {
		return netlify.Bundle{
			Files:     map[string]netlify.File{"a": {Sum: "1", Dir: "/x"}},
			Functions: map[string]netlify.FunctionFile{"f": {File: netlify.File{Sum: "2"}, Runtime: "js"}},
			Schedules: []netlify.Schedule{{Name: "f", Cron: "@daily"}},
		}
	}
	seen := map[string]int{base().Hash(): -1}
	for i, change := range []func(*netlify.Bundle){
		func(b *netlify.Bundle) { b.Files["b"] = netlify.File{Sum: "1"} },
		func(b *netlify.Bundle) { b.Files = map[string]netlify.File{"b": {Sum: "1"}} },
		func(b *netlify.Bundle) { b.Files["a"] = netlify.File{Sum: "3"} },
		func(b *netlify.Bundle) { b.Functions = nil },
		func(b *netlify.Bundle) {
			b.Functions["f"] = netlify.FunctionFile{File: netlify.File{Sum: "2"}, Runtime: "go"}
		},
		func(b *netlify.Bundle) {
			b.Functions["f"] = netlify.FunctionFile{File: netlify.File{Sum: "2"}, Runtime: "js", Timeout: 1}
		},
		func(b *netlify.Bundle) {
			b.Functions["f"] = netlify.FunctionFile{File: netlify.File{Sum: "2"}, Runtime: "js", Config: netlify.FunctionConfig{Memory: 1}}
		},
		func(b *netlify.Bundle) { b.Schedules[0].Cron = "@hourly" },
	} {
		b := base()
		change(&b)
		if before, found := seen[b.Hash()]; found {
			t.Errorf("change %d has the hash of %d", i, before)
		}
		seen[b.Hash()] = i
	}
	moved := base()
	moved.Files["a"] = netlify.File{Sum: "1", Dir: "/y"}
	if moved.Hash() != base().Hash() {
		t.Error("the same content elsewhere has another hash")
	}
}
