package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (1) (5) One home of each PM2 has an app in every state that PM2 tells wrongly
// or not at all, and apps that are well. rr calls each by its right name, heals
// what can be healed, waits where something is missing, gives up on loops, and
// leaves the rest alone.
func TestRRSeesThroughWhatPM2Says(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			z := startZoo(t, version)
			t.Run("calls each by its right name", z.named)

			service := z.rig.run()
			await(t, "hidden to be recovered", z.rig.recovered("hidden"))
			await(t, "wrapper to be recovered", z.rig.recovered("wrapper"))
			for _, name := range loops {
				await(t, name+" to be given up", z.exhausted(name))
			}
			z.rig.turns(15)

			t.Run("stops and starts what PM2 gave up on without saying so", z.mendedHidden)
			t.Run("restarts a wrapper for what its child uses", z.restartedWrapper)
			t.Run("gives up on loops that PM2 restarts for ever", func(t *testing.T) { z.gaveUp(t, service) })
			t.Run("waits while something is missing, as one incident", func(t *testing.T) { z.waited(t, service) })
			t.Run("leaves alone what is well or has finished", z.leftAlone)

			z.putBack()
			for _, name := range lost {
				await(t, name+" to be recovered", z.rig.recovered(name))
			}
			t.Run("restarts once what was missing is back", z.restartedLost)
		})
	}
}

var (
	loops    = []string{"loop-fast", "loop-slow", "loop-delayed"}
	adrift   = []string{"adrift-a", "adrift-b"} // that run in one folder, which is gone
	lost     = append([]string{"scriptless"}, adrift...)
	finished = []string{"once", "job", "stopped"}
	well     = []string{"well-a", "well-b", "well-c"}
)

// keen is how fast rr goes with loops about: a loop that lives 1.5 s must never
// be taken for one that has ended. What is refused, since a loop has changed
// between the look and the act, spends budget too and is tried again soon.
const keen = `interval: "300ms"
min_interval: "100ms"
settle: "3s"
budget: {target: {max: 30, window: "10m"}, total: {max: 100, window: "10m"}}
pm2: local: {
	crash_loop: restarts: 5
	memory: {limit: "60M", for: "1s"}
	ladder: {
		restart: {attempts: 1, cooldown: "1s", max_cooldown: "1s"}
		stop_start: {attempts: 1, cooldown: "1s", max_cooldown: "1s"}
	}
}
`

type zoo struct {
	t               *testing.T
	pm2             *pm2test.PM2
	rig             *rig
	hidden          fragile
	release, script string // a folder and a script that a deploy took away
	small           string // a file, while which is there the child of wrapper needs little
	before          map[string]int
}

func startZoo(t *testing.T, version string) *zoo {
	t.Helper()
	p := pm2test.New(t, version)
	z := &zoo{t: t, pm2: p, hidden: newFragile(t, "hidden")}
	z.hidden.app.Extra["restart_delay"] = 50
	z.release, z.script, z.small = filepath.Join(p.Home, "release"), filepath.Join(p.Home, "bin", "server"), filepath.Join(p.Home, "small")
	z.putBack()
	apps := []pm2test.App{z.hidden.app, {Name: "scriptless", Script: z.script}, z.wrapper()}
	for _, name := range adrift {
		app := pm2test.Sleeper(name)
		app.CWD = z.release
		apps = append(apps, app)
	}
	for _, name := range append([]string{"stopped"}, well...) {
		apps = append(apps, pm2test.Sleeper(name))
	}
	apps = append(apps, finite("once", nil), finite("job", map[string]any{"cron_restart": "0 0 1 1 *"}))
	for name, line := range map[string]string{"loop-fast": "sleep 0.2; exit 3", "loop-slow": "sleep 1.5; exit 4", "loop-delayed": "sleep 0.2; exit 5"} {
		loop := pm2test.Shell(name, line)
		loop.MaxRestarts = 10_000
		if name == "loop-delayed" {
			loop.Extra = map[string]any{"restart_delay": 1200}
		}
		apps = append(apps, loop)
	}
	p.StartApps(apps...)
	p.Run("stop", "stopped")
	for _, path := range []string{z.release, filepath.Dir(z.script)} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	p.Run(append([]string{"restart"}, lost...)...)
	await(t, "PM2 to have given up on hidden", func() bool { return pids(t, p)["hidden"] == 0 })
	z.hidden.mend()
	z.rig = newRig(t, settings{home: p.Home, expect: well, more: keen}.String())
	z.before = pids(t, p)

	return z
}

