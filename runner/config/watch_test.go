package config

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

const testQuiet = 50 * time.Millisecond

// watching runs a watch that never looks of itself, and counts what it tells.
type watching struct {
	t    *testing.T
	told chan time.Time
}

func startWatch(t *testing.T, w Watched) watching {
	t.Helper()
	return startWatchWhere(t, func() Watched { return w }, time.Hour)
}

func startWatchWhere(t *testing.T, where func() Watched, sweep time.Duration) watching {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan time.Time, 1000)
	var wg sync.WaitGroup
	wg.Go(func() {
		w := watch{where: where, quiet: testQuiet, longest: 2 * time.Second, sweep: sweep, changed: func() { told <- time.Now() }}
		if err := w.run(ctx); err != nil {
			t.Errorf("run() = %v, want nil", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	watching := watching{t: t, told: told}
	watching.next(3 * time.Second) // at its start
	time.Sleep(2 * testQuiet)      // past the look that follows each telling

	return watching
}

// next waits for the next telling and returns when it was.
func (w watching) next(within time.Duration) time.Time {
	w.t.Helper()
	select {
	case at := <-w.told:
		return at
	case <-time.After(within):
		w.t.Fatalf("nothing told within %s", within)
		return time.Time{}
	}
}

func (w watching) silent(during time.Duration) {
	w.t.Helper()
	select {
	case <-w.told:
		w.t.Error("told, want silence")
	case <-time.After(during):
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// writers change a configuration in the ways that editors and tools do. Each
// ends with the text in the file dir/redundancy.cue.
var writers = []struct {
	does  string
	setUp func(t *testing.T, dir string)
	write func(t *testing.T, dir, text string)
}{
	{does: "written in place", write: func(t *testing.T, dir, text string) {
		put(t, filepath.Join(dir, FileName), text)
	}},
	{does: "renamed over", write: func(t *testing.T, dir, text string) {
		put(t, filepath.Join(dir, "tmp123"), text)
		must(t, os.Rename(filepath.Join(dir, "tmp123"), filepath.Join(dir, FileName)))
	}},
	{does: "replaced as vim does", write: func(t *testing.T, dir, text string) {
		file := filepath.Join(dir, FileName)
		put(t, filepath.Join(dir, "."+FileName+".swp"), text)
		must(t, os.Rename(file, file+"~"))
		put(t, file, text)
		must(t, os.Remove(file+"~"), os.Remove(filepath.Join(dir, "."+FileName+".swp")))
	}},
	{does: "deleted and created", write: func(t *testing.T, dir, text string) {
		must(t, os.Remove(filepath.Join(dir, FileName)))
		time.Sleep(100 * time.Millisecond)
		put(t, filepath.Join(dir, FileName), text)
	}},
	{does: "written slowly", write: func(t *testing.T, dir, text string) {
		file, err := os.Create(filepath.Join(dir, FileName))
		must(t, err)
		for _, c := range text {
			_, err := file.WriteString(string(c))
			must(t, err)
			time.Sleep(10 * time.Millisecond)
		}
		must(t, file.Close())
	}},
	{does: "truncated, and written later", write: func(t *testing.T, dir, text string) {
		file, err := os.Create(filepath.Join(dir, FileName))
		must(t, err)
		time.Sleep(120 * time.Millisecond)
		_, err = file.WriteString(text)
		must(t, err, file.Close())
	}},
	{
		does: "swapped as Kubernetes does",
		setUp: func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, FileName)))
			put(t, filepath.Join(dir, "..first", FileName), "first")
			must(t, os.Symlink("..first", filepath.Join(dir, "..data")))
			must(t, os.Symlink(filepath.Join("..data", FileName), filepath.Join(dir, FileName)))
		},
		write: func(t *testing.T, dir, text string) {
			old, err := os.Readlink(filepath.Join(dir, "..data"))
			must(t, err)
			put(t, filepath.Join(dir, "..of "+text, FileName), text)
			must(t, os.Symlink("..of "+text, filepath.Join(dir, "..data_tmp")))
			must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")), os.RemoveAll(filepath.Join(dir, old)))
		},
	},
	{
		does: "written behind a link to another folder",
		setUp: func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, FileName)))
			put(t, filepath.Join(dir, "real", "file"), "first")
			must(t, os.Symlink(filepath.Join(dir, "real", "file"), filepath.Join(dir, FileName)))
		},
		write: func(t *testing.T, dir, text string) { put(t, filepath.Join(dir, "real", "file"), text) },
	},
	{
		does: "behind a folder link that is turned to another folder",
		setUp: func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, FileName)))
			put(t, filepath.Join(dir, "links", "of first", "file"), "first")
			must(t, os.Symlink("of first", filepath.Join(dir, "links", "current")))
			must(t, os.Symlink(filepath.Join("links", "current", "file"), filepath.Join(dir, FileName)))
		},
		write: func(t *testing.T, dir, text string) {
			put(t, filepath.Join(dir, "links", "of "+text, "file"), text)
			must(t, os.Symlink("of "+text, filepath.Join(dir, "links", "next")))
			must(t, os.Rename(filepath.Join(dir, "links", "next"), filepath.Join(dir, "links", "current")))
		},
	},
	{does: "in a folder that is deleted and created", write: func(t *testing.T, dir, text string) {
		must(t, os.RemoveAll(dir))
		put(t, filepath.Join(dir, FileName), text)
	}},
	{does: "in a folder that is exchanged for another", write: func(t *testing.T, dir, text string) {
		put(t, filepath.Join(dir+".new", FileName), text)
		must(t, os.Rename(dir, dir+".old"), os.Rename(dir+".new", dir), os.RemoveAll(dir+".old"))
	}},
}

