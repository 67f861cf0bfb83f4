package pm2

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2test"
	"rr/internal/procfs"
	"rr/schemas"
)

// watch is a collector of a real home.
func watch(t *testing.T, p *pm2test.PM2, config schemas.PM2) *Collector {
	t.Helper()
	config.Timeout, config.Command = schemas.Duration(20*time.Second), p.Bin
	c := New("local", p.Home, config, settle, Self{PID: os.Getpid()})
	t.Cleanup(func() { c.Close() })
	if config.Events {
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); c.Listen(ctx, func() {}) }()
		t.Cleanup(func() { stop(); <-done })
	}

	return c
}

func collect(t *testing.T, c *Collector) schemas.PM2Facts {
	t.Helper()
	facts, err := c.Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return facts.(schemas.PM2Facts)
}

func with(app pm2test.App, extra map[string]any) pm2test.App {
	app.Extra = extra
	return app
}

func TestFiltersOfARealPM2(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Sleeper("api"), pm2test.Sleeper("api-old"), with(pm2test.Sleeper("apart"), map[string]any{"namespace": "elsewhere"}))
	c := watch(t, p, schemas.PM2{})
	for _, f := range []struct {
		name   string
		config schemas.PM2
		want   []string
	}{
		{"all", schemas.PM2{}, []string{"apart", "api", "api-old"}},
		{"a namespace", schemas.PM2{Namespaces: []string{"elsewhere"}}, []string{"apart"}},
		{"include", schemas.PM2{Include: []string{"api*"}}, []string{"api", "api-old"}},
		{"exclude", schemas.PM2{Include: []string{"ap*"}, Exclude: []string{"*-old"}}, []string{"apart", "api"}},
	} {
		f.config.Timeout = schemas.Duration(20 * time.Second)
		c.Configure(f.config, settle)
		facts := collect(t, c)
		var names []string
		for _, process := range facts.Processes {
			names = append(names, process.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, f.want) || !slices.Equal(facts.Daemon.Unsaved, f.want) {
			t.Errorf("%s: processes %v, unsaved %v; want %v", f.name, names, facts.Daemon.Unsaved, f.want)
		}
	}
}

