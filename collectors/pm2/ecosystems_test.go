package pm2

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// readsFiles is a collector of these ecosystem files, and a look at a daemon
// that runs only api.
func readsFiles(t *testing.T, paths ...string) (*Collector, *look) {
	config := schemas.PM2{Ecosystem: paths, Timeout: schemas.Duration(20 * time.Second)}
	return newCollector(t, config), lookNow(t, config, pm2.App{Name: "api", Status: "online", PID: os.Getpid()})
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const oneApp = `{"apps": [{"name": "api", "script": "/bin/sh"}, {"name": "web", "script": "/bin/sh"}]}`

func TestEcosystemFilesThatNeedNoNode(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"pm2.json":             oneApp,
		"pm2.yaml":             "apps:\n- {name: web, script: /bin/sh}\n",
		"broken.json":          `{"apps": [`,
		"empty.json":           `{}`,
		"apps.txt":             oneApp,
		"apps.conf":            "# what runs\napps:\n- {name: web, script: /bin/sh}\n",
		"apps.module":          "module.exports = " + oneApp,
		"ecosystem.config.cjs": "module.exports = " + oneApp,
	})
	for _, c := range []struct {
		name, file, state string
		apps              int
		unstarted         []string
		note              string
	}{
		{"JSON is read", "pm2.json", schemas.EcosystemOK, 2, []string{"web"}, ""},
		{"YAML is read", "pm2.yaml", schemas.EcosystemOK, 1, []string{"web"}, ""},
		{"one that ends too soon is invalid", "broken.json", schemas.EcosystemInvalid, 0, nil, "1:"},
		{"one without apps is invalid", "empty.json", schemas.EcosystemInvalid, 0, nil, "names no app"},
		{"one that PM2 would run is misnamed", "apps.txt", schemas.EcosystemMisnamed, 0, nil, "rename it to apps.json"},
		{"one that PM2 would run and that is YAML is misnamed", "apps.conf", schemas.EcosystemMisnamed, 0, nil, "rename it to apps.yaml"},
		{"one that PM2 would run and that is a module is misnamed", "apps.module", schemas.EcosystemMisnamed, 0, nil, "rename it to apps.config.cjs"},
		{"one that is not there is missing, whatever its name", "none.txt", schemas.EcosystemMissing, 0, nil, "not there"},
		{"one that is not there is missing", "none.json", schemas.EcosystemMissing, 0, nil, "not there"},
		{"JavaScript is unknown without a daemon run by node", "ecosystem.config.cjs", schemas.EcosystemUnknown, 0, nil, "not run by node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			collector, l := readsFiles(t, path)
			l.files = collector.readFiles(context.Background(), l)
			got := collector.ecosystems(l)[schemas.NewID("pm2", "local", "ecosystem", c.file, 0)]
			if got.State != c.state || got.Apps != c.apps || got.Path != path || !slices.Equal(got.Unstarted, c.unstarted) || !strings.Contains(got.Note, c.note) || (c.note == "") != (got.Note == "") {
				t.Errorf("%+v, want %+v", got, c)
			}
		})
	}
}

func TestAnEcosystemFileIsReadOnlyWhenItHasChanged(t *testing.T) {
	dir := writeFiles(t, map[string]string{"pm2.json": oneApp})
	path := filepath.Join(dir, "pm2.json")
	collector, l := readsFiles(t, path)
	names := func() []string {
		var names []string
		for _, app := range collector.readFiles(context.Background(), l)[0].apps {
			names = append(names, app.Name)
		}
		return names
	}
	time.Sleep(2 * sureAfter)
	names()
	collector.files.last[path].apps[0].Name = "mark" // as no file has it
	if got := names(); got[0] != "mark" {
		t.Errorf("apps = %v: the same file was read again", got)
	}
	if err := os.WriteFile(path, []byte(`[{"name": "other", "script": "/bin/sh"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := names(); !slices.Equal(got, []string{"other"}) {
		t.Errorf("apps = %v, want [other]: the file has changed", got)
	}
}

func TestTwoEcosystemFilesOfOneNameAreTwoSubjects(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a/pm2.json": oneApp, "b/pm2.json": oneApp})
	a, b := filepath.Join(dir, "a/pm2.json"), filepath.Join(dir, "b/pm2.json")
	collector, l := readsFiles(t, a, b, a)
	l.files = collector.readFiles(context.Background(), l)
	facts := collector.ecosystems(l)
	first, second := facts["pm2/local/ecosystem/pm2.json"], facts[schemas.NewID("pm2", "local", "ecosystem", strings.TrimPrefix(b, "/"), 0)]
	if len(facts) != 2 || first.Path != a || second.Path != b {
		t.Errorf("subjects = %v, want one of %s and one of %s", facts, a, b)
	}
}

func TestNodeOfTheDaemonIsNotAskedWithMoreRightsThanItHas(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*look)
		why    string
	}{
		{"no daemon serves", func(l *look) { l.listError = os.ErrNotExist }, "no daemon"},
		{"it runs in a container", func(l *look) { l.elsewhere = true }, "container"},
		{"it is another user's", func(l *look) { l.status.UID++ }, "another user"},
		{"it is not node", func(*look) {}, "not run by node"},
	} {
		_, l := readsFiles(t)
		c.change(l)
		if program, why := l.node(); program != noNode || !strings.Contains(why, c.why) {
			t.Errorf("%s: node = %s, %q; want none and why", c.name, program, why)
		}
	}
}

func TestAFileThatDoesNotEndLeavesTimeForTheLook(t *testing.T) {
	for _, c := range []struct {
		name string
		left time.Duration
		want bool
	}{
		{"most of the look is left", 6 * time.Second, false},
		{"less than half is left", 4 * time.Second, true},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), c.left)
		defer cancel()
		if got := hurried(ctx, 10*time.Second); got != c.want {
			t.Errorf("%s: hurried = %v, want %v", c.name, got, c.want)
		}
	}
	if hurried(context.Background(), 10*time.Second) {
		t.Error("hurried without a deadline")
	}
}