func TestWatchTellsEveryEditOfEveryWriter(t *testing.T) {
	const edits = 12
	for _, writer := range writers {
		t.Run("it tells of a file "+writer.does, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "etc")
			put(t, filepath.Join(dir, FileName), "first")
			if writer.setUp != nil {
				writer.setUp(t, dir)
			}
			w := startWatch(t, Watched{Config: filepath.Join(dir, FileName)})
			var late []time.Duration
			for i := range edits {
				time.Sleep(2 * testQuiet) // past the look that follows each telling
				writer.write(t, dir, fmt.Sprintf("edit %d", i))
				wrote := time.Now()
				late = append(late, w.next(3*time.Second).Sub(wrote))
			}
			slices.Sort(late)
			t.Logf("told after %s at the median, %s at most", late[edits/2].Round(time.Millisecond), late[edits-1].Round(time.Millisecond))
		})
	}
}

func TestWatchTellsOfPolicies(t *testing.T) {
	for _, row := range []struct {
		does string
		edit func(t *testing.T, policies string)
	}{
		{"tells of a changed policy", func(t *testing.T, p string) { put(t, filepath.Join(p, "a.rego"), "package b") }},
		{"tells of a new policy", func(t *testing.T, p string) { put(t, filepath.Join(p, "b.rego"), "package b") }},
		{"tells of a policy in a new folder of a new folder", func(t *testing.T, p string) { put(t, filepath.Join(p, "x", "y", "b.rego"), "package b") }},
		{"tells of a changed policy in a folder", func(t *testing.T, p string) { put(t, filepath.Join(p, "pm2", "c.rego"), "package b") }},
		{"tells of data", func(t *testing.T, p string) { put(t, filepath.Join(p, "pm2", "data.json"), "{}") }},
		{"tells of a deleted policy", func(t *testing.T, p string) { must(t, os.Remove(filepath.Join(p, "a.rego"))) }},
		{"tells of a deleted folder", func(t *testing.T, p string) { must(t, os.RemoveAll(filepath.Join(p, "pm2"))) }},
		{"tells of a folder moved in", func(t *testing.T, p string) {
			put(t, filepath.Join(p, "..", "else", "d.rego"), "package d")
			must(t, os.Rename(filepath.Join(p, "..", "else"), filepath.Join(p, "d")))
		}},
		{"tells of a folder that is exchanged for another", func(t *testing.T, p string) {
			put(t, filepath.Join(p+".new", "a.rego"), "package new")
			must(t, os.Rename(p, p+".old"), os.Rename(p+".new", p))
		}},
	} {
		t.Run("it "+row.does, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			policies := filepath.Join(dir, "policies")
			put(t, filepath.Join(dir, FileName), "first")
			put(t, filepath.Join(policies, "a.rego"), "package a")
			put(t, filepath.Join(policies, "pm2", "c.rego"), "package c")
			w := startWatch(t, Watched{Config: filepath.Join(dir, FileName), Policies: policies})
			row.edit(t, policies)
			w.next(2 * time.Second)
		})
	}
}

