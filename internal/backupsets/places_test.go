package backupsets_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/ecosystem"
)

// restore puts a backup back, and says what was left out.
func restore(t *testing.T, set backupsets.Set, store *backup.Store, b backup.Backup) (left []string) {
	t.Helper()
	ctx := context.Background()
	roots, err := set.Places(ctx, b.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range b.Files {
		if set.Left(roots, file.Path) != "" {
			left = append(left, file.Path)
		}
	}
	plan, err := store.Plan(ctx, b.ID, roots, func(name string) bool { return set.Left(roots, name) == "" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(ctx, plan, backup.RestoreOptions{Apply: true}); err != nil {
		t.Fatalf("restore %+v: %v", plan.Changes, err)
	}

	return left
}

func remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func wantFiles(t *testing.T, files map[string]string) {
	t.Helper()
	for path, want := range files {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v; want %q", path, text, err, want)
		}
	}
}

// Where a file belongs does not depend on which others are there by then.
func TestAFileComesBackToWhereItWasWhateverElseIsGone(t *testing.T) {
	t.Parallel()
	a, b := t.TempDir(), t.TempDir()
	files := map[string]string{}
	for i, dir := range []string{a, b} {
		files[filepath.Join(dir, "apps.json")] = `{"apps": [{"name": "` + string(rune('a'+i)) + `", "script": "run.sh"}]}`
		files[filepath.Join(dir, "run.sh")] = "# of " + dir
		files[filepath.Join(dir, ".env")] = "DIR=" + dir
	}
	for path, text := range files {
		write(t, path, text)
	}
	dir, o := project(t, map[string]string{cjs: "module.exports = {apps: [{name: 'api', script: 'bin/api.js'}]}", "bin/api.js": "1"}, &ecosystem.Reader{},
		filepath.Join(a, "apps.json"), filepath.Join(b, "apps.json"), cjs)
	files[filepath.Join(dir, cjs)], files[filepath.Join(dir, "bin/api.js")] = "module.exports = {apps: [{name: 'api', script: 'bin/api.js'}]}", "1"
	for _, name := range []string{"pm2-local", "automation"} {
		store := open(t, o)
		set := named(t, o, name)
		taken := take(t, set, store)
		for _, gone := range [][]string{{filepath.Join(a, "apps.json"), filepath.Join(a, ".env"), filepath.Join(a, "run.sh")}, {filepath.Join(dir, cjs)}, {filepath.Join(dir, "bin/api.js")}} {
			remove(t, gone...)
			if left := restore(t, named(t, o, name), store, taken); len(left) > 0 {
				t.Errorf("%s leaves %v out", name, left)
			}
			wantFiles(t, files)
		}
		for path := range files {
			remove(t, path)
		}
		if left := restore(t, named(t, o, name), store, taken); len(left) > 0 {
			t.Errorf("%s leaves %v out of everything", name, left)
		}
		wantFiles(t, files)
	}
}

// A folder that only an ecosystem file names is believed of nothing else, least
// of all of a backup.
func TestAFolderThatAnEcosystemFileNamesIsLearnedFromIt(t *testing.T) {
	t.Parallel()
	far := outside(t)
	dir, o := project(t, map[string]string{cjs: "module.exports = {apps: [{name: 'a', script: 'far.js', cwd: '" + far + "'}]}"}, &ecosystem.Reader{}, cjs)
	for _, name := range []string{"pm2-local", "automation"} {
		store := open(t, o)
		set := named(t, o, name)
		taken := take(t, set, store)
		remove(t, filepath.Join(far, "far.js"))
		if left := restore(t, named(t, o, name), store, taken); len(left) > 0 {
			t.Errorf("%s leaves %v out", name, left)
		}
		wantFiles(t, map[string]string{filepath.Join(far, "far.js"): "1"})
		remove(t, filepath.Join(far, "far.js"), filepath.Join(dir, cjs))
		if left := restore(t, named(t, o, name), store, taken); len(left) != 1 || !strings.HasSuffix(left[0], "/far.js") {
			t.Errorf("without the ecosystem file %s leaves %v out, want far.js", name, left)
		}
		if left := restore(t, named(t, o, name), store, taken); len(left) > 0 {
			t.Errorf("with the ecosystem file %s leaves %v out", name, left)
		}
		wantFiles(t, map[string]string{filepath.Join(far, "far.js"): "1"})
	}
}

// An archive that somebody made says what it likes of folders.
func TestABackupIsNotBelievedAboutWhereItBelongs(t *testing.T) {
	t.Parallel()
	far := outside(t)
	dir, o := project(t, map[string]string{cjs: "module.exports = {apps: [{name: 'a', script: 'bin/api.js'}]}", "bin/api.js": "1"}, &ecosystem.Reader{}, cjs)
	for _, name := range []string{"pm2-local", "automation"} {
		store := open(t, o)
		evil := []backup.File{
			{Path: "elsewhere" + strings.ReplaceAll(far, "/", "+") + "/planted.js", Content: func(context.Context) ([]byte, error) { return []byte("evil"), nil }},
			{Path: "project/" + cjs, Root: dir, From: cjs},
		}
		b, _, err := store.Create(context.Background(), name, evil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if left := restore(t, named(t, o, name), store, b); len(left) != 1 {
			t.Errorf("%s leaves %v out, want what was planted", name, left)
		}
		if _, err := os.Stat(filepath.Join(far, "planted.js")); err == nil {
			t.Errorf("%s was planted", name)
		}
		found, _ := filepath.Glob(filepath.Join(dir, "elsewhere*"))
		if len(found) > 0 {
			t.Errorf("%v was made in the project", found)
		}
	}
}

// A file that two rules name is in a set once; a restore would stumble over the
// second.
func TestAFileIsInASetOnce(t *testing.T) {
	t.Parallel()
	dir, o := project(t, map[string]string{"automation/apps.json": `{apps: [{name: "a", script: "run.sh"}]} /* as PM2 takes it */`, "automation/run.sh": "true"}, &ecosystem.Reader{}, "automation/apps.json")
	store := open(t, o)
	set := named(t, o, "automation")
	if got, want := holds(t, set, store), "automation/apps.json automation/run.sh"; got != want {
		t.Errorf("it holds %q, want %q", got, want)
	}
	taken := take(t, set, store)
	if taken.State != backup.Good {
		t.Errorf("it is %s: %s", taken.State, taken.Reason)
	}
	remove(t, filepath.Join(dir, "automation/apps.json"), filepath.Join(dir, "automation/run.sh"))
	restore(t, set, store, taken)
	wantFiles(t, map[string]string{filepath.Join(dir, "automation/run.sh"): "true"})
}

// A script that a restore would refuse would keep all others from being restored.
func TestAScriptThatCannotBePutBackIsLeftOut(t *testing.T) {
	t.Parallel()
	dir, o := project(t, map[string]string{cjs: "module.exports = {apps: [{name: 'a', script: 'current/a.js'}, {name: 'b', script: 'b.js'}]}", "releases/1/a.js": "1", "b.js": "1"}, &ecosystem.Reader{}, cjs)
	if err := os.Symlink(filepath.Join(dir, "releases/1"), filepath.Join(dir, "current")); err != nil {
		t.Fatal(err)
	}
	want := []string{"project/b.js", "project/ecosystem.config.cjs", "project/releases/1/a.js"}
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Join(dir, "b.js"), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		want = want[1:]
	}
	store := open(t, o)
	set := named(t, o, "pm2-local")
	if got := strings.Fields(holds(t, set, store)); !slices.Equal(got, want) {
		t.Errorf("it holds %q, want %q", got, want)
	}
	taken := take(t, set, store)
	remove(t, filepath.Join(dir, "releases/1/a.js"))
	restore(t, set, store, taken)
	wantFiles(t, map[string]string{filepath.Join(dir, "releases/1/a.js"): "1"})
}
