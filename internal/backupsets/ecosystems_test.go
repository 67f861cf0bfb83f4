package backupsets_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/schemas"
)

// project is a folder with a configuration that names ecosystem files.
func project(t *testing.T, files map[string]string, reader *ecosystem.Reader, ecosystems ...string) (string, backupsets.Options) {
	t.Helper()
	dir, o := house(t, files)
	o.Config.PM2["local"] = schemas.PM2{Ecosystem: ecosystems}
	o.Resolve = func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}

		return filepath.Join(dir, path)
	}
	o.Reader = func(string) *ecosystem.Reader { return reader }

	return dir, o
}

func named(t *testing.T, o backupsets.Options, name string) backupsets.Set {
	t.Helper()
	set, err := backupsets.Find(backupsets.Of(o), name)
	if err != nil {
		t.Fatal(err)
	}

	return set
}

// holds is what a set has now, but for PM2's own files.
func holds(t *testing.T, set backupsets.Set, store *backup.Store) string {
	t.Helper()
	found, err := set.Select(context.Background(), store)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, file := range found.Files {
		if !strings.HasPrefix(file.Path, "home/") {
			paths = append(paths, file.Path)
		}
	}

	return strings.Join(paths, " ")
}

func take(t *testing.T, set backupsets.Set, store *backup.Store) backup.Backup {
	t.Helper()
	b, _, err := set.Create(context.Background(), store)
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

const cjs = "ecosystem.config.cjs"

// outside is a folder that no configuration names.
func outside(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "far.js"), "1")

	return dir
}

