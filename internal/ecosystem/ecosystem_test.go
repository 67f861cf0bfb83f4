package ecosystem_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/ecosystem"
)

// fixtures gives a copy of testdata of the test's own, since some of the files
// write beside themselves.
func fixtures(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("testdata")))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func read(t *testing.T, r *ecosystem.Reader, path string) ecosystem.File {
	t.Helper()
	file, err := r.Read(t.Context(), path)
	if err != nil {
		t.Fatalf("Read(%s): %v", filepath.Base(path), err)
	}
	return file
}

// summary is what the rows of the tables compare.
func summary(apps []ecosystem.App) string {
	var b strings.Builder
	for _, a := range apps {
		fmt.Fprintf(&b, "%s %d %s", a.Name, a.Instances, strings.TrimSuffix(a.ExecMode, "_mode"))
		if !a.Autorestart {
			b.WriteString(" once")
		}
		if a.CronRestart != "" {
			fmt.Fprintf(&b, " cron %s", a.CronRestart)
		}
		if a.MaxMemoryRestart != 0 {
			fmt.Fprintf(&b, " mem %d", a.MaxMemoryRestart)
		}
		if a.Problem != "" {
			fmt.Fprintf(&b, " (%s)", a.Problem)
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestReadLearnsTheApps(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	r := &ecosystem.Reader{CPUs: 8}
	for _, test := range []struct{ it, file, want string }{
		{"evaluates a module", "plain.config.cjs", "api 8 cluster; worker 2 cluster mem 314572800; cron 1 fork once cron */5 * * * *; tool 1 fork"},
		{"follows what a module requires", "sibling.config.cjs", "one 1 fork; two 1 fork"},
		{"takes an array", "array.json", "a 2 cluster; b 1 fork once cron 0 3 * * *"},
		{"takes a single object", "single.json", "solo 1 fork"},
		{"takes the key pm2 for apps", "pm2key.json", "keyed 2 fork"},
		{"takes JSON with comments as PM2 does", "comments.json", "api 2 cluster; worker 1 fork mem 1073741824"},
		{"takes YAML with what it merges", "apps.yml", "api 2 cluster; nightly 1 fork once cron 0 3 * * *"},
		{"does not mind what a module prints", "prints.config.cjs", "api 1 fork"},
		{"does not mind what a module writes to fd 3", "fd3.config.cjs", "api 1 fork"},
		{"takes named exports, as PM2 does", "export-named.config.mjs", "api 1 fork"},
	} {
		t.Run(test.it, func(t *testing.T) {
			t.Parallel()
			file := read(t, r, filepath.Join(dir, test.file))
			if got := summary(file.Apps); got != test.want {
				t.Errorf("apps of %s = %s, want %s", test.file, got, test.want)
			}
			if !file.Recognised || file.Problem != "" || file.Advice != "" {
				t.Errorf("%s: Recognised %t, Problem %q, Advice %q, want a file without problem", test.file, file.Recognised, file.Problem, file.Advice)
			}
		})
	}
}

func TestReadSaysWhyPM2WouldNotStartIt(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	odd := filepath.Join(dir, "acme.json.d")
	must(t, os.Mkdir(odd, 0o700))
	must(t, os.CopyFS(odd, os.DirFS("testdata/lib")))
	write(t, filepath.Join(odd, "ecosystem.config.cjs"), `module.exports = {apps: [{name: "api", script: "../app.js"}]}`)
	r := &ecosystem.Reader{}
	for _, test := range []struct {
		it, file        string
		recognised      bool
		apps            string
		problem, advice string
	}{
		{"misnamed", "ecosystem.pm2.cjs", false, "api 1 fork", "takes a file of this name for a script", "rename it to ecosystem.pm2.config.cjs"},
		{"misnamed, plain", "ecosystem.cjs", false, "api 1 fork", "takes a file of this name for a script", "rename it to ecosystem.config.cjs"},
		{"in a folder that misleads PM2", "acme.json.d/ecosystem.config.cjs", false, "api 1 fork", "takes this path for json", "pm2 start ecosystem.config.cjs"},
		{"a default export", "export-default.config.mjs", true, "api 1 fork", "default export", "export-default.config.cjs"},
		{"a default export by the type of the package", "esm/eco.config.js", true, "api 1 fork (its script is not there: " + dir + "/esm/app.js)", "default export", "eco.config.cjs"},
		{"an ES module that require refuses", "await.config.mjs", true, "api 1 fork", "PM2 cannot load", "module.exports"},
		{"empty", "empty.config.cjs", true, "", "names no app", "name the apps"},
		{"a function", "function.config.cjs", true, "", "does not call", "export the object"},
	} {
		t.Run(test.it, func(t *testing.T) {
			t.Parallel()
			file := read(t, r, filepath.Join(dir, test.file))
			if file.Recognised != test.recognised || summary(file.Apps) != test.apps {
				t.Errorf("%s: Recognised %t, apps %s, want %t, %s", test.file, file.Recognised, summary(file.Apps), test.recognised, test.apps)
			}
			if !strings.Contains(file.Problem, test.problem) || !strings.Contains(file.Advice, test.advice) {
				t.Errorf("%s: Problem %q, Advice %q, want %q, %q", test.file, file.Problem, file.Advice, test.problem, test.advice)
			}
		})
	}
}

func TestReadTellsWhereAFileIsBroken(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	write(t, filepath.Join(dir, "requires-debris.config.cjs"), "module.exports = require('./debris.config.cjs')")
	write(t, filepath.Join(dir, "requires-nothing.config.cjs"), "module.exports = require('./nothing.cjs')")
	write(t, filepath.Join(dir, "evaluated.json"), "{\"apps\": [{\"name\":\n process.env.NAME}]}")
	write(t, filepath.Join(dir, "debris.json"), "{\"apps\": [\n\";\n]}")
	write(t, filepath.Join(dir, "twice.yml"), "apps: []\napps: []\n")
	write(t, filepath.Join(dir, "anchor.yml"), "apps: *hidden_anchor\n")
	write(t, filepath.Join(dir, "circle.yml"), "apps: &a [*a]\n")
	write(t, filepath.Join(dir, "large.json"), strings.Repeat(" ", 1<<20)+"[]")
	must(t, os.Mkdir(filepath.Join(dir, "folder.json"), 0o700))
	must(t, exec.Command("mkfifo", filepath.Join(dir, "pipe.json")).Run())
	r := &ecosystem.Reader{Timeout: 2 * time.Second}
	for _, test := range []struct{ it, file, want string }{
		{"names the position of debris", "debris.config.cjs", "debris.config.cjs:4:1: SyntaxError: Invalid or unexpected token"},
		{"names the file that is broken", "requires-debris.config.cjs", "/debris.config.cjs:4:1: SyntaxError"},
		{"names the position of merge markers", "merge.config.cjs", "merge.config.cjs:2:1: SyntaxError: Unexpected token '<<': if a merge was left unfinished"},
		{"names merge markers in JSON", "merge.json", "merge.json:2:1: a merge was left unfinished"},
		{"names the position of debris in JSON", "debris.json", "debris.json:2:1: the text that begins here does not end on its line"},
		{"does not evaluate JSON", "evaluated.json", "evaluated.json:2:2: a word where a value should stand; if it is meant to be evaluated, rename the file to .config.cjs"},
		{"names where a module throws", "throws.config.cjs", "throws.config.cjs:2:7: Error while it was evaluated"},
		{"names a missing package", "dotenv.config.cjs", "dotenv.config.cjs:1:1: it requires the module dotenv, which is not installed: run npm install"},
		{"names a missing sibling", "requires-nothing.config.cjs", "it requires ./nothing.cjs, which is not there"},
		{"names a module that is not one", "esm/cjs.config.js", "cjs.config.js:1:1: ReferenceError: module is not defined: it is loaded as an ES module"},
		{"names process.exit", "exits.config.cjs", "ended node before it had named its apps (exit status 3)"},
		{"stops what does not end", "loops.config.cjs", "did not come to an end within 2"},
		{"stops what closed fd 3", "closes.config.cjs", "did not come to an end within 2"},
		{"stops what says too much", "flood.config.cjs", "more than 1048576 bytes"},
		{"refuses an empty JSON file", "empty.json", "empty.json:1:1: the file is empty"},
		{"refuses an empty YAML file", "empty.yml", "empty.yml:1:1: the file is empty"},
		{"names the line of broken YAML", "broken.yml", "broken.yml:1: not YAML"},
		{"refuses a second document", "two.yml", "two.yml:2:1: a second document"},
		{"refuses a key that stands twice", "twice.yml", "twice.yml:2:1: this key stands twice"},
		{"refuses an alias without anchor", "anchor.yml", "anchor.yml: not YAML"},
		{"bounds aliases", "bomb.yaml", "aliases that add up to more than"},
		{"bounds an alias to itself", "circle.yml", "circle.yml:"},
		{"bounds the size", "large.json", "more than 1048576 bytes"},
		{"refuses a folder", "folder.json", "not a plain file"},
		{"does not wait for a pipe", "pipe.json", "not a plain file"},
		{"names a file that is not there", "nowhere.json", "nowhere.json: no such file"},
		{"does not run a program", "server.cjs", "it may be a program, which rr does not run to see what it names: rename it to server.config.cjs"},
	} {
		t.Run(test.it, func(t *testing.T) {
			t.Parallel()
			_, err := r.Read(t.Context(), filepath.Join(dir, test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Read(%s) = %v, want %q", test.file, err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("Read(%s) = %v, which quotes the file", test.file, err)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "served")); err == nil {
		t.Error("a program was run")
	}
}

// PM2 refuses a whole file for one setting; oracle_test.go asks it.
func refusedSettings() []struct{ it, setting, want string } {
	return []struct{ it, setting, want string }{
		{"a size that PM2 does not know", `"max_memory_restart": "hidden300MB"`, "max_memory_restart must be a whole number of bytes"},
		{"a delay with a unit", `"restart_delay": "100ms"`, "restart_delay must be a number, not a text"},
		{"a short uptime", `"min_uptime": 50`, "min_uptime must be 100 ms or more"},
		{"a yes as text", `"autorestart": "false"`, "autorestart must be true or false, not a text"},
		{"an unknown mode", `"exec_mode": "swarm"`, "exec_mode must be cluster or fork"},
		{"a name that is a number", `"name": 5`, "name must be a text, not a number"},
		{"instances that are a yes", `"instances": true`, "instances must be a number or max, not a yes or no"},
		{"a negative limit", `"max_restarts": -1`, "max_restarts must not be negative"},
		{"a namespace that is a list", `"namespace": ["a"]`, "namespace must be a text, not a list"},
		{"a watch that is an object", `"watch": {"a": 1}`, "watch must be true, false or a list of paths, not an object"},
		{"a script that is a number", `"script": 5`, "script must be a text, not a number"},
	}
}

func TestReadSaysWhichSettingPM2Refuses(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	for i, test := range refusedSettings() {
		t.Run(test.it, func(t *testing.T) {
			t.Parallel()
			path := write(t, filepath.Join(dir, strconv.Itoa(i)+".json"), `{"apps": [{"name": "ok", "script": "app.js"},`+"\n"+`{"name": "odd", "script": "app.js", `+test.setting+`}]}`)
			file := read(t, &ecosystem.Reader{}, path)
			if !strings.HasPrefix(file.Problem, path+":2:") || !strings.Contains(file.Problem, test.want) || strings.Contains(file.Problem, "hidden") {
				t.Errorf("Problem = %q, want %s:2:…: %s", file.Problem, path, test.want)
			}
		})
	}
}

func TestReadKeepsNoEnvironment(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	r := &ecosystem.Reader{Timeout: 2 * time.Second}
	seen := 0
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(content), "hidden") {
			continue
		}
		seen++
		file, err := r.Read(t.Context(), path)
		if all := fmt.Sprintf("%+v %#v %v", file, file, err); strings.Contains(all, "hidden") || strings.Contains(all, "TOKEN") {
			t.Errorf("Read(%s) tells a secret: %s", filepath.Base(path), all)
		}
	}
	if seen < 10 {
		t.Errorf("only %d fixtures hold secrets", seen)
	}
	if all := fmt.Sprintf("%+v", r); strings.Contains(all, "hidden") {
		t.Errorf("the reader holds a secret: %s", all)
	}
}

func TestEvaluatedFileSeesLittle(t *testing.T) {
	t.Setenv("RR_SECRET", "hidden")
	t.Setenv("RR_LISTED", "fine")
	t.Setenv("USER", "rr")
	t.Setenv("LANG", "C")
	t.Setenv("TZ", "UTC")
	t.Setenv("NODE_OPTIONS", "--nonsense")
	dir := fixtures(t)
	r := &ecosystem.Reader{Home: "/nowhere", Env: []string{"RR_LISTED", "RR_UNSET"}}
	app := read(t, r, filepath.Join(dir, "env.config.cjs")).Apps[0]
	if want := "HOME LANG PATH PM2_HOME RR_LISTED TZ USER"; app.Name != want || app.CWD != dir {
		t.Errorf("it sees %s in %s, want %s in %s", app.Name, app.CWD, want, dir)
	}
}

func TestEvaluatedFileSeesTheGlobalsOfAFile(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	app := read(t, &ecosystem.Reader{}, filepath.Join(dir, "globals.config.cjs")).Apps[0]
	main := write(t, filepath.Join(dir, "main.cjs"), "process.stdout.write(require('./globals.config.cjs').apps[0].name)")
	want, err := exec.Command("node", main).Output()
	must(t, err)
	if app.Name != string(want) {
		t.Errorf("globals = %s, want %s", app.Name, want)
	}
}

func TestEvaluationLeavesNoProcess(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lingers.config.cjs", "loops.config.cjs", "closes.config.cjs"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := fixtures(t)
			r := &ecosystem.Reader{Timeout: 3 * time.Second}
			r.Read(t.Context(), filepath.Join(dir, name))
			pid, err := os.ReadFile(filepath.Join(dir, "child.pid"))
			must(t, err)
			for range 200 {
				cmdline, err := os.ReadFile("/proc/" + string(pid) + "/cmdline")
				if err != nil || len(cmdline) == 0 {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("process %s outlives the evaluation", pid)
		})
	}
}

func count(t *testing.T, dir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "count"))
	must(t, err)
	return len(content)
}

func TestFileIsEvaluatedOncePerContent(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	path, sibling := filepath.Join(dir, "counts.config.cjs"), filepath.Join(dir, "counts-name.cjs")
	r := &ecosystem.Reader{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := r.Read(context.Background(), path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	first := read(t, r, path)
	if got := count(t, dir); got != 1 {
		t.Fatalf("evaluated %d times, want once", got)
	}
	if len(first.Requires) != 1 || first.Requires[0] != sibling {
		t.Errorf("Requires = %q, want %q", first.Requires, sibling)
	}

	must(t, os.Chtimes(path, time.Now(), time.Now()))
	if same := read(t, r, path); same.Hash != first.Hash || count(t, dir) != 1 {
		t.Errorf("touched: evaluated %d times, want once", count(t, dir))
	}

	write(t, sibling, "exports.name = 'other';")
	second := read(t, r, path)
	if second.Apps[0].Name != "other" || second.Hash == first.Hash || count(t, dir) != 2 {
		t.Errorf("after a change of what it requires: %s, evaluated %d times", second.Apps[0].Name, count(t, dir))
	}

	write(t, sibling, "exports.name = 'api';\n")
	if back := read(t, r, path); back.Apps[0].Name != "api" || back.Hash != first.Hash || count(t, dir) != 2 {
		t.Errorf("changed back: %s, evaluated %d times, want 2", back.Apps[0].Name, count(t, dir))
	}
}

func TestFileThatFailsIsTriedAgainMoreAndMoreSeldom(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	now := time.Now()
	r := &ecosystem.Reader{Now: func() time.Time { return now }}
	path := write(t, filepath.Join(dir, "fails.config.cjs"), "require('fs').appendFileSync(__dirname + '/count', 'x'); require('fs').statSync(__dirname + '/later'); module.exports = {name: 'api', script: 'app.js'}")
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {time.Minute, 2}, {time.Minute, 3}} {
		now = now.Add(step.after)
		if _, err := r.Read(t.Context(), path); err == nil {
			t.Fatal("Read gave no error")
		}
		if got := count(t, dir); got != step.want {
			t.Errorf("evaluated %d times, want %d", got, step.want)
		}
	}
	write(t, filepath.Join(dir, "later"), "")
	now = now.Add(time.Hour)
	read(t, r, path)
	now = now.Add(24 * time.Hour)
	read(t, r, path)
	if got := count(t, dir); got != 4 {
		t.Errorf("evaluated %d times, want 4: what went well stays", got)
	}
}

func TestFileIsTriedAgainOnceItsCauseIsGone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ it, module, file, before, after string }{
		{"a broken sibling was mended", "./part.cjs", "part.cjs", "exports.name = ;", "exports.name = 'api'"},
		{"a throwing sibling was mended", "./part.cjs", "part.cjs", "null.x", "exports.name = 'api'"},
		{"a missing sibling was added", "./part", "part.js", "", "exports.name = 'api'"},
		{"a missing package was installed", "part", "node_modules/part/package.json", "", `{"main": "../../lib/part.js"}`},
	} {
		t.Run(test.it, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.MkdirAll(filepath.Join(dir, "node_modules/part"), 0o700))
			must(t, os.MkdirAll(filepath.Join(dir, "lib"), 0o700))
			write(t, filepath.Join(dir, "lib/part.js"), "exports.name = 'api'")
			path := write(t, filepath.Join(dir, "eco.config.cjs"), "module.exports = {name: require('"+test.module+"').name, script: '/bin/true'}")
			if test.before != "" {
				write(t, filepath.Join(dir, test.file), test.before)
			}
			r := &ecosystem.Reader{}
			if _, err := r.Read(t.Context(), path); err == nil {
				t.Fatal("Read gave no error")
			}
			write(t, filepath.Join(dir, test.file), test.after)
			if file := read(t, r, path); summary(file.Apps) != "api 1 fork" {
				t.Errorf("apps = %s", summary(file.Apps))
			}
		})
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	r := &ecosystem.Reader{}
	path := write(t, filepath.Join(dir, "slow.config.cjs"), "require('fs').appendFileSync(__dirname + '/count', 'x'); for (;;);")
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if _, err := r.Read(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read = %v, want the end of the context", err)
		}
		cancel()
	}
	if got := count(t, dir); got != 1 {
		t.Errorf("a file that takes too long was evaluated %d times, want once", got)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sound := filepath.Join(dir, "sibling.config.cjs")
	if _, err := r.Read(ctx, sound); !errors.Is(err, context.Canceled) {
		t.Errorf("Read = %v, want context canceled", err)
	}
	read(t, r, sound) // which was not its fault
}

