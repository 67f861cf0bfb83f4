package ecosystem_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/internal/pm2test"
)

// oracle is a real PM2 in a home that holds the fixtures. It runs its command
// in there, as Read assumes.
func oracle(t *testing.T, version string) *pm2test.PM2 {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real PM2 daemon")
	}
	p := pm2test.Start(t, version)
	must(t, os.CopyFS(p.Home, os.DirFS("testdata")))
	return p
}

// started are the apps that PM2 has after `pm2 start` of a file, one line per
// instance, and forgotten again.
func started(t *testing.T, p *pm2test.PM2, path string) []string {
	t.Helper()
	out, err := p.Try("start", path)
	t.Logf("pm2 start %s: %v\n%s", filepath.Base(path), err, out)
	c := &pm2.Client{Home: p.Home}
	defer c.Close()
	apps, err := c.List(t.Context())
	must(t, err)
	lines := []string{}
	for _, a := range apps {
		limits := fmt.Sprintf("mem %d restarts %d uptime %d delay %d backoff %d", a.MaxMemory.Or(0), a.MaxRestarts.Or(16), a.MinUptime.Or(1000), a.RestartDelay.Or(0), a.ExpBackoff.Or(0))
		lines = append(lines, line(a.Name, a.Namespace, a.ExecMode, a.ExecPath, a.CWD, a.Interpreter, a.Autorestart.B, a.Watch.B, a.CronRestart, limits))
	}
	if len(apps) > 0 {
		p.Run("delete", "all")
	}
	slices.Sort(lines)
	return lines
}

// expected are the same of what rr read.
func expected(apps []ecosystem.App) []string {
	lines := []string{}
	for _, a := range apps {
		if a.Problem != "" {
			continue
		}
		limits := fmt.Sprintf("mem %d restarts %d uptime %d delay %d backoff %d", a.MaxMemoryRestart, a.MaxRestarts, a.MinUptime.Milliseconds(), a.RestartDelay.Milliseconds(), a.ExpBackoff.Milliseconds())
		for range a.Instances {
			lines = append(lines, line(a.Name, a.Namespace, a.ExecMode, a.Script, a.CWD, a.Interpreter, a.Autorestart, a.Watch, a.CronRestart, limits))
		}
	}
	slices.Sort(lines)
	return lines
}

func line(name, namespace, mode, script, cwd, interpreter string, autorestart, watch bool, cron, limits string) string {
	return strings.Join([]string{name, namespace, mode, script, cwd, filepath.Base(interpreter), strconv.FormatBool(autorestart), strconv.FormatBool(watch), cron, limits}, " | ")
}

func compare(t *testing.T, p *pm2test.PM2, path string) {
	t.Helper()
	file := read(t, &ecosystem.Reader{Home: p.Home}, path)
	want := []string{}
	if file.Problem == "" {
		want = expected(file.Apps)
	}
	if got := started(t, p, path); !slices.Equal(got, want) {
		t.Errorf("PM2 %s starts of %s\n\t%s\nrr read (problem %q)\n\t%s", p.Version, filepath.Base(path), strings.Join(got, "\n\t"), file.Problem, strings.Join(want, "\n\t"))
	}
}

func TestPM2StartsWhatWasRead(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			p := oracle(t, version)
			names := []string{"plain.config.cjs", "apps.yml", "export-named.config.mjs"}
			if version == "7" {
				names = append(names, "sibling.config.cjs", "array.json", "single.json", "pm2key.json", "comments.json", "prints.config.cjs",
					"export-default.config.mjs", "esm/eco.config.js", "await.config.mjs", "empty.config.cjs", "function.config.cjs")
			}
			for _, name := range names {
				compare(t, p, filepath.Join(p.Home, name))
			}
		})
	}
}