func TestWatchIsSilentAboutWhatChangesNothing(t *testing.T) {
	dir := t.TempDir()
	config, policies := filepath.Join(dir, FileName), filepath.Join(dir, "policies")
	put(t, config, "first")
	put(t, filepath.Join(policies, "a.rego"), "package a")
	w := startWatch(t, Watched{Config: config, Policies: policies})
	put(t, config, "first")
	must(t, os.Chtimes(config, time.Now(), time.Now()))
	put(t, filepath.Join(dir, "."+FileName+".swp"), "swap")
	put(t, config+"~", "backup")
	put(t, filepath.Join(dir, "other.cue"), "x: 1")
	put(t, filepath.Join(policies, ".a.rego.swp"), "swap")
	put(t, filepath.Join(policies, ".#a.rego"), "lock")
	put(t, filepath.Join(policies, "README.md"), "words")
	w.silent(300 * time.Millisecond)
}

func TestWatchTellsOfAWriterThatNeverRests(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, FileName)
	put(t, config, "first")
	w := startWatch(t, Watched{Config: config})
	began := time.Now()
	for i := 0; len(w.told) == 0 && time.Since(began) < 4*time.Second; i++ {
		put(t, config, fmt.Sprintf("edit %d", i))
		time.Sleep(10 * time.Millisecond)
	}
	if took := w.next(time.Second).Sub(began); took > 2500*time.Millisecond {
		t.Errorf("told after %s, want 2 s", took)
	}
}

func TestWatchTellsOfAFileThatStaysAway(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, FileName)
	put(t, config, "first")
	w := startWatch(t, Watched{Config: config})
	must(t, os.Remove(config))
	w.silent(time.Second)
	w.next(2 * time.Second)
	put(t, config, "second")
	w.next(time.Second)
}

func TestWatchTellsOfAChangeMadeWhileItTold(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, FileName)
	put(t, config, "first")
	told := make(chan string, 10)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = Watch(ctx, func() Watched { return Watched{Config: config} }, testQuiet, func() {
			text, _ := os.ReadFile(config)
			if string(text) == "first" {
				put(t, config, "second")
				time.Sleep(200 * time.Millisecond)
			}
			told <- string(text)
		})
	})
	if first, second := <-told, <-told; first != "first" || second != "second" {
		t.Errorf("told %q, %q, want first, second", first, second)
	}
	cancel()
	wg.Wait()
}

func TestWatchFollowsAConfigurationThatNamesAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, FileName)
	put(t, config, "one")
	put(t, filepath.Join(dir, "one", "a.rego"), "package a")
	put(t, filepath.Join(dir, "two", "a.rego"), "package a")
	w := startWatchWhere(t, func() Watched {
		text, _ := os.ReadFile(config)
		return Watched{Config: config, Policies: filepath.Join(dir, string(text))}
	}, time.Hour)
	put(t, config, "two")
	w.next(time.Second)
	time.Sleep(2 * testQuiet)
	put(t, filepath.Join(dir, "two", "a.rego"), "package b")
	w.next(time.Second)
	put(t, filepath.Join(dir, "one", "a.rego"), "package b")
	w.silent(200 * time.Millisecond)
}

func TestWatchSweepsWhatTheSystemDoesNotTell(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "c")
	config := filepath.Join(dir, FileName)
	put(t, config, "first")
	w := startWatchWhere(t, func() Watched { return Watched{Config: config} }, 100*time.Millisecond)
	above := filepath.Dir(filepath.Dir(dir))
	put(t, filepath.Join(above+".new", "b", "c", FileName), "second")
	must(t, os.Rename(above, above+".old"), os.Rename(above+".new", above))
	w.next(time.Second)
}
