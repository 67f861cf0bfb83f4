package pm2_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	act "rr/actions/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

// files gives these for every scope.
func files(paths ...string) act.Files { return func(string) []string { return paths } }

// written writes a file beside a program run.sh and gives its path.
func written(t *testing.T, name, text string) string {
	t.Helper()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "run.sh"), []byte("#!/bin/sh\nexec sleep 3600\n"), 0o755))
	path := filepath.Join(folder, name)
	must(t, os.WriteFile(path, []byte(text), 0o600))

	return path
}

func TestStartEcosystemStartsOnlyWhatIsNamedFromFilesOfEveryKind(t *testing.T) {
	const module = `module.exports = {apps: ["%", "%-other"].map(name => ({name, script: "./run.sh", interpreter: "none", env: {OWN: __dirname}}))}`
	real(t, func(t *testing.T, version string) {
		p := pm2test.Start(t, version, pm2test.Sleeper("there"))
		paths := map[string]string{
			"plain":    written(t, "ecosystem.config.cjs", strings.ReplaceAll(module, "%", "plain")),
			"misnamed": written(t, "ecosystem.js", strings.ReplaceAll(module, "%", "misnamed")),
			"json": written(t, "apps.json", `{"apps": [ // as PM2 takes it
				{name: "json", "script": "./run.sh", "interpreter": "none", "env": {"OWN": "json"},}, {"name": "json-other", "script": "./run.sh"}]}`),
		}
		verb := act.StartEcosystem{Homes: homesOf(p), Files: files(paths["plain"], "/nowhere/apps.json", paths["misnamed"], paths["json"])}
		s := look(t, p.Home)
		for _, name := range slices.Sorted(maps.Keys(paths)) {
			id := schemas.NewID("pm2", "local", "process", name, 0)
			if name == "plain" {
				twoAtOnce(t, verb, id, s)
			} else if note := does(t, verb, id, s); !strings.Contains(note, paths[name]) {
				t.Errorf("note %q does not name %s", note, paths[name])
			}
			pid := online(t, p.Home, id)
			refuses(t, verb, id, s, "PM2 knows "+name)
			if again := online(t, p.Home, id); again != pid {
				t.Errorf("%s was started anew", name)
			}
			if env := environ(t, pid); env[leak] != "" || env["TMPDIR"] != "" || env["OWN"] == "" {
				t.Errorf("%s got %v", name, env)
			}
		}
		refuses(t, verb, "pm2/local/process/nowhere", s, "names nowhere")
		for _, app := range list(t, p.Home) {
			if app.Name == "there" {
				if app.PID != *s.Processes["pm2/local/process/there"].PID {
					t.Error("an app that was not named was started anew")
				}
				continue
			}
			if path := paths[app.Name]; path == "" || app.CWD != filepath.Dir(path) || app.ExecPath != filepath.Join(app.CWD, "run.sh") {
				t.Errorf("started: %+v", app)
			}
		}
		if n := len(list(t, p.Home)); n != 4 {
			t.Errorf("PM2 has %d processes, want 4", n)
		}
	})
}

func TestStartEcosystemRefusesBeforeAnythingIsRun(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	homes := newDaemon(t, listed("known", 3, 9, "stopped"), nil).with(command(t, "touch "+ran))
	const app = `{"apps": [{"name": "%", "script": "./run.sh", "interpreter": "none"}]}`
	named := func(file, name string) string { return written(t, file, strings.ReplaceAll(app, "%", name)) }
	for name, c := range map[string]struct {
		target schemas.ID
		files  []string
		want   string
	}{
		"an app that PM2 knows":     {"pm2/local/process/known", []string{named("a.json", "known")}, "PM2 knows known: it is stopped"},
		"no file":                   {api, nil, "none of the ecosystem files names api"},
		"a file without it":         {api, []string{named("a.json", "web")}, "none of the ecosystem files names api"},
		"a file that is not there":  {api, []string{"/nowhere/a.json"}, "no such file"},
		"an app without its script": {api, []string{written(t, "a.json", `{"apps": [{"name": "api", "script": "./none.sh"}]}`)}, "would not start api"},
		"a name that is two":        {"pm2/local/process/a,b", []string{named("a.json", "a,b")}, "cannot be named"},
		"a name that is an option":  {"pm2/local/process/--force", []string{named("a.json", "--force")}, "cannot be named"},
		"a file that PM2 refuses":   {api, []string{written(t, "a.json", `{"apps": [{"name": "api", "script": "./run.sh", "interpreter": "none", "instances": true}, 7]}`)}, "PM2 refuses the whole file"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, act.StartEcosystem{Homes: homes, Files: files(c.files...)}, c.target, schemas.Snapshot{}, c.want)
		})
	}
	gone := newDaemon(t, `[]`, nil)
	gone.Stop()
	refuses(t, act.StartEcosystem{Homes: gone.with(command(t, "touch "+ran)), Files: files(named("a.json", "api"))}, api, schemas.Snapshot{}, "look for")
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command was run")
	}
}

func TestStartEcosystemThatBreaksOffIsUnknownAndOneThatFailsIsNot(t *testing.T) {
	d := newDaemon(t, `[]`, nil)
	file := written(t, "a.json", `{"apps": [{"name": "api", "script": "./run.sh", "interpreter": "none"}]}`)
	for name, c := range map[string]struct {
		command, want string
		unknown       bool
	}{
		"a command that hangs":        {command(t, "sleep 60"), "deadline", true},
		"a command that fails":        {command(t, "exit 1"), "exit status 1", false},
		"a command that does nothing": {command(t, "exit 0"), "PM2 does not know api afterwards", false},
		"a command that is not there": {"no-such-pm2", "nothing was begun", false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, err := act.StartEcosystem{Homes: d.with(c.command), Files: files(file)}.Act(ctx, byHand(api), schemas.Snapshot{})
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, schemas.ErrOutcomeUnknown) != c.unknown || errors.Is(err, schemas.ErrRefused) {
				t.Errorf("error %v, want %q and its outcome unknown: %t", err, c.want, c.unknown)
			}
		})
	}
}
