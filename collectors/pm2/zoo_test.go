package pm2

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2test"
	"rr/schemas"
)

// script writes a program that sleeps.
func script(t *testing.T, path string) pm2test.App {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexec sleep 3600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return pm2test.App{Name: filepath.Base(path), Script: path}
}

// zoo is a home with an app in every state that PM2 knows and in some that it
// does not.
func zoo(t *testing.T, version string) *pm2test.PM2 {
	p := pm2test.New(t, version)
	lost := script(t, filepath.Join(p.Home, "bin", "nobinary"))
	adrift := pm2test.Sleeper("nocwd")
	adrift.CWD = filepath.Join(p.Home, "release")
	if err := os.Mkdir(adrift.CWD, 0o700); err != nil {
		t.Fatal(err)
	}
	web := pm2test.HTTP(t, "web", 0)
	web.Instances, web.ExecMode = 2, "cluster"
	once := pm2test.Shell("finished", "exit 0")
	once.Autorestart = pm2test.Bool(false)
	later := with(pm2test.Shell("finished-later", "exit 0"), map[string]any{"restart_delay": 600_000})
	later.Autorestart = pm2test.Bool(false)
	job := with(pm2test.Shell("cron", "exit 0"), map[string]any{"cron_restart": "0 0 1 1 *"})
	job.Autorestart = pm2test.Bool(false)
	fast, slow := pm2test.Shell("loop-fast", "sleep 0.2; exit 3"), pm2test.Shell("loop-slow", "sleep 1.5; exit 4")
	fast.MaxRestarts, slow.MaxRestarts = 10_000, 10_000
	p.StartApps(
		pm2test.Sleeper("steady"), pm2test.Shell("errored", "exit 1"), lost, adrift, web, once, later, job, fast, slow,
		with(pm2test.Shell("hidden", "exit 1"), map[string]any{"restart_delay": 50, "max_restarts": 2}),
		with(pm2test.Shell("waiting", "exit 1"), map[string]any{"restart_delay": 600_000}),
		pm2test.Shell("wrapper", "node -e 'globalThis.b = Buffer.alloc(80 << 20, 1); setInterval(() => {}, 1e6)' & wait"),
		with(pm2test.Sleeper("apart"), map[string]any{"namespace": "elsewhere"}),
	)
	for _, path := range []string{lost.Script, adrift.CWD} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	p.Run("restart", "nobinary", "nocwd")

	return p
}

func TestStatesOfARealPM2(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := zoo(t, version)
			c := watch(t, p, schemas.PM2{Events: true, CrashLoop: schemas.CrashLoop{Restarts: 3}})
			want := map[string]string{
				"steady": schemas.ProcessOnline, "errored": schemas.ProcessErrored,
				"nobinary": schemas.ProcessPhantom, "nocwd": schemas.ProcessPhantom,
				"web": schemas.ProcessOnline, "finished": schemas.ProcessFinished, "finished-later": schemas.ProcessFinished,
				"cron": schemas.ProcessFinished, "loop-fast": schemas.ProcessCrashLoop, "loop-slow": schemas.ProcessCrashLoop,
				"hidden": schemas.ProcessHiddenErrored, "waiting": schemas.ProcessWaiting,
				"wrapper": schemas.ProcessOnline, "apart": schemas.ProcessOnline,
			}
			facts := settled(t, c, want)
			checkZoo(t, p, facts)
			p.Run("stop", "loop-fast", "loop-slow")
			if got := collect(t, c).Processes["pm2/local/process/loop-slow"].State; got != schemas.ProcessStopped {
				t.Errorf("a loop that was stopped is %s, want stopped", got)
			}
		})
	}
}

// settled looks until every process is as wanted.
func settled(t *testing.T, c *Collector, want map[string]string) schemas.PM2Facts {
	t.Helper()
	var facts schemas.PM2Facts
	var wrong []string
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		facts, wrong = collect(t, c), nil
		for name, state := range want {
			p := facts.Processes[c.processID(name, 0)]
			if p.State != state || name == "web" && (p.InstancesOnline != 2 || p.HeapPct == nil || p.EventLoopP50MS == nil) {
				wrong = append(wrong, fmt.Sprintf("%s is %s (%s, pid %v, %d restarts in 10 minutes), want %s", name, p.State, p.Status, deref(p.PID), p.Restarts10m, state))
			}
		}
		// What takes PM2 or an app a moment longer than its state.
		if wrapper := facts.Processes["pm2/local/process/wrapper"]; wrapper.TreeSize == nil || *wrapper.MemoryBytes <= 80<<20 {
			wrong = append(wrong, "the child of wrapper is not large")
		}
		if facts.Processes["pm2/local/process/loop-slow"].LastExitCode == nil {
			wrong = append(wrong, "loop-slow has no exit code")
		}
		if facts.Processes["pm2/local/process/steady"].LogGrowthBytesM == nil {
			wrong = append(wrong, "the logs of steady were seen once only")
		}
		if facts.Daemon.Pidusage != "broken" {
			wrong = append(wrong, "pidusage is "+facts.Daemon.Pidusage)
		}
		if len(wrong) == 0 {
			return facts
		}
	}
	t.Fatalf("it never was as wanted:\n%s", strings.Join(wrong, "\n"))

	return facts
}

func checkZoo(t *testing.T, p *pm2test.PM2, facts schemas.PM2Facts) {
	t.Helper()
	find := func(name string) schemas.Process { return facts.Processes[schemas.ID("pm2/local/process/"+name)] }
	for name, want := range map[string][2]string{
		"nobinary": {"script_missing", filepath.Join(p.Home, "bin", "nobinary")},
		"nocwd":    {"cwd_missing", filepath.Join(p.Home, "release")},
		"errored":  {"none", ""},
		"hidden":   {"none", ""},
		"waiting":  {"none", ""},
	} {
		if got := find(name); got.Cause != want[0] || got.CausePath != want[1] {
			t.Errorf("cause of %s = %s %s, want %v", name, got.Cause, got.CausePath, want)
		}
	}
	if got := find("wrapper"); *got.TreeSize < 2 {
		t.Errorf("wrapper has %d processes, want its child too", *got.TreeSize)
	}
	if got := find("loop-slow"); got.LastExitCode == nil || *got.LastExitCode != 4 || got.LastExitS == nil {
		t.Errorf("last exit of loop-slow = %v, %v s ago; want 4", deref(got.LastExitCode), deref(got.LastExitS))
	}
	if got := find("web"); got.ExecMode != "cluster_mode" || got.EventLoopP50MS == nil {
		t.Errorf("web is %s with an event loop of %v ms, want a cluster and a number", got.ExecMode, deref(got.EventLoopP50MS))
	}
	if got := find("web#1"); got.InstancesOnline != 2 {
		t.Errorf("web#1: %d instances online, want 2", got.InstancesOnline)
	}
	if got := find("steady"); got.LogBytes == nil || got.DiskFreePct == nil || got.LogGrowthBytesM == nil {
		t.Errorf("logs of steady = %v bytes, %v %% free; want numbers", deref(got.LogBytes), deref(got.DiskFreePct))
	}
	if d := facts.Daemon; d.Pidusage != "broken" || d.Logrotate != "missing" || d.VersionSkew != "no" || deref(d.Orphans) != 0 || deref(d.Duplicates) != 0 {
		t.Errorf("daemon = %+v: pidusage %s (want broken: there is a phantom), logrotate %s, skew %s, orphans %v, duplicates %v",
			d, d.Pidusage, d.Logrotate, d.VersionSkew, deref(d.Orphans), deref(d.Duplicates))
	}
}
