package pm2

import (
	"os"
	"path/filepath"
	"testing"

	"rr/internal/pm2"
	"rr/schemas"
)

// logOf is a collector whose looks tell the logs of one app.
func logOf(t *testing.T, app pm2.App) func(bootMS int64) schemas.Process {
	t.Helper()
	c := newCollector(t, schemas.PM2{})
	app.Name = "api"

	return func(bootMS int64) schemas.Process {
		l := lookNow(t, schemas.PM2{}, app)
		l.bootMS = bootMS
		return c.processes(l)["pm2/local/process/api"]
	}
}

func write(t *testing.T, path string, size int) string {
	t.Helper()
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLogs(t *testing.T) {
	dir := t.TempDir()
	out, errors := write(t, filepath.Join(dir, "out.log"), 100), write(t, filepath.Join(dir, "error.log"), 20)
	link := filepath.Join(dir, "link.log")
	if err := os.Symlink(out, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		app  pm2.App
		size any
		disk bool
	}{
		{"they are both files together", pm2.App{OutLog: out, ErrLog: errors}, int64(120), true},
		{"one file for both counts once", pm2.App{OutLog: out, ErrLog: out}, int64(100), true},
		{"one file under two names counts once", pm2.App{OutLog: out, ErrLog: link}, int64(100), true},
		{"a file that is not there yet is on the disk of its folder", pm2.App{OutLog: filepath.Join(dir, "none.log")}, nil, true},
		{"what is no plain file has no size", pm2.App{OutLog: "/dev/null", ErrLog: "/dev/null"}, nil, false},
		{"nothing is known of none", pm2.App{}, nil, false},
		{"nothing is known of a relative one", pm2.App{OutLog: "out.log"}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := logOf(t, c.app)(1000)
			if deref(p.LogBytes) != c.size || (p.DiskFreePct != nil) != c.disk {
				t.Errorf("log_bytes = %v, disk_free_pct = %v; want %v, %v", deref(p.LogBytes), deref(p.DiskFreePct), c.size, c.disk)
			}
		})
	}
}

func TestLogGrowthIsPerMinuteSinceTheLastLook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.log")
	look := logOf(t, pm2.App{OutLog: path})
	for _, step := range []struct {
		name   string
		atMS   int64
		size   int
		growth any
	}{
		{"it is not known at the first look", 1000, 1000, nil},
		{"it is what came since", 31_000, 1500, int64(1000)},
		{"it is nothing where nothing came", 61_000, 1500, int64(0)},
		{"of a log that was emptied it is what it holds", 91_000, 100, int64(200)},
	} {
		write(t, path, step.size)
		if p := look(step.atMS); deref(p.LogGrowthBytesM) != step.growth {
			t.Errorf("%s: log_growth_bytes_m = %v, want %v", step.name, deref(p.LogGrowthBytesM), step.growth)
		}
	}
}