func TestASetHoldsWhatItsEcosystemFileNames(t *testing.T) {
	t.Parallel()
	far := outside(t)
	at := "elsewhere" + strings.ReplaceAll(far, "/", "+") + "/far.js"
	notAsked := &ecosystem.Reader{FindNode: func(context.Context) (string, error) { return "", pm2.ErrNotAsked }}
	for it, test := range map[string]struct {
		file, text string
		files      map[string]string
		reader     *ecosystem.Reader
		want       string
		wrong      string // part of why it is no good content; empty where it is
	}{
		"takes what JavaScript requires and names": {
			cjs, "module.exports = require('./lib/apps.cjs')",
			map[string]string{"lib/apps.cjs": "module.exports = {apps: [{name: 'api', script: 'bin/api.js', env: {TOKEN: 'x'}}]}", ".env": "A=1"},
			nil, "project/.env project/bin/api.js project/ecosystem.config.cjs project/lib/apps.cjs", "",
		},
		"takes what YAML names": {
			"apps.yml", "apps:\n  - name: api\n    script: ../bin/api.js\n    cwd: lib\n", map[string]string{"lib/x": ""}, nil, "project/apps.yml project/bin/api.js", "",
		},
		"takes what JSON with comments names, as PM2 does": {
			"ecosystem.json", "{apps: [{name: 'api', script: 'bin/api.js'},] /* two */}", nil, nil, "project/bin/api.js project/ecosystem.json", "",
		},
		"leaves a shell that runs a command line": {
			cjs, "module.exports = {apps: [{name: 'a', script: 'node bin/api.js'}, {name: 'b', script: 'sh'}, {name: 'c', script: '/bin/sh', cwd: '/bin'}, {name: 'd', script: '/bin/true', cwd: '/'}]}",
			nil, nil, "project/ecosystem.config.cjs", "",
		},
		"leaves what npm installed, also behind a link": {
			cjs, "module.exports = {apps: [{name: 'a', script: 'node_modules/x/x.js'}, {name: 'b', script: 'x'}]}",
			map[string]string{"node_modules/x/x.js": "1", "x": "-> node_modules/x/x.js"}, nil, "project/ecosystem.config.cjs", "",
		},
		"leaves a script of elsewhere": {
			cjs, "module.exports = {apps: [{name: 'a', script: '" + far + "/far.js'}]}", nil, nil, "project/ecosystem.config.cjs", "",
		},
		"takes a script below the folder of its app": {
			cjs, "module.exports = {apps: [{name: 'a', script: 'far.js', cwd: '" + far + "'}]}", nil, nil, at + " project/ecosystem.config.cjs", "",
		},
		"takes the file that a link leads to, and no folder": {
			cjs, "module.exports = {apps: [{name: 'a', script: 'link.js'}, {name: 'b', script: 'bin'}]}", map[string]string{"link.js": "-> bin/api.js"}, nil, "project/bin/api.js project/ecosystem.config.cjs", "",
		},
		"takes a file that is only misnamed":           {"ecosystem.js", "module.exports = {apps: [{name: 'a', script: 'bin/api.js'}]}", nil, nil, "project/bin/api.js project/ecosystem.js", ""},
		"takes a file with a script that is not there": {cjs, "module.exports = {apps: [{name: 'a', script: 'gone.js'}]}", nil, nil, "project/ecosystem.config.cjs", ""},
		"takes it alone, and calls it wrong, when it throws": {
			cjs, "const TOKEN = 'hidden';\nthrow new Error(TOKEN);\n", nil, nil, "project/ecosystem.config.cjs", "2:7: Error while it was evaluated",
		},
		"takes it alone when what it requires is broken": {
			cjs, "require('./part.cjs')", map[string]string{"part.cjs": "exports.TOKEN = 'hidden' 'hidden'"}, nil, "project/ecosystem.config.cjs", "SyntaxError",
		},
		"takes it alone, as good, when it does not come to an end": {cjs, "for (;;);", nil, &ecosystem.Reader{Timeout: 200 * time.Millisecond}, "project/ecosystem.config.cjs", ""},
		"takes it alone when it ends node":                         {cjs, "process.exit(0)", nil, nil, "project/ecosystem.config.cjs", "ended node"},
		"takes it alone, as good, when there is no node": {
			cjs, "module.exports = {apps: [{name: 'a', script: 'bin/api.js'}]}", nil, &ecosystem.Reader{Node: "/nowhere/node"}, "project/ecosystem.config.cjs", "",
		},
		"calls broken syntax wrong when there is no node": {
			cjs, "module.exports = {TOKEN: 'hidden' 'hidden'}", nil, &ecosystem.Reader{Node: "/nowhere/node"}, "project/ecosystem.config.cjs", "1:35: it is no JavaScript",
		},
		"takes it alone, as good, where rr has no right to evaluate it": {
			cjs, "module.exports = {apps: [{name: 'a', script: 'bin/api.js'}]}", nil, notAsked, "project/ecosystem.config.cjs", "",
		},
		"calls broken syntax wrong where rr has no right to evaluate it": {cjs, "module.exports = {TOKEN: 'hidden' 'hidden'}", nil, notAsked, "project/ecosystem.config.cjs", "1:35: it is no JavaScript"},
		"calls a file without apps wrong":                                {cjs, "module.exports = {}", nil, nil, "project/ecosystem.config.cjs", "it names no app"},
		"calls a list without apps wrong":                                {"apps.yml", "apps: []", nil, nil, "project/apps.yml", "it names no app"},
		"calls a setting wrong for which PM2 refuses the file": {
			"ecosystem.json", `{"apps": [{"name": "api", "script": "bin/api.js", "max_restarts": "hidden"}]}`, nil, nil, "project/bin/api.js project/ecosystem.json", "max_restarts must be a number",
		},
		"calls half a file wrong": {"ecosystem.json", `{"apps": [{"TOKEN": "hidden"`, nil, nil, "project/ecosystem.json", "1:"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			reader := test.reader
			if reader == nil {
				reader = &ecosystem.Reader{}
			}
			dir, o := project(t, map[string]string{"redundancy.cue": "", "bin/api.js": "1", test.file: test.text}, reader, test.file)
			for name, text := range test.files {
				if target, link := strings.CutPrefix(text, "-> "); !link {
					write(t, filepath.Join(dir, name), text)
				} else if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			store := open(t, o)
			for _, set := range []backupsets.Set{named(t, o, "pm2-local"), named(t, o, "automation")} {
				if got := holds(t, set, store); got != test.want {
					t.Errorf("%s holds %q, want %q", set.Name, got, test.want)
				}
				b := take(t, set, store)
				if (b.State == backup.Good) != (test.wrong == "") || !strings.Contains(b.Reason, test.wrong) || strings.Contains(b.Reason, "hidden") || strings.Contains(b.Reason, dir+"/"+test.file+":") {
					t.Errorf("%s is %s: %q, want one that tells %q and no secret", set.Name, b.State, b.Reason, test.wrong)
				}
				if b.State != backup.Good {
					continue
				}
				if drill, err := set.Drill(context.Background(), store, b, t.TempDir()); err != nil || len(drill.Problems) > 0 {
					t.Errorf("Drill() = %+v, %v; want no problems", drill, err)
				}
			}
		})
	}
}

// A command that $PATH has is no file of the project, also where a folder of
// $PATH is below it, as that of a node in one's home is.
func TestACommandIsNotTakenIn(t *testing.T) {
	dir, o := project(t, map[string]string{"apps.json": `{"apps": [{"name": "a", "script": "tool"}]}`, "tools/tool": "#!/bin/sh\n"}, &ecosystem.Reader{}, "apps.json")
	if err := os.Chmod(filepath.Join(dir, "tools/tool"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "tools"))
	if got, want := holds(t, named(t, o, "pm2-local"), open(t, o)), "project/apps.json"; got != want {
		t.Errorf("it holds %q, want %q", got, want)
	}
}
