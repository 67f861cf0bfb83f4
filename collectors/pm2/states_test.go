package pm2

import (
	"os"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

func TestState(t *testing.T) {
	alive := os.Getpid()
	for _, c := range []struct {
		name string
		app  pm2.App
		want string
	}{
		{"it is online where its process lives", pm2.App{Status: "online", PID: alive}, schemas.ProcessOnline},
		{"it is a phantom where PM2 has no pid", pm2.App{Status: "online"}, schemas.ProcessPhantom},
		{"it is a phantom where PM2's pid is gone", pm2.App{Status: "online", PID: gone}, schemas.ProcessPhantom},
		{"it is launching", pm2.App{Status: "launching", PID: alive}, schemas.ProcessLaunching},
		{"it is stopping", pm2.App{Status: "stopping", PID: alive}, schemas.ProcessStopping},
		{"it is stopped", pm2.App{Status: "stopped", Autorestart: is(true)}, schemas.ProcessStopped},
		{"it is stopped where autorestart is unknown", pm2.App{Status: "stopped"}, schemas.ProcessStopped},
		{"it is finished where PM2 is not to restart it", pm2.App{Status: "stopped", Autorestart: is(false)}, schemas.ProcessFinished},
		{"it is being started where PM2 says stopped and keeps the pid of what ended", pm2.App{Status: "stopped", PID: gone, Autorestart: is(true)}, schemas.ProcessLaunching},
		{"it is finished between two runs of a schedule", pm2.App{Status: "stopped", Autorestart: is(true), CronRestart: "0 4 * * *"}, schemas.ProcessFinished},
		{"it waits, with the pid of the process that ended", pm2.App{Status: "waiting restart", PID: gone}, schemas.ProcessWaiting},
		{"it is finished where PM2 says it waits and is not to restart it", pm2.App{Status: "waiting restart", PID: gone, Autorestart: is(false)}, schemas.ProcessFinished},
		{"it is errored where PM2 says it waits and has no pid", pm2.App{Status: "waiting restart"}, schemas.ProcessHiddenErrored},
		{"it is errored", pm2.App{Status: "errored"}, schemas.ProcessErrored},
		{"it is unknown where PM2 says nothing that rr knows", pm2.App{PID: alive}, schemas.ProcessUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.app.Name, c.app.ID = "api", 3
			got := newCollector(t, schemas.PM2{}).processes(lookNow(t, schemas.PM2{}, c.app))["pm2/local/process/api"]
			if got.State != c.want {
				t.Errorf("state = %q, want %q", got.State, c.want)
			}
			if lives := got.PID != nil; lives != (c.app.PID == alive) {
				t.Errorf("pid = %v, want it only where the process lives", deref(got.PID))
			}
		})
	}
}

func TestAProcessThatJustEndedIsNoPhantom(t *testing.T) {
	first := lookNow(t, schemas.PM2{}, pm2.App{ID: 1, Status: "online", PID: gone}, pm2.App{ID: 2, Status: "online", PID: gone + 1})
	again := []pm2.App{{ID: 1, Status: "online", PID: gone}, {ID: 2, Status: "online", PID: gone + 2}}
	second := lookNow(t, schemas.PM2{}, again...)
	second.phantoms = phantoms(again, first.suspects())
	for i, want := range []string{schemas.ProcessPhantom, schemas.ProcessLaunching} {
		if got := second.state(again[i], 0); got != want {
			t.Errorf("state of %d = %q, want %q", again[i].ID, got, want)
		}
	}
}

func TestAPhantomIsConfirmedOnce(t *testing.T) {
	app := pm2.App{ID: 1, Status: "online", StartedAt: pm2.Int{N: 1000, Known: true}}
	c := newCollector(t, schemas.PM2{})
	l := lookNow(t, schemas.PM2{}, app)
	if c.confirmed(l, l.suspects()) {
		t.Error("confirmed before it was looked at twice")
	}
	c.phantoms = map[int]int64{1: 1000}
	if !c.confirmed(l, l.suspects()) {
		t.Error("not confirmed, though it is the same start")
	}
	l.apps[0].StartedAt.N = 2000
	if c.confirmed(l, l.suspects()) {
		t.Error("confirmed, though PM2 has started it since")
	}
}

