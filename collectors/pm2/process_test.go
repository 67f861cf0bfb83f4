package pm2

import (
	"os"
	"testing"
	"time"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// gone is a pid that no process has: it is above what the kernel gives.
const gone = 1 << 23

// settle is the settle time of these tests.
const settle = 30 * time.Second

// lookNow is a look at the processes of this host and at these apps, whose
// missing processes were looked for twice.
func lookNow(t testing.TB, config schemas.PM2, apps ...pm2.App) *look {
	t.Helper()
	table, err := procfs.FS{}.Table()
	if err != nil {
		t.Fatal(err)
	}
	l := &look{
		at: time.Now(), bootMS: procfs.Boottime(), config: &settings{config, settle}, table: table, apps: apps,
		status:  pm2.Status{State: pm2.Serving, PID: os.Getpid(), UID: os.Geteuid()},
		dump:    dump{state: "missing"},
		desired: desiredBy(nil, config.Expect),
		disks:   newDisks(),
	}
	l.phantoms = phantoms(apps, l.suspects())

	return l
}

// declares makes a look know an ecosystem file with these apps.
func (l *look) declares(apps ...ecosystem.App) *look {
	l.desired = desiredBy([]reading{{known: true, apps: apps}}, l.config.Expect)
	return l
}

func newCollector(t testing.TB, config schemas.PM2) *Collector {
	return New("local", t.TempDir(), config, settle, Self{})
}

func is(b bool) pm2.Bool { return pm2.Bool{B: b, Known: true} }

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestEveryProcessHasItsOwnFacts(t *testing.T) {
	c := newCollector(t, schemas.PM2{})
	facts := c.processes(lookNow(t, schemas.PM2{},
		pm2.App{Name: "web", ID: 0, Status: "online", PID: os.Getpid(), Module: is(true)},
		pm2.App{Name: "web", ID: 1, Status: "online", PID: os.Getpid()},
		pm2.App{Name: "web", ID: 2, Status: "stopped"},
		pm2.App{Name: "job", ID: 3, Status: "stopped"},
	))
	for id, want := range map[schemas.ID]schemas.Process{
		"pm2/local/process/web":   {InstancesOnline: 2, Module: true},
		"pm2/local/process/web#1": {InstancesOnline: 2},
		"pm2/local/process/web#2": {InstancesOnline: 2},
		"pm2/local/process/job":   {},
	} {
		got := facts[id]
		if got.InstancesOnline != want.InstancesOnline || got.Module != want.Module {
			t.Errorf("%s: %d online, module %v; want %d, %v", id, got.InstancesOnline, got.Module, want.InstancesOnline, want.Module)
		}
	}
	if len(facts) != 4 {
		t.Errorf("%d processes, want 4", len(facts))
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
			config := schemas.PM2{Memory: schemas.PM2Memory{Limit: c.limit}}
			got := newCollector(t, config).processes(lookNow(t, config, app))["pm2/local/process/api"]
			if got.MemoryLimitBytes == nil || *got.MemoryLimitBytes != c.want {
				t.Fatalf("limit = %v, want %d", deref(got.MemoryLimitBytes), c.want)
			}
			if got.MemoryBytes == nil || *got.MemoryBytes < 1<<20 || *got.MemoryPct != *got.MemoryBytes*100/c.want {
				t.Errorf("memory = %v bytes, %v %%; want this process's", deref(got.MemoryBytes), deref(got.MemoryPct))
			}
		})
	}
}

func TestWhatAnAppReportsIsRounded(t *testing.T) {
	for _, c := range []struct {
		name string
		in   pm2.Float
		want any
	}{
		{"it is rounded down", pm2.Float{N: 0.49, Known: true}, int64(0)},
		{"it is rounded up", pm2.Float{N: 87.5, Known: true}, int64(88)},
		{"it is absent where the app does not say", pm2.Float{}, nil},
		{"it is absent where it is less than nothing", pm2.Float{N: -1, Known: true}, nil},
		{"it is absent where it is more than rr counts", pm2.Float{N: 1e30, Known: true}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := pm2.App{Name: "api", Status: "online", PID: os.Getpid(), EventLoopP50: c.in, EventLoopP95: c.in, HeapUsage: c.in}
			p := newCollector(t, schemas.PM2{}).processes(lookNow(t, schemas.PM2{}, app))["pm2/local/process/api"]
			for name, got := range map[string]*int64{"event_loop_p50_ms": p.EventLoopP50MS, "event_loop_p95_ms": p.EventLoopP95MS, "heap_pct": p.HeapPct} {
				if deref(got) != c.want {
					t.Errorf("%s = %v, want %v", name, deref(got), c.want)
				}
			}
		})
	}
}
