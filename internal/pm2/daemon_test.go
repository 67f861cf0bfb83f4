package pm2_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

// real runs a test with a daemon of every version at once.
func real(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real PM2 daemons")
	}
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

func mustList(t *testing.T, c *pm2.Client) []pm2.App {
	t.Helper()
	apps, err := c.List(within(t, 10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return apps
}

func only(t *testing.T, c *pm2.Client) pm2.App {
	t.Helper()
	apps := mustList(t, c)
	if len(apps) != 1 {
		t.Fatalf("List = %+v, want one app", apps)
	}
	return apps[0]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDaemonDoesWhatItIsAsked(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		app := pm2test.Sleeper("api")
		app.Env = map[string]string{"SECRET": "do not tell"}
		p := pm2test.Start(t, version, app)
		c := client(t, p.Home)
		ctx := within(t, 30*time.Second)

		must(t, c.Ping(ctx))
		if v, err := c.Version(ctx); err != nil || !strings.HasPrefix(v, version+".") {
			t.Errorf("Version = %q, %v, want %s.…", v, err, version)
		}
		report, err := c.Report(ctx)
		if err != nil || !strings.HasPrefix(report.Version, version+".") || time.Since(report.StartedAt) > time.Minute || report.UID.Or(-1) != int64(os.Getuid()) {
			t.Errorf("Report = %+v, %v", report, err)
		}
		if peer, err := c.Peer(ctx); err != nil || peer.PID != p.DaemonPID() || peer.UID != os.Getuid() {
			t.Errorf("Peer = %+v, %v, want %d", peer, err, p.DaemonPID())
		}
		before := only(t, c)
		if before.Name != "api" || before.Status != "online" || before.PID == 0 || before.Restarts.Or(-1) != 0 ||
			before.ExecPath != "/bin/sleep" || before.Instance.Or(-1) != 0 || before.ExecMode != "fork_mode" || !before.Autorestart.B {
			t.Errorf("List = %+v", before)
		}

		must(t, c.Restart(ctx, before.ID))
		must(t, c.NotifyRestart(ctx, before.ID))
		after := only(t, c)
		if after.PID == before.PID || after.Restarts.Or(-1) != 1 || after.Status != "online" {
			t.Errorf("after Restart: %+v", after)
		}
		must(t, c.Reload(ctx, before.ID))
		must(t, c.Reset(ctx, before.ID))
		if app := only(t, c); app.Restarts.Or(-1) != 0 || app.Status != "online" || app.PID == after.PID {
			t.Errorf("after Reload and Reset: %+v", app)
		}
		must(t, c.StopWatch(ctx, before.ID))
		must(t, c.Stop(ctx, before.ID))
		if app := only(t, c); app.Status != "stopped" || app.PID != 0 {
			t.Errorf("after Stop: %+v", app)
		}
		must(t, c.Start(ctx, before.ID))
		var remote *pm2.RemoteError
		if err := c.Start(ctx, before.ID); !errors.As(err, &remote) {
			t.Errorf("Start of what runs = %v, want the daemon's refusal", err)
		}
		p.Run("save")
		must(t, c.Delete(ctx, before.ID))
		if apps := mustList(t, c); len(apps) != 0 {
			t.Errorf("after Delete: %+v", apps)
		}

		dump, err := pm2.ReadDump(p.Home)
		if err != nil || len(dump.Entries) != 1 || dump.Entries[0].Name != "api" || time.Since(dump.SavedAt) > time.Minute {
			t.Fatalf("ReadDump = %+v, %v", dump, err)
		}
		must(t, c.Prepare(ctx, dump.Entries[0]))
		if app := only(t, c); app.Name != "api" || app.Status != "online" || app.PID == 0 {
			t.Errorf("after Prepare: %+v", app)
		}
	})
}

func wantState(t *testing.T, home string, want pm2.State) pm2.Status {
	t.Helper()
	got := pm2.Probe(within(t, 5*time.Second), home)
	if got.State != want || got.Note == "" {
		t.Errorf("Probe = %+v, want %s", got, want)
	}
	return got
}

func TestProbeTellsHowTheDaemonIs(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		p := pm2test.New(t, version)
		wantState(t, p.Home, pm2.Absent)
		wantState(t, filepath.Join(p.Home, "none"), pm2.Absent)
		if _, err := os.Stat(filepath.Join(p.Home, "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Probe made the home: %v", err)
		}
		p.Run("ping")
		pid := p.DaemonPID()
		if got := wantState(t, p.Home, pm2.Serving); got.PID != pid || !strings.HasPrefix(got.Version, version+".") {
			t.Errorf("Probe = %+v, want pid %d", got, pid)
		}
		probeAsAnother(t, p.Home)

		p.KillDaemon(syscall.SIGSTOP)
		stuck, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if got := pm2.Probe(stuck, p.Home); got.State != pm2.Stuck || got.PID != pid {
			t.Errorf("Probe of a stopped daemon = %+v, want %s", got, pm2.Stuck)
		}
		p.KillDaemon(syscall.SIGCONT)
		wantState(t, p.Home, pm2.Serving)

		must(t, os.Rename(filepath.Join(p.Home, "rpc.sock"), filepath.Join(p.Home, "lost")))
		if got := wantState(t, p.Home, pm2.Stuck); got.PID != pid {
			t.Errorf("Probe of a daemon without its socket = %+v, want pid %d", got, pid)
		}
		must(t, os.Rename(filepath.Join(p.Home, "lost"), filepath.Join(p.Home, "rpc.sock")))

		p.KillDaemon(syscall.SIGTERM)
		wantState(t, p.Home, pm2.Absent)
		p.Run("ping")
		p.KillDaemon(syscall.SIGKILL)
		wantState(t, p.Home, pm2.Dead)
		must(t, os.Remove(filepath.Join(p.Home, "rpc.sock")))
		wantState(t, p.Home, pm2.Dead)
		must(t, os.WriteFile(filepath.Join(p.Home, "pm2.pid"), []byte(strconv.Itoa(os.Getpid())), 0o600))
		wantState(t, p.Home, pm2.Dead)
	})
}

