//go:build verify

package e2e

import (
	"slices"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// patient has a settle time of which two thirds are longer than a life of 5 s,
// and finds a loop by its second restart, so that the test is short.
const patient = `interval: "500ms"
min_interval: "100ms"
settle: "12s"
pm2: local: {
	crash_loop: restarts: 2
	ladder: {
		restart: {attempts: 1, cooldown: "1s", max_cooldown: "1s"}
		stop_start: attempts: 0
	}
}
`

// (1) A loop whose lives last 5 s is too slow for PM2, which says online for
// ever and counts nothing as unstable. rr finds it by its rate, never calls it
// healthy from then on, sees that a restart does not help, and gives up.
func TestLoopThatLivesFiveSecondsIsFoundAndNeverHealthy(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, version, pm2test.Shell("loop", "sleep 5; exit 7"), pm2test.Sleeper("well"))
			before := pids(t, p)["well"]
			r := newRig(t, settings{home: p.Home, expect: []string{"loop", "well"}, more: patient}.String())
			service := r.run()
			await(t, "the loop to be found", func() bool { return loopOf(r.status().Record).State == schemas.ProcessCrashLoop })
			found := r.status().turn()
			await(t, "the loop to be given up", func() bool {
				return slices.ContainsFunc(r.history().of("loop").Incidents, func(i schemas.Incident) bool { return i.State == schemas.IncidentExhausted })
			})
			starts := loopOf(r.status().Record).Restarts
			await(t, "two lives more", func() bool { return loopOf(r.status().Record).Restarts >= starts+2 })

			if said := statuses(t, p)["loop"]; said == "errored" {
				t.Errorf("PM2 gave up on it, so this showed nothing")
			}
			for turn, last := found, r.status().turn(); turn <= last; turn++ {
				record := r.record(turn)
				health := record.Decision.Health.Subjects["pm2/local/process/loop"]
				if health.Score == nil || *health.Score >= 80 || loopOf(&record).State != schemas.ProcessCrashLoop {
					t.Errorf("turn %d: it is %s, %+v, want a crash loop below healthy", turn, loopOf(&record).State, health)
				}
			}
			r.wasDone(t, "loop", "pm2.restart failed")
			if of := r.history().of("loop"); len(of.Incidents) != 1 {
				t.Errorf("%d incidents, want one: %+v", len(of.Incidents), of.Incidents)
			}
			if told := service.log.lines("kind=alert", "process/loop "); len(told) != 1 {
				t.Errorf("told %d times, want once: %q", len(told), told)
			}
			if now := pids(t, p)["well"]; now != before {
				t.Errorf("well was started anew: its pid was %d and is %d", before, now)
			}
		})
	}
}

func loopOf(record *schemas.Record) schemas.Process {
	if record == nil {
		return schemas.Process{}
	}

	return record.Snapshot.Processes["pm2/local/process/loop"]
}

// (1) Two apps wait for their restart, one for a fixed time and one for one that
// grows, and a third will be given up while it waits. rr says so and does
// nothing, also when a person asks for a restart, which PM2 would refuse. What
// is mended PM2 starts itself; what PM2 gave up on rr stops and starts.
func TestWhatWaitsForItsRestartIsLeftToPM2(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			w := startWaiting(t, version)
			for name := range w.apps {
				await(t, "rr to see that "+name+" waits", func() bool { return w.state(name) == schemas.ProcessWaiting })
			}
			t.Run("refuses to restart what waits", w.refused)
			w.rig.turns(5)
			t.Run("does nothing", w.untouched)
			await(t, "rr to see that PM2 gave up on given-up", func() bool { return w.state("given-up") == schemas.ProcessHiddenErrored })

			for _, app := range w.apps {
				app.mend()
			}
			for name := range w.apps {
				await(t, name+" to be healthy again", func() bool {
					of := w.rig.history().of(name).Incidents
					return len(of) > 0 && of[0].State == schemas.IncidentRecovered
				})
			}
			t.Run("lets PM2 start what is mended", w.startedByPM2)
			t.Run("stops and starts what PM2 gave up on", func(t *testing.T) {
				did := w.rig.did("given-up")
				if len(did) == 0 || slices.ContainsFunc(did, func(d string) bool { return !strings.HasPrefix(d, "pm2.stop_start ") }) {
					t.Errorf("did %v on given-up, want it stopped and started", did)
				}
			})
		})
	}
}

var waiting = []string{"fixed", "growing"}

// unhurried goes on trying what PM2 gave up on, until it is mended.
const unhurried = `interval: "300ms"
min_interval: "100ms"
settle: "2s"
budget: target: {max: 100, window: "10m"}
pm2: local: ladder: stop_start: {attempts: 100, cooldown: "1s", max_cooldown: "1s"}
`

type waits struct {
	pm2  *pm2test.PM2
	rig  *rig
	apps map[string]fragile
}

func startWaiting(t *testing.T, version string) *waits {
	t.Helper()
	w := &waits{apps: map[string]fragile{}}
	var apps []pm2test.App
	for name, extra := range map[string]map[string]any{
		"fixed":    {"restart_delay": 10_000},
		"growing":  {"exp_backoff_restart_delay": 10_000}, // and 15 s the second time
		"given-up": {"restart_delay": 4000, "max_restarts": 2, "min_uptime": "5m"},
	} {
		app := newFragile(t, name)
		app.app.MaxRestarts, app.app.Extra = 0, extra
		w.apps[name] = app
		apps = append(apps, app.app)
	}
	w.pm2 = pm2test.Start(t, version, apps...)
	w.rig = newRig(t, settings{home: w.pm2.Home, more: unlimited + unhurried}.String())
	w.rig.run()

	return w
}

func (w *waits) state(name string) string {
	record := w.rig.status().Record
	if record == nil {
		return ""
	}

	return record.Snapshot.Processes[schemas.NewID("pm2", "local", "process", name, 0)].State
}

func (w *waits) refused(t *testing.T) {
	for _, name := range waiting {
		starts := w.apps[name].starts()
		await(t, name+" to wait", func() bool { return w.state(name) == schemas.ProcessWaiting })
		got := w.rig.act("pm2.restart", string(schemas.NewID("pm2", "local", "process", name, 0)))
		if got.Status != schemas.OutcomeRefused || !strings.Contains(got.Note, "pm2.stop_start") {
			t.Errorf("pm2.restart of %s: %s (%s), want it refused with what to do", name, got.Status, got.Note)
		}
		if now := w.apps[name].starts(); now > starts+1 { // PM2's own may have come meanwhile
			t.Errorf("%s was started %d times", name, now-starts)
		}
	}
}

func (w *waits) untouched(t *testing.T) {
	for _, name := range waiting {
		w.rig.wasDone(t, name)
		record := w.rig.status().Record
		id := schemas.NewID("pm2", "local", "process", name, 0)
		if w.state(name) == schemas.ProcessWaiting && !slices.ContainsFunc(record.Decision.Findings, func(f schemas.Finding) bool {
			return f.Subject == id && f.Score == 60 && strings.Contains(f.Reason, "PM2 waits before it restarts it")
		}) {
			t.Errorf("no finding says that %s waits: it is %s, %+v", name, w.state(name), record.Decision.Findings)
		}
	}
}

func (w *waits) startedByPM2(t *testing.T) {
	for _, name := range waiting {
		w.rig.wasDone(t, name)
		if got := statuses(t, w.pm2)[name]; got != "online" {
			t.Errorf("PM2 says %q of %s, want online", got, name)
		}
	}
}
