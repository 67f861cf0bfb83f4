package pm2

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"rr/internal/pm2"
	"rr/schemas"
)

func TestPidusage(t *testing.T) {
	bytes := func(n int64) pm2.Int { return pm2.Int{N: n, Known: true} }
	alive := os.Getpid()
	for _, c := range []struct {
		name string
		apps []pm2.App
		want string
	}{
		{"it is unknown without apps", nil, "unknown"},
		{"it is unknown where none is online", []pm2.App{{Status: "stopped", MonitoredMemory: bytes(0)}}, "unknown"},
		{"it is unknown where only a phantom is online", []pm2.App{{Status: "online", MonitoredMemory: bytes(0)}}, "unknown"},
		{"it is unknown where PM2 says nothing of it", []pm2.App{{Status: "online", PID: alive}}, "unknown"},
		{"it works where one has memory", []pm2.App{{Status: "online", PID: alive, MonitoredMemory: bytes(0)}, {ID: 1, Status: "online", PID: alive, MonitoredMemory: bytes(1)}}, "working"},
		{"it is broken where none has", []pm2.App{{Status: "online", PID: alive, MonitoredMemory: bytes(0)}, {ID: 1, Status: "online"}}, "broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lookNow(t, schemas.PM2{}, c.apps...).pidusage(); got != c.want {
				t.Errorf("pidusage = %q, want %q", got, c.want)
			}
		})
	}
}

func TestLogrotate(t *testing.T) {
	module := pm2.App{Name: "pm2-logrotate", Module: is(true), Status: "online", PID: os.Getpid()}
	stopped, namesake := module, module
	stopped.Status, namesake.Module = "stopped", is(false)
	for _, c := range []struct {
		name string
		app  pm2.App
		want string
	}{
		{"it is online", module, "online"},
		{"it is stopped", stopped, "stopped"},
		{"it is missing where only an app has its name", namesake, "missing"},
	} {
		if got := logrotate(lookNow(t, schemas.PM2{}, c.app)); got != c.want {
			t.Errorf("%s: logrotate = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestVersionSkew(t *testing.T) {
	dir := t.TempDir()
	command := filepath.Join(dir, "bin", "pm2")
	if err := os.Mkdir(filepath.Dir(command), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{command: "#!/bin/false\n", filepath.Join(dir, "package.json"): `{"name":"pm2","version":"7.0.4"}`} {
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, command, daemon, version, want string
	}{
		{"it is no where both are one", command, "7.0.4", "7.0.4", "no"},
		{"it is yes where they differ", command, "6.0.14", "7.0.4", "yes"},
		{"it is unknown without a daemon", command, "", "7.0.4", "unknown"},
		{"it is unknown without a command", command + "-none", "7.0.4", "", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := schemas.Daemon{Version: c.daemon, VersionSkew: unknown}
			config := schemas.PM2{Command: c.command}
			newCollector(t, config).skew(context.Background(), lookNow(t, config), &d)
			if d.CommandVersion != c.version || d.VersionSkew != c.want {
				t.Errorf("command_version = %q, version_skew = %q; want %q, %q", d.CommandVersion, d.VersionSkew, c.version, c.want)
			}
		})
	}
}

func TestLeftoversCountOnlyWhileTheyAreLeft(t *testing.T) {
	l := lookNow(t, schemas.PM2{})
	self, _ := l.table.Process(os.Getpid())
	l.bootMS = int64(self.Start)*10 + 10_000
	for _, c := range []struct {
		name  string
		found left
		older int64
		want  int
	}{
		{"one that lives counts", left{self.PID, self.Start}, 0, 1},
		{"another of the same pid does not", left{self.PID, self.Start + 1}, 0, 0},
		{"one that has ended does not", left{gone, 1}, 0, 0},
		{"one that is old enough counts", left{self.PID, self.Start}, 10_000, 1},
		{"one that may just start does not", left{self.PID, self.Start}, 10_001, 0},
	} {
		if got := l.left([]left{c.found}, c.older); got != c.want {
			t.Errorf("%s: left = %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAnOrphanIsOlderThanTheDaemonThatServes(t *testing.T) {
	l := lookNow(t, schemas.PM2{})
	daemon, _ := l.table.Process(l.status.PID)
	for _, c := range []struct {
		name  string
		state pm2.State
		start uint64
		want  bool
	}{
		{"one that is older is", pm2.Serving, daemon.Start - 1, true},
		{"a helper that an app let go is not", pm2.Serving, daemon.Start + 1, false},
		{"all are where no daemon serves", pm2.Dead, daemon.Start + 1, true},
	} {
		l.status.State = c.state
		if got := l.outlived(pm2.Orphan{Start: c.start}); got != c.want {
			t.Errorf("%s: outlived = %v, want %v", c.name, got, c.want)
		}
	}
}
