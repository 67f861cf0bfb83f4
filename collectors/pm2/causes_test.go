package pm2

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"rr/internal/pm2"
	"rr/schemas"
)

func TestCause(t *testing.T) {
	dir := t.TempDir()
	script, plain := filepath.Join(dir, "run"), filepath.Join(dir, "plain")
	for path, mode := range map[string]os.FileMode{script: 0o700, plain: 0o600} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	nowhere := filepath.Join(dir, "nowhere")
	const phantom, errored = schemas.ProcessPhantom, schemas.ProcessErrored
	for _, c := range []struct {
		name  string
		app   pm2.App
		state string
		cause string
		path  string
	}{
		{"it is none where all is there", pm2.App{CWD: dir, ExecPath: script, Interpreter: "none"}, phantom, "none", ""},
		{"it is the folder", pm2.App{CWD: nowhere, ExecPath: script}, phantom, "cwd_missing", nowhere},
		{"it is the folder where the script was in it", pm2.App{CWD: nowhere, ExecPath: nowhere + "/run"}, phantom, "cwd_missing", nowhere},
		{"it is the script", pm2.App{CWD: dir, ExecPath: nowhere}, errored, "script_missing", nowhere},
		{"it is the script where its folder is a file", pm2.App{CWD: dir, ExecPath: plain + "/run"}, errored, "script_missing", plain + "/run"},
		{"it is the interpreter", pm2.App{CWD: dir, ExecPath: plain, Interpreter: nowhere}, errored, "interpreter_missing", nowhere},
		{"it is the interpreter that PATH does not have", pm2.App{CWD: dir, ExecPath: plain, Interpreter: "rr-nothing-of-this-name"}, phantom, "interpreter_missing", "rr-nothing-of-this-name"},
		{"it is none where PATH has the interpreter", pm2.App{CWD: dir, ExecPath: plain, Interpreter: "sh"}, phantom, "none", ""},
		{"it is none where something else may have been in PATH", pm2.App{CWD: dir, ExecPath: plain, Interpreter: "rr-nothing-of-this-name"}, errored, "none", ""},
		{"it is none where the interpreter is relative", pm2.App{CWD: dir, ExecPath: plain, Interpreter: "bin/nothing"}, phantom, "none", ""},
		{"a cluster worker needs no interpreter", pm2.App{CWD: dir, ExecPath: plain, Interpreter: nowhere, ExecMode: "cluster_mode"}, phantom, "none", ""},
		{"it is the script that nobody may run", pm2.App{CWD: dir, ExecPath: plain, Interpreter: "none"}, errored, "not_executable", plain},
		{"it is not asked where PM2 does not know the paths", pm2.App{}, phantom, "none", ""},
		{"it is not asked of what runs", pm2.App{CWD: nowhere}, schemas.ProcessOnline, "none", ""},
		{"it is not asked of what was stopped", pm2.App{CWD: nowhere}, schemas.ProcessStopped, "none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lookNow(t, schemas.PM2{})
			if cause, path := l.cause(c.app, c.state); cause != c.cause || path != c.path {
				t.Errorf("cause = %s %s, want %s %s", cause, path, c.cause, c.path)
			}
		})
	}
}

func TestAFullDiskIsACause(t *testing.T) {
	log := filepath.Join(t.TempDir(), "out.log")
	app := pm2.App{OutLog: log}
	for _, c := range []struct {
		name string
		free int64
		want string
	}{
		{"it is full below what a start needs", 1<<20 - 1, "disk_full"},
		{"it is not full above, however large the disk is", 1 << 20, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lookNow(t, schemas.PM2{})
			l.disks.folder[filepath.Dir(log)] = 7
			l.disks.byDev[7] = disk{known: true, free: c.free, mount: "/var"}
			got, path := l.cause(app, schemas.ProcessErrored)
			if got != c.want || path != map[string]string{"disk_full": "/var"}[got] {
				t.Errorf("cause = %s %q, want %s and where the disk is mounted", got, path, c.want)
			}
		})
	}
}

func TestADiskHasOneNameForAllThatIsOnIt(t *testing.T) {
	if got := mountOf("/proc/self/status", devOf(t, "/proc")); got != "/proc" {
		t.Errorf("the disk of a file of /proc is mounted at %q, want /proc", got)
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/proc/self", link); err != nil {
		t.Fatal(err)
	}
	if got := mountOf(link, devOf(t, link)); got != "/proc" {
		t.Errorf("the disk behind a link is mounted at %q, want /proc", got)
	}
	if mountOf(dir, devOf(t, dir)) != mountOf(filepath.Dir(dir), devOf(t, dir)) {
		t.Error("a folder and the one above it on the same disk have two disks")
	}
}

func devOf(t *testing.T, path string) uint64 {
	t.Helper()
	var info unix.Stat_t
	if err := unix.Stat(path, &info); err != nil {
		t.Fatal(err)
	}
	return info.Dev
}

func TestACauseIsLookedForBeforeARestartForMemory(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	self := os.Getpid()
	for _, c := range []struct {
		name       string
		limit      schemas.Size
		restartPct int
		want       string
	}{
		{"it is looked for over the limit", 1, 100, "cwd_missing"},
		{"it is not looked for below", 1 << 50, 100, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := schemas.PM2{Memory: schemas.PM2Memory{Limit: c.limit, RestartPct: c.restartPct}}
			l := lookNow(t, config, pm2.App{Name: "api", Status: "online", PID: self, CWD: nowhere})
			if got := newCollector(t, config).processes(l)["pm2/local/process/api"]; got.Cause != c.want || got.State != schemas.ProcessOnline {
				t.Errorf("%s, cause %s; want online, %s", got.State, got.Cause, c.want)
			}
		})
	}
}

func TestDiskCountsAsDfDoes(t *testing.T) {
	for _, c := range []struct {
		name string
		info unix.Statfs_t
		want disk
	}{
		{"it is all free", unix.Statfs_t{Blocks: 100, Bfree: 100, Bavail: 100, Frsize: 1024}, disk{known: true, free: 102400, pct: 100}},
		{"what root keeps is neither used nor free", unix.Statfs_t{Blocks: 100, Bfree: 52, Bavail: 2, Frsize: 1024}, disk{known: true, free: 2048, pct: 4}},
		{"it is full", unix.Statfs_t{Blocks: 100, Bfree: 5, Frsize: 1024}, disk{known: true}},
		{"a disk that does not tell its size is not known", unix.Statfs_t{}, disk{}},
	} {
		if got := diskOf(c.info); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
