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
	"rr/schemas"
)

// house is a folder with everything in it that rr backs up.
func house(t *testing.T, files map[string]string) (string, backupsets.Options) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	return dir, backupsets.Options{
		Path: filepath.Join(dir, "redundancy.cue"), Resolve: func(path string) string { return filepath.Join(dir, path) },
		Home: func(string) (string, bool) { return filepath.Join(dir, "pm2"), true },
		Config: schemas.Config{
			PM2:     map[string]schemas.PM2{"local": {Ecosystem: []string{"ecosystem.json"}}},
			GitHub:  map[string]schemas.GitHub{"web": {Checkout: "."}},
			Netlify: map[string]schemas.Netlify{"shop": {Dir: "."}},
			Backup:  &schemas.BackupConfig{Builtin: []string{"rr", "journal", "github", "netlify", "pm2", "automation"}, Encrypt: schemas.EncryptNone},
		},
		Journal: func(context.Context) ([]byte, error) { return []byte("journal"), nil },
	}
}

func open(t *testing.T, o backupsets.Options) *backup.Store {
	t.Helper()
	store, err := backup.Open(filepath.Join(t.TempDir(), "backups"), o.Store(func(string) string { return "" }))
	if err != nil {
		t.Fatal(err)
	}

	return store
}

func whole() map[string]string {
	return map[string]string{
		"redundancy.cue": "pm2: local: {}\n", ".github/workflows/ci.yml": ci, ".github/CODEOWNERS": "me\n",
		"netlify.toml": "[build]\npublish = \"dist\"\n", "netlify/functions/hello.mjs": hello, "netlify/functions/two.mjs": hello,
		"node_modules/a/index.js": "", "pm2/dump.pm2": `[{"name": "api"}]`, "pm2/module_conf.json": "{}", "pm2/pm2.log": "log", "pm2/pids/api-0.pid": "1",
		"pm2/modules/pm2-logrotate/package.json": `{"version": "3.0.0"}`, "pm2/modules/pm2-logrotate/node_modules/b/package.json": "{}",
		"ecosystem.json": `{"apps": [{"name": "api", "script": "bin/api.js"}]}`, "bin/api.js": "1", ".env": "TOKEN=x", "automation/a/run.sh": "true", "other.txt": "no",
	}
}

const (
	ci    = "name: ci\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
	hello = "export default async () => new Response('hi');\n"
)

func TestEachBuiltInSetHoldsWhatItSays(t *testing.T) {
	_, o := house(t, whole())
	store := open(t, o)
	for name, want := range map[string]string{
		"rr": "redundancy.cue", "journal": "rr.db", "github-web": ".github/workflows/ci.yml",
		"netlify-shop": "netlify.toml netlify/functions/hello.mjs netlify/functions/two.mjs",
		"pm2-local":    "home/dump.pm2 home/module_conf.json home/modules/pm2-logrotate/package.json project/.env project/bin/api.js project/ecosystem.json",
		"automation":   "automation/a/run.sh project/.env project/bin/api.js project/ecosystem.json",
	} {
		set, err := backupsets.Find(backupsets.Of(o), name)
		if err != nil {
			t.Fatal(err)
		}
		found, err := set.Select(context.Background(), store)
		var paths []string
		for _, file := range found.Files {
			paths = append(paths, file.Path)
		}
		if got := strings.Join(paths, " "); err != nil || got != want {
			t.Errorf("%s holds %q, %v, want %q", name, got, err, want)
		}
		if want := name == "pm2-local" || name == "automation"; set.Secret != want {
			t.Errorf("%s holds secrets: %t, want %t", name, set.Secret, want)
		}
	}
}

func TestOnlyWhatIsValidIsGood(t *testing.T) {
	for name, test := range map[string]struct{ set, path, text, want string }{
		"it takes a workflow that GitHub runs":        {"github-web", ".github/workflows/ci.yml", ci + "# more\n", backup.Good},
		"it puts a broken workflow apart":             {"github-web", ".github/workflows/ci.yml", "name: ci\n", backup.Evidence},
		"it puts a function with a mistake apart":     {"netlify-shop", "netlify/functions/hello.mjs", "export default async ( =>", backup.Evidence},
		"it puts a broken netlify.toml apart":         {"netlify-shop", "netlify.toml", "[build\n", backup.Evidence},
		"it puts an empty dump over a full one apart": {"pm2-local", "pm2/dump.pm2", "[]", backup.Evidence},
		"it puts half a dump apart":                   {"pm2-local", "pm2/dump.pm2", `[{"name": "api"`, backup.Evidence},
		"it takes a dump with other apps":             {"pm2-local", "pm2/dump.pm2", `[{"name": "web"}]`, backup.Good},
		"it puts broken JSON apart":                   {"pm2-local", "pm2/module_conf.json", "{", backup.Evidence},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			dir, o := house(t, whole())
			store := open(t, o)
			set, err := backupsets.Find(backupsets.Of(o), test.set)
			if err != nil {
				t.Fatal(err)
			}
			first, created, err := set.Create(ctx, store)
			if err != nil || !created || first.State != backup.Good {
				t.Fatalf("Create() = %+v, %t, %v; want a good one", first, created, err)
			}
			if drill, err := set.Drill(ctx, store, first, t.TempDir()); err != nil || len(drill.Problems) > 0 {
				t.Errorf("Drill() = %+v, %v; want no problems", drill, err)
			}
			if err := os.WriteFile(filepath.Join(dir, test.path), []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if b, _, err := set.Create(ctx, store); err != nil || b.State != test.want {
				t.Errorf("Create() = %s (%s), %v; want %s", b.State, b.Reason, err, test.want)
			}
		})
	}
}

func TestAFirstDumpWithoutAppsIsGood(t *testing.T) {
	files := whole()
	files["pm2/dump.pm2"] = "[]"
	_, o := house(t, files)
	set, err := backupsets.Find(backupsets.Of(o), "pm2-local")
	if err != nil {
		t.Fatal(err)
	}
	if b, _, err := set.Create(context.Background(), open(t, o)); err != nil || b.State != backup.Good {
		t.Errorf("Create() = %s, %v; want good", b.State, err)
	}
}

// A drill judges what the archive holds, not what lies in place.
func TestADrillFindsAFunctionThatWasMadeGoodByMistake(t *testing.T) {
	ctx := context.Background()
	dir, o := house(t, whole())
	store := open(t, o)
	set, err := backupsets.Find(backupsets.Of(o), "netlify-shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "netlify/functions/hello.mjs"), []byte("export default async ( =>"), 0o644); err != nil {
		t.Fatal(err)
	}
	found, err := set.Select(ctx, store)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := store.Create(ctx, set.Name, found.Files, nil)
	if err != nil || b.State != backup.Good {
		t.Fatalf("Create() = %s, %v; want it to pass without a judge", b.State, err)
	}
	drill, err := set.Drill(ctx, store, b, t.TempDir())
	if err != nil || !slices.ContainsFunc(drill.Problems, func(p string) bool { return strings.Contains(p, "hello.mjs") }) {
		t.Errorf("Drill() = %+v, %v; want hello.mjs told", drill, err)
	}
}