func TestNodeThatIsNotThereIsNoFaultOfTheFile(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	r := &ecosystem.Reader{Node: "/nowhere/node"}
	path := filepath.Join(dir, "sibling.config.cjs")
	if _, err := r.Read(t.Context(), path); err == nil || !strings.Contains(err.Error(), "no node") {
		t.Errorf("Read = %v, want no node", err)
	}
	r.Node = ""
	read(t, r, path)
}

func TestInstancesAreCountedAsPM2Does(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	for setting, want := range map[string]string{
		`"instances": "max"`:                       "x 8 cluster",
		`"instances": 0`:                           "x 8 cluster",
		`"instances": -1`:                          "x 7 cluster",
		`"instances": -3`:                          "x 5 fork",
		`"instances": -20`:                         "x 1 fork",
		`"instances": "many"`:                      "x 8 cluster",
		`"instances": "3 of them"`:                 "x 3 cluster",
		`"instances": 1`:                           "x 1 cluster",
		`"instances": null`:                        "x 1 fork",
		`"instances": 2, "exec_mode": "fork"`:      "x 2 fork",
		`"instances": 2, "interpreter": "bash"`:    "x 2 fork",
		`"execMode": "cluster"`:                    "x 1 cluster",
		`"execute_command": true, "instances": 2`:  "x 2 fork",
		`"exec_mode": "cluster_mode"`:              "x 1 cluster",
		`"cron_restart": 0, "cron": "0 4 * * *"`:   "x 1 fork cron 0 4 * * *",
		`"max_memory_restart": "1024"`:             "x 1 fork mem 1024",
		`"maxMemoryRestart": "2K"`:                 "x 1 fork mem 2048",
		`"autorestart": null`:                      "x 1 fork",
		`"cron_restart": "0"`:                      "x 1 fork",
		`"interpreter": "no-such-program-as-this"`: "x 1 fork (its interpreter is not there: no-such-program-as-this)",
	} {
		path := write(t, filepath.Join(dir, "instances.json"), `{"name": "x", "script": "app.js", `+setting+`}`)
		if got := summary(read(t, &ecosystem.Reader{CPUs: 8}, path).Apps); got != want {
			t.Errorf("%s = %s, want %s", setting, got, want)
		}
	}
}