// wrapper is a shell whose child is large until a file is there.
func (z *zoo) wrapper() pm2test.App {
	return pm2test.Shell("wrapper", `test -e `+z.small+` && exec sleep 3600; touch `+z.small+`; `+
		`node -e 'globalThis.b = Buffer.alloc(100 << 20, 1); setInterval(() => {}, 1e6)' & wait`)
}

// finite is an app that ends by itself and is not to be restarted.
func finite(name string, extra map[string]any) pm2test.App {
	app := pm2test.Shell(name, "exit 0")
	app.Autorestart, app.Extra = pm2test.Bool(false), extra

	return app
}

// putBack makes what a deploy took away.
func (z *zoo) putBack() {
	z.t.Helper()
	for _, dir := range []string{z.release, filepath.Dir(z.script)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			z.t.Fatal(err)
		}
	}
	if err := os.WriteFile(z.script, []byte("#!/bin/sh\nexec sleep 3600\n"), 0o755); err != nil {
		z.t.Fatal(err)
	}
}

func (z *zoo) exhausted(name string) func() bool {
	return func() bool {
		return slices.ContainsFunc(z.rig.history().of(name).Incidents, func(i schemas.Incident) bool { return i.State == schemas.IncidentExhausted })
	}
}

// named looks before rr runs, so that nothing was done yet. Loops are told only
// by who watches them.
func (z *zoo) named(t *testing.T) {
	type name struct{ State, Cause, CausePath string }
	want := map[string]name{
		"hidden":     {schemas.ProcessHiddenErrored, "none", ""},
		"adrift-a":   {schemas.ProcessPhantom, "cwd_missing", z.release},
		"adrift-b":   {schemas.ProcessPhantom, "cwd_missing", z.release},
		"scriptless": {schemas.ProcessPhantom, "script_missing", z.script},
		"once":       {schemas.ProcessFinished, "none", ""},
		"job":        {schemas.ProcessFinished, "none", ""},
		"stopped":    {schemas.ProcessStopped, "none", ""},
		"wrapper":    {schemas.ProcessOnline, "none", ""},
		"well-a":     {schemas.ProcessOnline, "none", ""},
	}
	var snapshot schemas.Snapshot
	await(t, "the wrapper's child to be large", func() bool {
		snapshot = decode[collectedFacts](t, z.rig.rr("collect", "-o", "json")).Snapshot
		memory := snapshot.Processes["pm2/local/process/wrapper"].MemoryBytes
		return memory != nil && *memory > 100<<20
	})
	for app, want := range want {
		p := snapshot.Processes[schemas.NewID("pm2", "local", "process", app, 0)]
		if got := (name{p.State, p.Cause, p.CausePath}); got != want {
			t.Errorf("%s is %+v (PM2 says %s), want %+v", app, got, p.Status, want)
		}
	}
}

// did are the verbs that rr performed on a subject and what came of them,
// oldest first. One that was refused, since the subject had changed in between
// as a loop does, was not performed.
func (r *rig) did(name string) []string {
	r.t.Helper()
	var all []string
	for _, a := range r.history().of(name).Attempts {
		if a.State != schemas.AttemptRefused {
			all = append(all, a.Action.Verb+" "+a.State)
		}
	}
	slices.Reverse(all)

	return all
}

// wasDone fails where rr did something else on a subject.
func (r *rig) wasDone(t *testing.T, name string, want ...string) {
	t.Helper()
	if got := r.did(name); !slices.Equal(got, want) {
		t.Errorf("did %v on %s, want %v", got, name, want)
	}
}

func (z *zoo) mendedHidden(t *testing.T) {
	z.rig.wasDone(t, "hidden", "pm2.stop_start recovered")
	if got := statuses(t, z.pm2)["hidden"]; got != "online" {
		t.Errorf("PM2 says %q, want online", got)
	}
}

