package backupsets_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/ecosystem"
	"rr/schemas"
)

// counting is a reader whose node writes down each of its starts.
func counting(t *testing.T) (r *ecosystem.Reader, starts func() int) {
	t.Helper()
	dir := t.TempDir()
	node := filepath.Join(dir, "node")
	write(t, node, "#!/bin/sh\nprintf x >>"+dir+"/starts\nexec node \"$@\"\n")
	if err := os.Chmod(node, 0o755); err != nil {
		t.Fatal(err)
	}

	return &ecosystem.Reader{Node: node}, func() int {
		text, err := os.ReadFile(filepath.Join(dir, "starts"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}

		return len(text)
	}
}

func TestAFileIsEvaluatedOnceForEachContentAndNeverForAList(t *testing.T) {
	t.Parallel()
	reader, starts := counting(t)
	dir, o := project(t, map[string]string{
		cjs: "module.exports = require('./apps.cjs')", "apps.cjs": "module.exports = {apps: [{name: 'api', script: 'bin/api.js'}]}", "bin/api.js": "1",
		"broken.config.cjs": "throw new Error()",
	}, reader, cjs, "broken.config.cjs")
	store := open(t, o)
	sets := backupsets.Of(o)
	if _, _ = o.Store(os.Getenv), backupsets.Refused(sets[0], *o.Config.Backup); starts() != 0 {
		t.Fatalf("listing sets started node %d times", starts())
	}
	for range 3 { // two sets, of one file that can be evaluated and one that cannot
		for _, name := range []string{"pm2-local", "automation"} {
			set := named(t, o, name)
			if got, want := holds(t, set, store), "project/apps.cjs project/bin/api.js project/broken.config.cjs project/ecosystem.config.cjs"; got != want {
				t.Errorf("%s holds %q, want %q", name, got, want)
			}
			take(t, set, store)
		}
	}
	if got := starts(); got != 2 {
		t.Errorf("two files that did not change started node %d times, want twice", got)
	}
	write(t, filepath.Join(dir, "apps.cjs"), "module.exports = {apps: [{name: 'api', script: 'apps.cjs'}]}")
	if got, want := holds(t, named(t, o, "automation"), store), "project/apps.cjs project/broken.config.cjs project/ecosystem.config.cjs"; got != want || starts() != 3 {
		t.Errorf("after a change of what it requires it holds %q after %d starts, want %q after 3", got, starts(), want)
	}
}

func TestALookThatIsOutOfTimeCallsNothingWrong(t *testing.T) {
	t.Parallel()
	_, o := project(t, map[string]string{cjs: "for (;;);"}, &ecosystem.Reader{}, cjs)
	store := open(t, o)
	set := named(t, o, "pm2-local")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if found, err := set.Select(ctx, store); err == nil {
		t.Errorf("Select() = %+v, want an error", found)
	}
	if b, _, err := set.Create(ctx, store); err == nil {
		t.Errorf("Create() = %+v, want no backup of what nobody had time to look at", b)
	}
	if all, err := store.List(context.Background(), set.Name); len(all) > 0 || err != nil {
		t.Errorf("there are %+v, %v", all, err)
	}
}

// What is made good by mistake is found by a drill, though nothing is evaluated
// there.
func TestADrillJudgesEcosystemFilesWithoutEvaluatingThem(t *testing.T) {
	t.Parallel()
	for it, test := range map[string]struct{ file, text, want string }{
		"takes JavaScript whose packages are not there": {cjs, "module.exports = require('not-installed')(process.exit(1))", ""},
		"finds half a file in JavaScript":               {cjs, "module.exports = {apps: [", "project/ecosystem.config.cjs: 1:26: it is no JavaScript"},
		"takes JSON as PM2 does":                        {"ecosystem.json", "{apps: [{name: 'api', script: 'bin/api.js'}]} // all\n", ""},
		"finds half a file in JSON":                     {"ecosystem.json", `{"apps": [`, "project/ecosystem.json: 1:11: the file ends where a value should stand"},
		"finds YAML without apps":                       {"apps.yaml", "apps: []", "project/apps.yaml: it names no app"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			reader, starts := counting(t)
			_, o := project(t, map[string]string{test.file: test.text}, reader, test.file)
			store := open(t, o)
			set := named(t, o, "pm2-local")
			found, err := set.Select(context.Background(), store)
			if err != nil {
				t.Fatal(err)
			}
			b, _, err := store.Create(context.Background(), set.Name, found.Files, nil)
			if err != nil || b.State != backup.Good {
				t.Fatalf("Create() = %s, %v; want it to pass without a judge", b.State, err)
			}
			before := starts()
			drill, err := set.Drill(context.Background(), store, b, t.TempDir())
			if got := append(drill.Problems, ""); err != nil || got[0] != test.want {
				t.Errorf("Drill() = %+v, %v; want %q", drill, err, test.want)
			}
			if starts() != before {
				t.Errorf("a drill started node")
			}
		})
	}
}

func TestAChangedNetlifyTomlIsHeeded(t *testing.T) {
	t.Parallel()
	dir, o := house(t, map[string]string{"redundancy.cue": "", "netlify.toml": "", "netlify/functions/a.mjs": hello, "far/b.mjs": hello, "odd[1]/c.mjs": hello, "web/netlify.toml": "[functions]\ndirectory = \"f\"\n", "web/f/d.mjs": hello})
	o.Config.Netlify = map[string]schemas.Netlify{"shop": {Dir: "."}}
	store := open(t, o)
	set := named(t, o, "netlify-shop")
	for _, step := range []struct{ toml, want string }{
		{"", "netlify.toml netlify/functions/a.mjs"},
		{"[functions]\ndirectory = \"far\"\n", "far/b.mjs netlify.toml netlify/functions/a.mjs"},
		{"[functions]\ndirectory = \"odd[1]\"\n", "netlify.toml netlify/functions/a.mjs odd[1]/c.mjs"},
		{"[build]\nbase = \"web\"\n", "netlify.toml netlify/functions/a.mjs web/f/d.mjs web/netlify.toml"},
		{"[functions]\ndirectory = \"../far\"\n", "netlify.toml netlify/functions/a.mjs"},
		{"[functions\n", "netlify.toml netlify/functions/a.mjs"},
	} {
		write(t, filepath.Join(dir, "netlify.toml"), step.toml)
		if got := holds(t, set, store); got != step.want {
			t.Errorf("with %q it holds %q, want %q", step.toml, got, step.want)
		}
	}
}

func TestWhatChangesWhileItIsLookedAtIsNotGood(t *testing.T) {
	t.Parallel()
	reader := &ecosystem.Reader{}
	dir, o := project(t, map[string]string{cjs: "module.exports = {apps: [{name: 'api', script: 'bin/api.js'}]}", "bin/api.js": "1"}, reader, cjs)
	reader.FindNode = func(context.Context) (string, error) {
		write(t, filepath.Join(dir, cjs), "module.exports = {apps: [{name: 'api', script: 'bin/api.js'}]} // half of anoth")
		return "node", nil
	}
	if b := take(t, named(t, o, "pm2-local"), open(t, o)); b.State != backup.Evidence || b.Reason != "project/"+cjs+": changed while it was looked at" {
		t.Errorf("it is %s: %s", b.State, b.Reason)
	}
}
