package policies

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rr/schemas"
)

func testConfig() schemas.Config {
	second := schemas.Duration(time.Second)
	rung := func(n int) schemas.Rung {
		return schemas.Rung{Attempts: n, Cooldown: 30 * second, MaxCooldown: 1800 * second}
	}
	return schemas.Config{
		Interval: 5 * second, MinInterval: second, Settle: 30 * second, FlapWindow: 3600 * second,
		PM2: map[string]schemas.PM2{"local": {
			Expect: []string{"api"}, Events: true, Timeout: 5 * second, StaleAfter: 30 * second, Command: "pm2", DeadFor: 10 * second,
			Memory:    schemas.PM2Memory{WarnPct: 90, RestartPct: 100, For: 30 * second},
			CrashLoop: schemas.CrashLoop{Restarts: 10},
			Logs:      schemas.PM2Logs{MaxSize: 1 << 30, DiskFreePct: 5},
			Ladder: schemas.PM2Ladder{
				Reload: rung(1), Restart: rung(3), StopStart: rung(2), Recreate: rung(1), Resurrect: rung(2), RestoreDump: rung(1), RestoreApp: rung(1), StartEcosystem: rung(1), Upkeep: rung(1),
			},
		}},
		Health: schemas.HealthConfig{Weights: schemas.Weights{PM2: 33}, Healthy: 80, Critical: 50},
	}
}

func testVerbs() []schemas.Verb {
	return []schemas.Verb{
		{Name: "pm2.reload", Rungs: map[string]int{"pm2/process": 0}},
		{Name: "pm2.restart", Rungs: map[string]int{"pm2/process": 1}},
		{Name: "pm2.stop_start", Rungs: map[string]int{"pm2/process": 2}},
		{Name: "pm2.recreate", Rungs: map[string]int{"pm2/process": 3}},
		{Name: "pm2.resurrect", Rungs: map[string]int{"pm2/process": 4, "pm2/daemon": 0}},
		{Name: "pm2.restore_dump", Rungs: map[string]int{"pm2/daemon": 1}},
		{Name: "pm2.start_ecosystem", Rungs: map[string]int{"pm2/process": 5}},
		{Name: "pm2.restore_app", Rungs: map[string]int{"pm2/process": 6}},
		{Name: "pm2.stop", Rungs: map[string]int{"pm2/process": 7}},
		{Name: "pm2.reset", Rungs: map[string]int{"pm2/process": 0}},
		{Name: "pm2.end_orphans", Rungs: map[string]int{"pm2/daemon": 0}},
		{Name: "pm2.save", Rungs: map[string]int{"pm2/daemon": 0}},
		{Name: "pm2.update_daemon", Rungs: map[string]int{"pm2/daemon": 0}, ByHand: true},
	}
}

func load(t testing.TB, opts Options) *Engine {
	t.Helper()
	if opts.Config.PM2 == nil {
		opts.Config = testConfig()
	}
	if opts.Verbs == nil {
		opts.Verbs = testVerbs()
	}
	engine, err := Load(opts)
	if err != nil {
		t.Fatal(err)
	}

	return engine
}

// healthySnapshot is a fleet of n processes without a fault.
func healthySnapshot(n int) schemas.Snapshot {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := schemas.NewSnapshot("test", schemas.Moment{At: at, HostID: "h", BootID: "b", ClockMS: 1_000_000})
	facts := schemas.PM2Facts{Scope: "local", TakenAt: at, Daemon: schemas.Daemon{
		State: schemas.DaemonServing, Home: "/home/app/.pm2", Dump: "present", Restorable: "unknown", Pidusage: "working", VersionSkew: "no", Logrotate: "online", Events: "connected",
	}, Processes: map[schemas.ID]schemas.Process{}}
	for i := range n {
		name := "api"
		if i > 0 {
			name = "app-" + itoa(i)
		}
		memory := int64(30)
		facts.Processes[schemas.NewID("pm2", "local", "process", name, 0)] = schemas.Process{
			Name: name, State: schemas.ProcessOnline, Status: "online", Expected: i == 0, MemoryPct: &memory, Autorestart: "yes",
			Wanted: "running", Cause: "none", InstancesOnline: 1, Saved: "yes", Restorable: "no", InEcosystem: "no",
		}
	}
	facts.Into(&s)

	return s
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func with(s schemas.Snapshot, name string, change func(*schemas.Process)) schemas.Snapshot {
	id := schemas.NewID("pm2", "local", "process", name, 0)
	process := s.Processes[id]
	change(&process)
	s.Processes[id] = process

	return s
}

func decide(t testing.TB, e *Engine, s schemas.Snapshot) schemas.Decision {
	t.Helper()
	d, err := e.Decide(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}

	return d
}

// folder writes an operator's folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	return dir
}

// policy is a policy of pm2/process with a body of ones own.
func policy(name, body string) string {
	return "package policies.pm2.process." + name + "\n\n" + body + "\n"
}

// loadDir loads an operator's folder over the built-in set.
func loadDir(t testing.TB, files map[string]string) (*Engine, error) {
	t.Helper()

	return Load(Options{Config: testConfig(), Verbs: testVerbs(), Dir: folder(t, files)})
}

func mustLoadDir(t testing.TB, files map[string]string) *Engine {
	t.Helper()
	engine, err := loadDir(t, files)
	if err != nil {
		t.Fatal(err)
	}

	return engine
}