func TestCrashLoop(t *testing.T) {
	config := schemas.PM2{CrashLoop: schemas.CrashLoop{Restarts: 10}}
	born := pm2.App{Status: "online", PID: 42, StartedAt: pm2.Int{N: 0, Known: true}}
	for _, c := range []struct {
		name     string
		status   string
		pid      int
		restarts int64
		life     time.Duration
		want     string
	}{
		{"it is none below the limit", "online", 42, 9, time.Second, schemas.ProcessOnline},
		{"it is one at the limit, though it lives for some seconds", "online", 42, 10, 5 * time.Second, schemas.ProcessCrashLoop},
		{"it is one while it lives for less than two thirds of the settle time", "online", 42, 40, 20*time.Second - 1, schemas.ProcessCrashLoop},
		{"it is none from then on, however often it was restarted", "online", 42, 40, 20 * time.Second, schemas.ProcessOnline},
		{"it is one between two lives", "waiting restart", gone, 10, 0, schemas.ProcessCrashLoop},
		{"it is one while it is launched", "launching", 42, 10, 0, schemas.ProcessCrashLoop},
		{"it is not one once PM2 has given up", "errored", 0, 10, 0, schemas.ProcessErrored},
		{"it is not one once PM2 has given up and says that it waits", "waiting restart", 0, 10, 0, schemas.ProcessHiddenErrored},
		{"it is not one once it is stopped", "stopped", 0, 10, 0, schemas.ProcessStopped},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := born
			app.Status, app.PID = c.status, c.pid
			l := lookNow(t, config)
			l.elsewhere = true // so that PM2 is believed about when it was started
			l.at = time.UnixMilli(0).Add(c.life)
			if got := l.state(app, c.restarts); got != c.want {
				t.Errorf("state = %q, want %q", got, c.want)
			}
		})
	}
}

func TestACronRestartIsNoCrashLoop(t *testing.T) {
	config := schemas.PM2{CrashLoop: schemas.CrashLoop{Restarts: 5}}
	for _, c := range []struct {
		name, cron string
		restarts   int64
		want       string
	}{
		{"it is none where the schedule explains each restart", "* * * * *", 11, schemas.ProcessOnline},
		{"it is one where there are more than the schedule and the limit explain", "* * * * *", 16, schemas.ProcessCrashLoop},
		{"it is one where the schedule comes due once a day", "0 3 * * *", 5, schemas.ProcessCrashLoop},
		{"it is one without a schedule", "", 5, schemas.ProcessCrashLoop},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lookNow(t, config)
			l.elsewhere = true // so that PM2 is believed about when it was started
			l.at = time.Date(2026, 3, 2, 12, 0, 30, 0, time.Local)
			app := pm2.App{Status: "online", PID: 42, CronRestart: c.cron, StartedAt: pm2.Int{N: l.at.UnixMilli() - 1000, Known: true}}
			if got := l.state(app, c.restarts); got != c.want {
				t.Errorf("state = %q, want %q", got, c.want)
			}
		})
	}
}

func TestACronRestartOfARealPM2IsNoCrashLoop(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, version, with(pm2test.Sleeper("timed"), map[string]any{"cron_restart": "*/2 * * * * *"}))
			c := watch(t, p, schemas.PM2{CrashLoop: schemas.CrashLoop{Restarts: 3}})
			pm2test.Eventually(t, "six restarts by its schedule", func() bool {
				timed := collect(t, c).Processes["pm2/local/process/timed"]
				if timed.State == schemas.ProcessCrashLoop {
					t.Fatalf("it is a crash loop after %d restarts by its schedule", timed.Restarts10m)
				}
				return timed.Restarts10m >= 6
			})
		})
	}
}