// Many odd apps in one file, each of which PM2 takes.
func TestPM2MakesTheSameOfOddSettings(t *testing.T) {
	t.Parallel()
	p := oracle(t, "7")
	var apps []string
	for i, setting := range []string{
		`"script": "app.js", "instances": "max"`,
		`"script": "app.js", "instances": -1`,
		`"script": "app.js", "instances": -9`,
		`"script": "app.js", "instances": "many"`,
		`"script": "app.js", "instances": "2 of them"`,
		`"script": "app.js", "instances": 1`,
		`"script": "app.js", "instances": null`,
		`"script": "app.js", "instances": 2, "exec_mode": "fork"`,
		`"script": "app.js", "execMode": "cluster"`,
		`"script": "app.js", "execute_command": true, "instances": 2`,
		`"script": "tool.sh", "instances": 2`,
		`"script": "sleep", "args": "3600"`,
		`"script": "sleep 3600"`,
		`"cmd": "app.js", "cwd": "."`,
		`"command": "./app.js", "cwd": "lib/.."`,
		`"exec": "app.js"`,
		`"script": "", "exec": "app.js"`,
		`"script": "app.js", "max_restarts": 0, "restart_delay": 0`,
		`"script": "app.js", "max_restarts": "3", "restart_delay": "100", "exp_backoff_restart_delay": 5`,
		`"script": "app.js", "maxRestarts": 4, "minUptime": "2m", "restartDelay": 7, "expBackoffRestartDelay": 8`,
		`"script": "app.js", "min_uptime": "1h", "max_memory_restart": "2G"`,
		`"script": "app.js", "min_uptime": "500", "maxMemoryRestart": "100000K"`,
		`"script": "app.js", "cron": "0 4 * * *"`,
		`"script": "app.js", "cronRestart": "0 5 * * *"`,
		`"script": "app.js", "cron_restart": 0, "cron": "0 6 * * *"`,
		`"script": "app.js", "cron_restart": "0"`,
		`"script": "app.js", "autorestart": null, "watch": ""`,
		`"script": "app.js", "autorestart": false, "namespace": ""`,
		`"script": "app.js", "interpreter": "node", "namespace": "shop"`,
		`"script": "app.js", "interpreter": "no-such-program-as-this"`,
		`"script": "nowhere.js"`,
		`"cwd": "."`,
		`"script": "noext"`,
		`"script": "/bin/sleep", "args": ["3600"], "interpreter": "none"`,
	} {
		apps = append(apps, fmt.Sprintf(`{"name": "n%02d", %s}`, i, setting))
	}
	apps = append(apps, `{"script": "./app.js"}`, `{"exec": "./app.js"}`, `{"script": "sleep 3599.5"}`, `{"cmd": "lib/../noext"}`)
	write(t, filepath.Join(p.Home, "noext"), "setInterval(() => {}, 1e6)")
	compare(t, p, write(t, filepath.Join(p.Home, "odd.json"), "["+strings.Join(apps, ",\n")+"]"))
}

func TestPM2RefusesWhatWasSaidToBeRefused(t *testing.T) {
	t.Parallel()
	p := oracle(t, "7")
	for i, test := range refusedSettings() {
		path := write(t, filepath.Join(p.Home, strconv.Itoa(i)+".json"), `[{"name": "ok", "script": "app.js"}, {"name": "odd", "script": "app.js", `+test.setting+`}]`)
		if got := started(t, p, path); len(got) != 0 {
			t.Errorf("%s: PM2 starts %q", test.it, got)
		}
	}
	for _, name := range []string{"merge.json", "empty.json", "empty.yml", "two.yml", "broken.yml", "debris.config.cjs", "exits.config.cjs", "throws.config.cjs", "esm/cjs.config.js"} {
		path := filepath.Join(p.Home, name)
		if _, err := (&ecosystem.Reader{}).Read(t.Context(), path); err == nil {
			t.Errorf("Read(%s) gave no error", name)
		}
		if got := started(t, p, path); len(got) != 0 {
			t.Errorf("%s: PM2 starts %q", name, got)
		}
	}
}

func TestPM2StartsWhatIsRendered(t *testing.T) {
	t.Parallel()
	p := oracle(t, "7")
	folder := filepath.Join(p.Home, "acme.json.d")
	must(t, os.Mkdir(folder, 0o700))
	write(t, filepath.Join(folder, "apps.yml"), "apps: [{name: api, script: ../app.js, cwd: "+p.Home+"/lib}]")
	for _, name := range []string{"ecosystem.pm2.cjs", "export-default.config.mjs", "acme.json.d/apps.yml"} {
		file := read(t, &ecosystem.Reader{}, filepath.Join(p.Home, name))
		if file.Problem == "" {
			t.Errorf("%s has no problem", name)
		}
		if got := started(t, p, file.Path); slices.Equal(got, expected(file.Apps)) {
			t.Errorf("PM2 starts %s as it stands: %q", name, got)
		}
		path, remove, err := file.Render(p.Home)
		must(t, err)
		if got := started(t, p, path); !slices.Equal(got, expected(file.Apps)) {
			t.Errorf("PM2 starts of the rendered %s %q, want %q", name, got, expected(file.Apps))
		}
		remove()
	}
}