func TestRenderGivesWhatPM2Understands(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	r := &ecosystem.Reader{}
	odd := filepath.Join(dir, "acme.json.d")
	must(t, os.Mkdir(odd, 0o700))
	write(t, filepath.Join(odd, "apps.yml"), "apps: [{name: api, script: /bin/true}]")
	for _, name := range []string{"ecosystem.pm2.cjs", "export-default.config.mjs", "acme.json.d/apps.yml", "plain.config.cjs"} {
		original := read(t, r, filepath.Join(dir, name))
		path, remove, err := original.Render(t.TempDir())
		must(t, err)
		rendered := read(t, r, path)
		if !rendered.Recognised || rendered.Problem != "" || len(rendered.Apps) != len(original.Apps) || rendered.Apps[0].Name != original.Apps[0].Name {
			t.Errorf("%s is rendered as %+v", name, rendered)
		}
		remove()
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("remove removed the file itself: %v", err)
		}
		if _, err := os.Stat(path); err == nil && path != original.Path {
			t.Errorf("%s is still there", path)
		}
	}
	for _, name := range []string{"await.config.mjs", "empty.config.cjs", "function.config.cjs"} {
		if path, _, err := read(t, r, filepath.Join(dir, name)).Render(t.TempDir()); err == nil {
			t.Errorf("Render(%s) = %s, want an error", name, path)
		}
	}
	if path, _, err := read(t, r, filepath.Join(dir, "ecosystem.cjs")).Render(odd); err == nil {
		t.Errorf("Render into a folder that misleads PM2 = %s, want an error", path)
	}
}