func TestARealDumpThatIsStale(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, version, pm2test.Sleeper("kept"), pm2test.Sleeper("lost"))
			c := watch(t, p, schemas.PM2{})
			p.Run("save")
			facts := collect(t, c)
			if d := facts.Daemon; len(d.Unsaved)+len(d.Unstarted) != 0 || deref(d.SavedApps) != 2 {
				t.Errorf("unsaved = %v, unstarted = %v, %v saved; want none, none, 2", d.Unsaved, d.Unstarted, deref(d.SavedApps))
			}
			p.StartApps(pm2test.Sleeper("new"))
			p.Run("delete", "lost")
			old := time.Now().Add(-240 * time.Hour)
			if err := os.Chtimes(filepath.Join(p.Home, "dump.pm2"), old, old); err != nil {
				t.Fatal(err)
			}
			facts = collect(t, c)
			if d := facts.Daemon; !slices.Equal(d.Unsaved, []string{"new"}) || !slices.Equal(d.Unstarted, []string{"lost"}) {
				t.Errorf("unsaved = %v, unstarted = %v; want [new], [lost]", d.Unsaved, d.Unstarted)
			}
			if age := facts.Daemon.DumpAgeS; age == nil || *age < 863_999 || *age > 864_060 {
				t.Errorf("dump_age_s = %v, want ten days", deref(age))
			}
			for name, want := range map[string]string{"kept": "yes", "new": "no"} {
				if got := facts.Processes[c.processID(name, 0)].Saved; got != want {
					t.Errorf("saved of %s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestOrphansOfARealPM2(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Sleeper("one"), pm2test.Sleeper("two"))
	c := watch(t, p, schemas.PM2{})
	p.Run("save")
	pid := *collect(t, c).Processes["pm2/local/process/one"].PID
	p.KillDaemon(syscall.SIGKILL)
	before := tree(t, p.Home)
	if d := collect(t, c).Daemon; d.State != schemas.DaemonDead || deref(d.Orphans) != 2 || d.Duplicates != nil {
		t.Errorf("daemon is %s with %v orphans, %v duplicates; want dead, 2, unknown", d.State, deref(d.Orphans), deref(d.Duplicates))
	}
	for path, stamp := range tree(t, p.Home) {
		if before[path] != stamp {
			t.Errorf("a look at a dead daemon has changed %s", path)
		}
		delete(before, path)
	}
	for path := range before {
		t.Errorf("a look at a dead daemon has removed %s", path)
	}
	p.Run("resurrect")
	if d := collect(t, c).Daemon; d.State != schemas.DaemonServing || deref(d.Orphans) != 2 {
		t.Errorf("daemon is %s with %v orphans; want serving, 2 beside the new ones", d.State, deref(d.Orphans))
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	pm2test.Eventually(t, "one orphan is left", func() bool { return deref(collect(t, c).Daemon.Orphans) == 1 })
}

// tree is every file below a folder, and what it looks like.
func tree(t *testing.T, root string) map[string]stamp {
	t.Helper()
	files := map[string]stamp{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		files[path] = stampOf(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestASecondDaemonOfARealPM2(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Sleeper("api"))
	second := exec.Command("node", "-e", fmt.Sprintf("process.title = 'PM2 v7.0.4: God Daemon (%s)'; console.log('ready'); setInterval(() => {}, 1e6)", p.Home))
	out, err := second.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Process.Kill(); second.Wait() })
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	c := watch(t, p, schemas.PM2{})
	got := collect(t, c).Daemon.Duplicates
	if stat, err := c.Proc.Stat(second.Process.Pid); err != nil || procfs.Boottime()-int64(stat.Start)*1000/ticksPerSecond < youthMS && deref(got) != 0 {
		t.Errorf("duplicates = %v, want 0: it may just start (%v)", deref(got), err)
	}
	pm2test.Eventually(t, "the second daemon is a duplicate", func() bool { return deref(collect(t, c).Daemon.Duplicates) == 1 })
	second.Process.Kill()
	second.Wait()
	if got := collect(t, c).Daemon.Duplicates; deref(got) != 0 {
		t.Errorf("duplicates = %v, want 0: it has ended", deref(got))
	}
}

func TestEcosystemFilesUnderARealPM2(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{
				"pm2.json":              `{"apps": [{"name": "api", "script": "/bin/sleep", "instances": 3}]}`,
				"ecosystem.config.cjs":  `module.exports = {apps: ["api", "worker"].map(name => ({name, script: "/bin/sleep", interpreter: "none", env: {TOKEN: "hush"}}))}`,
				"ecosystem.js":          `module.exports = {apps: [{name: "astray", script: "/bin/sleep"}]}`,
				"module/eco.config.mjs": `export default {apps: [{name: "modern", script: "/bin/sleep"}]}`,
				"thrown.config.js":      `throw new Error("hush")`,
			})
			secret := pm2test.Sleeper("api")
			secret.Env = map[string]string{"TOKEN": "hush"}
			p := pm2test.Start(t, version, secret)
			p.Run("save")
			var paths []string
			for _, name := range []string{"pm2.json", "ecosystem.config.cjs", "ecosystem.js", "module/eco.config.mjs", "thrown.config.js", "none.config.js"} {
				paths = append(paths, filepath.Join(dir, name))
			}
			c := watch(t, p, schemas.PM2{Ecosystem: paths})
			facts := collect(t, c)
			for name, want := range map[string]string{
				"pm2.json": schemas.EcosystemOK, "ecosystem.config.cjs": schemas.EcosystemOK, "ecosystem.js": schemas.EcosystemMisnamed,
				"eco.config.mjs": schemas.EcosystemUnsupported, "thrown.config.js": schemas.EcosystemInvalid, "none.config.js": schemas.EcosystemMissing,
			} {
				got := facts.Ecosystems[schemas.NewID("pm2", "local", "ecosystem", name, 0)]
				if got.State != want || (want != schemas.EcosystemOK) != (got.Note != "") || strings.Contains(got.Note, "hush") {
					t.Errorf("%s is %s (%s), want %s", name, got.State, got.Note, want)
				}
			}
			api, worker := facts.Processes["pm2/local/process/api"], facts.Processes["pm2/local/process/worker"]
			if api.Wanted != "running" || api.InEcosystem != yes || deref(api.InstancesWanted) != 3 || api.InstancesOnline != 1 {
				t.Errorf("api: wanted %s, in_ecosystem %s, %d of %v instances; want running, yes, 1 of 3", api.Wanted, api.InEcosystem, api.InstancesOnline, deref(api.InstancesWanted))
			}
			if worker.State != schemas.ProcessMissing || worker.Wanted != "running" || worker.Cause != "none" {
				t.Errorf("worker: %s, wanted %s, cause %s; want missing, running, none", worker.State, worker.Wanted, worker.Cause)
			}
			raw, err := json.Marshal(facts)
			if err != nil || strings.Contains(string(raw), "hush") || !strings.Contains(string(raw), "worker") {
				t.Errorf("the facts cannot be written (%v), or hold a value of an environment", err)
			}

			p.KillDaemon(syscall.SIGKILL)
			for name, c := range map[string]*Collector{schemas.EcosystemOK: c, schemas.EcosystemUnknown: watch(t, p, schemas.PM2{Ecosystem: paths})} {
				facts := collect(t, c)
				for file, want := range map[string]string{"pm2.json": schemas.EcosystemOK, "ecosystem.config.cjs": name} {
					if got := facts.Ecosystems[schemas.NewID("pm2", "local", "ecosystem", file, 0)]; got.State != want || got.Unstarted != nil {
						t.Errorf("without a daemon %s is %s with %v unstarted, want %s and unknown", file, got.State, got.Unstarted, want)
					}
				}
			}
		})
	}
}

func TestAnEcosystemFileThatDoesNotEndIsUnknown(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Sleeper("api"))
	dir := writeFiles(t, map[string]string{"endless.config.js": `for (;;);`})
	c := watch(t, p, schemas.PM2{})
	c.Configure(schemas.PM2{Timeout: schemas.Duration(3 * time.Second), Ecosystem: []string{filepath.Join(dir, "endless.config.js")}}, settle)
	facts := collect(t, c)
	if got := facts.Ecosystems["pm2/local/ecosystem/endless.config.js"]; got.State != schemas.EcosystemUnknown || !strings.Contains(got.Note, "did not come to an end") {
		t.Errorf("it is %s (%s), want unknown", got.State, got.Note)
	}
	if got := facts.Processes["pm2/local/process/api"]; got.State != schemas.ProcessOnline || got.InEcosystem != unknown {
		t.Errorf("api is %s, in_ecosystem %s; want online, unknown", got.State, got.InEcosystem)
	}
}