// probeHome is set in a run of this test binary that another user makes.
const probeHome = "RR_PM2_TEST_PROBE"

// probeAsAnother probes as a user who is not root and not the daemon's, first
// without and then with permission for the socket.
func probeAsAnother(t *testing.T, home string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("not root: another user's view is not tried")
		return
	}
	must(t, os.Chmod(home, 0o755))
	for _, mode := range []fs.FileMode{0o700, 0o777} {
		must(t, os.Chmod(filepath.Join(home, "rpc.sock"), mode))
		self, err := os.Open("/proc/self/exe") // the other user may not reach its folder
		must(t, err)
		defer self.Close()
		cmd := exec.Command("/proc/self/fd/3", "-test.run=^TestProbeOfAnotherUser$", "-test.v")
		cmd.ExtraFiles = []*os.File{self}
		cmd.Dir = "/"
		cmd.Env = []string{probeHome + "=" + home}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "state=foreign") {
			t.Errorf("another user's Probe, socket %o: %v, want foreign:\n%s", mode, err, out)
		}
	}
}

func TestProbeOfAnotherUser(t *testing.T) {
	home := os.Getenv(probeHome)
	if home == "" {
		t.Skip("run by TestProbeTellsHowTheDaemonIs as another user")
	}
	status := pm2.Probe(within(t, 5*time.Second), home)
	t.Logf("state=%s uid=%d note=%s", status.State, status.UID, status.Note)
	if status.UID != 0 {
		t.Errorf("UID = %d, want the daemon's, 0", status.UID)
	}
}

func TestProbeCallsADaemonThatDropsTheCallUnknown(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, _ pm2test.FakeCall) { c.Close() })
	wantState(t, d.Home, pm2.Unknown)
}
