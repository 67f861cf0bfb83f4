package pm2

import (
	"os"
	"testing"

	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// gone is a pid that no process has: it is above what the kernel gives.
const gone = 1 << 23

func lookNow(t *testing.T, apps ...pm2.App) look {
	t.Helper()
	table, err := procfs.FS{}.Table()
	if err != nil {
		t.Fatal(err)
	}

	return look{bootMS: procfs.Boottime(), table: table, apps: apps, status: pm2.Status{State: pm2.Serving}}
}

func TestState(t *testing.T) {
	alive := os.Getpid()
	for _, c := range []struct {
		name   string
		status string
		pid    int
		want   string
	}{
		{"it is online where its process lives", "online", alive, schemas.ProcessOnline},
		{"it is a phantom where PM2 has no pid", "online", 0, schemas.ProcessPhantom},
		{"it is a phantom where PM2's pid is gone", "online", gone, schemas.ProcessPhantom},
		{"it is launching", "launching", alive, schemas.ProcessLaunching},
		{"it is stopping", "stopping", alive, schemas.ProcessStopping},
		{"it is stopped", "stopped", 0, schemas.ProcessStopped},
		{"it waits", "waiting restart", gone, schemas.ProcessWaiting},
		{"it is errored", "errored", 0, schemas.ProcessErrored},
		{"it is unknown where PM2 says nothing that rr knows", "", alive, schemas.ProcessUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := New("local", t.TempDir(), schemas.PM2{}, Self{})
			l := lookNow(t, pm2.App{Name: "api", ID: 3, Status: c.status, PID: c.pid})
			got := collector.processes(l)["pm2/local/process/api"]
			if got.State != c.want {
				t.Errorf("state = %q, want %q", got.State, c.want)
			}
			if lives := got.PID != nil; lives != (c.pid == alive) {
				t.Errorf("pid = %v, want it only where the process lives", got.PID)
			}
		})
	}
}

func TestExpectedAndUnknownToPM2IsMissing(t *testing.T) {
	collector := New("local", t.TempDir(), schemas.PM2{Expect: []string{"api", "worker"}}, Self{})
	got := collector.processes(lookNow(t, pm2.App{Name: "api", Status: "stopped"}, pm2.App{Name: "extra", ID: 1, Status: "stopped"}))
	for id, want := range map[schemas.ID]schemas.Process{
		"pm2/local/process/api":    {State: schemas.ProcessStopped, Expected: true},
		"pm2/local/process/worker": {State: schemas.ProcessMissing, Expected: true},
		"pm2/local/process/extra":  {State: schemas.ProcessStopped},
	} {
		if got[id].State != want.State || got[id].Expected != want.Expected {
			t.Errorf("%s: %s, expected %v; want %s, %v", id, got[id].State, got[id].Expected, want.State, want.Expected)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d processes, want 3", len(got))
	}
}

func TestRestartsAreThoseThatRRSaw(t *testing.T) {
	r := &restarts{total: 40}
	for _, step := range []struct {
		atMS, total          int64
		minute, ten, anyHour int64
	}{
		{0, 40, 0, 0, 0},        // what was before rr looked does not count
		{10_000, 43, 3, 3, 3},   //
		{69_999, 43, 3, 3, 3},   // within the minute, up to its end
		{70_000, 43, 0, 3, 3},   // a minute on
		{80_000, 2, 0, 3, 3},    // reset: PM2 counts anew, rr does not forget
		{90_000, 4, 2, 5, 5},    //
		{610_000, 4, 0, 2, 5},   //
		{3_610_000, 4, 0, 0, 2}, //
		{3_690_000, 4, 0, 0, 0}, //
		{3_700_000, 1004, 1000, 1000, 1000},
	} {
		r.see(step.total, step.atMS)
		got := [3]int64{r.within(step.atMS - minuteMS), r.within(step.atMS - 10*minuteMS), r.within(step.atMS - hourMS)}
		if want := [3]int64{step.minute, step.ten, step.anyHour}; got != want {
			t.Errorf("at %d ms: %v restarts within 1m, 10m, 1h; want %v", step.atMS, got, want)
		}
	}
}

func TestMemoryIsThatOfTheTreeAgainstTheConfiguredLimit(t *testing.T) {
	app := pm2.App{Name: "api", Status: "online", PID: os.Getpid(), MaxMemory: pm2.Int{N: 1 << 40, Known: true}}
	for _, c := range []struct {
		name  string
		limit schemas.Size
		want  int64
	}{
		{"it is PM2's where none is configured", 0, 1 << 40},
		{"it is the configured one", 1 << 20, 1 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := New("local", t.TempDir(), schemas.PM2{Memory: schemas.PM2Memory{Limit: c.limit}}, Self{})
			got := collector.processes(lookNow(t, app))["pm2/local/process/api"]
			if got.MemoryLimitBytes == nil || *got.MemoryLimitBytes != c.want {
				t.Fatalf("limit = %v, want %d", got.MemoryLimitBytes, c.want)
			}
			if got.MemoryBytes == nil || *got.MemoryBytes < 1<<20 || *got.MemoryPct != *got.MemoryBytes*100/c.want {
				t.Errorf("memory = %v bytes, %v %%; want this process's", got.MemoryBytes, got.MemoryPct)
			}
		})
	}
}

func TestRRKnowsItself(t *testing.T) {
	home := t.TempDir()
	l := lookNow(t)
	self, parent := os.Getpid(), os.Getppid()
	for _, c := range []struct {
		name          string
		self          Self
		app           pm2.App
		daemon        int
		inside, under bool
	}{
		{"it is not in an app that it does not descend from", Self{PID: self}, pm2.App{Name: "rr", PID: gone}, gone, false, false},
		{"it is in the app that it is", Self{PID: self}, pm2.App{Name: "rr", PID: self}, gone, true, false},
		{"it is in the app that it descends from", Self{PID: self}, pm2.App{Name: "rr", PID: parent}, gone, true, false},
		{"it is under the daemon that it descends from", Self{PID: self}, pm2.App{Name: "rr", PID: gone}, parent, false, true},
		{"it is known by its marks when its daemon is dead", Self{PID: self, PM2Home: home, App: "rr"}, pm2.App{Name: "rr", PID: gone}, 0, true, true},
		{"its marks of another home say nothing", Self{PID: self, PM2Home: "/elsewhere", App: "rr"}, pm2.App{Name: "rr", PID: gone}, 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.self.inside(home, c.app, l.table); got != c.inside {
				t.Errorf("inside = %v, want %v", got, c.inside)
			}
			if got := c.self.under(home, c.daemon, l.table); got != c.under {
				t.Errorf("under = %v, want %v", got, c.under)
			}
		})
	}
}