func (z *zoo) restartedWrapper(t *testing.T) {
	z.rig.wasDone(t, "wrapper", "pm2.restart recovered")
	if now := pids(t, z.pm2)["wrapper"]; now == z.before["wrapper"] || now == 0 {
		t.Errorf("its pid is %d and was %d", now, z.before["wrapper"])
	}
	if lives := livesOf(t, z.pm2.Home, "wrapper"); len(lives) != 1 {
		t.Errorf("it runs as %v, want its large child ended", lives)
	}
}

func (z *zoo) gaveUp(t *testing.T, service *running) {
	for _, name := range loops {
		z.rig.wasDone(t, name, "pm2.restart failed", "pm2.stop_start failed")
		of := z.rig.history().of(name)
		if len(of.Incidents) != 1 {
			t.Errorf("%s: %d incidents, want one: %+v", name, len(of.Incidents), of.Incidents)
			continue
		}
		exhausted := slices.DeleteFunc(of.Incidents[0].Alerts, func(a schemas.Alert) bool { return !a.Exhausted })
		if len(exhausted) != 1 {
			t.Errorf("%s: alerts = %+v, want one that says exhausted", name, of.Incidents[0].Alerts)
		}
		if told := service.log.lines("kind=alert", "process/"+name+" ", "msg=\"in a crash loop, and nothing that rr may do is left"); len(told) != 1 {
			t.Errorf("%s: told %d times, want once: %q", name, len(told), told)
		}
	}
}

func (z *zoo) waited(t *testing.T, service *running) {
	for _, name := range lost {
		z.rig.wasDone(t, name)
	}
	var numbers, stand []int64
	h := z.rig.history()
	for _, name := range adrift {
		of := h.of(name)
		if len(of.Incidents) != 1 || of.Incidents[0].Cause != "cwd_missing "+z.release {
			t.Fatalf("incidents of %s = %+v, want one by the missing folder", name, of.Incidents)
		}
		numbers, stand = append(numbers, of.Incidents[0].ID), append(stand, of.Incidents[0].Of)
	}
	first := slices.Min(numbers)
	for i, number := range numbers {
		if number == first && stand[i] != 0 || number != first && stand[i] != first {
			t.Errorf("incidents %v stand for %v, want the first for all", numbers, stand)
		}
	}
	if told := service.log.lines("kind=alert", z.release); len(told) != 1 {
		t.Errorf("told of the folder %d times, want once: %q", len(told), told)
	}
	if told := service.log.lines("kind=alert", z.script); len(told) != 1 {
		t.Errorf("told of the script %d times, want once: %q", len(told), told)
	}
}

func (z *zoo) leftAlone(t *testing.T) {
	now, said := pids(t, z.pm2), statuses(t, z.pm2)
	for _, name := range well {
		z.rig.wasDone(t, name)
		if now[name] != z.before[name] || now[name] == 0 {
			t.Errorf("%s was started anew: its pid was %d and is %d", name, z.before[name], now[name])
		}
	}
	record := z.rig.status().Record
	for _, name := range finished {
		z.rig.wasDone(t, name)
		if said[name] != "stopped" {
			t.Errorf("PM2 says %q of %s, want stopped", said[name], name)
		}
		id := schemas.NewID("pm2", "local", "process", name, 0)
		if score := record.Decision.Health.Subjects[id].Score; score == nil || *score < 80 {
			t.Errorf("%s is below healthy: %+v", name, record.Decision.Health.Subjects[id])
		}
		if of := z.rig.history().of(name); len(of.Incidents) != 0 {
			t.Errorf("incidents of %s = %+v, want none", name, of.Incidents)
		}
	}
	for _, f := range record.Decision.Findings {
		if slices.Contains(finished, f.Subject.Name()) && f.Score < 80 {
			t.Errorf("found: %+v", f)
		}
	}
}

func (z *zoo) restartedLost(t *testing.T) {
	for _, name := range lost {
		z.rig.wasDone(t, name, "pm2.restart recovered")
		if lives := livesOf(t, z.pm2.Home, name); len(lives) != 1 || lives[0] != pids(t, z.pm2)[name] {
			t.Errorf("%s runs as %v, want as the one that PM2 has, %d", name, lives, pids(t, z.pm2)[name])
		}
		for _, i := range z.rig.history().of(name).Incidents {
			if i.State != schemas.IncidentRecovered {
				t.Errorf("incident of %s is %s, want recovered: %s", name, i.State, strings.TrimSpace(i.Reason))
			}
		}
	}
}
