package pm2_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	act "rr/actions/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

const api = schemas.ID("pm2/local/process/api")

// daemon is one that is not real: it lists one app and notes what it is told.
type daemon struct {
	*pm2test.FakeDaemon
	mu    sync.Mutex
	calls []string
}

func newDaemon(t *testing.T, list string, answer func(*pm2test.FakeConn, pm2test.FakeCall) bool) *daemon {
	t.Helper()
	d := &daemon{}
	d.FakeDaemon = pm2test.NewFakeDaemon(t, func(conn *pm2test.FakeConn, call pm2test.FakeCall) {
		if call.Method == "getMonitorData" {
			conn.Answer(call, list)
			return
		}
		if call.Method == "getVersion" {
			conn.Answer(call, `"7.0.4"`)
			return
		}
		d.mu.Lock()
		d.calls = append(d.calls, call.Method+string(call.Args))
		d.mu.Unlock()
		if answer == nil || !answer(conn, call) {
			conn.Answer(call, `{}`)
		}
	})

	return d
}

func (d *daemon) homes(scope string) (string, schemas.PM2, bool) {
	return d.Home, schemas.PM2{Command: "/bin/true"}, scope == "local"
}

func listed(name string, id, pid int, status string) string {
	return fmt.Sprintf(`[{"name":%q,"pm_id":%d,"pid":%d,"pm2_env":{"status":%q}}]`, name, id, pid, status)
}

func seen(id, pid int, status string) schemas.Snapshot {
	s := schemas.NewSnapshot("test", schemas.Moment{})
	p := schemas.Process{Name: "api", Status: status, PMID: &id}
	if pid > 0 {
		p.PID = &pid
	}
	s.Processes[api] = p

	return s
}

func TestRestartRestartsWhatWasSeenAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		name string
		now  string // what the daemon lists when it comes to act
		want string // error, empty where it acts
	}{
		{"it restarts what it saw", listed("api", 3, 0, "errored"), ""},
		{"it refuses what is gone", `[]`, "no longer there"},
		{"it refuses what was renamed", listed("api-old", 3, 0, "errored"), "no longer there"},
		{"it refuses what has another number", listed("api", 4, 0, "errored"), "another process now"},
		{"it refuses what has changed its state", listed("api", 3, 77, "online"), "it was errored and is online"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon(t, c.now, nil)
			_, err := act.Restart{Homes: d.homes}.Act(context.Background(), schemas.Action{Verb: "pm2.restart", Target: api}, seen(3, 0, "errored"))
			if c.want == "" {
				if err != nil || len(d.calls) == 0 || d.calls[0] != `restartProcessId[{"id":3}]` {
					t.Fatalf("calls %v, error %v; want restartProcessId of 3", d.calls, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || len(d.calls) > 0 {
				t.Errorf("error %v, calls %v; want %q and none", err, d.calls, c.want)
			}
			if !errors.Is(err, schemas.ErrRefused) {
				t.Errorf("error %v does not say that it was refused; nothing was done", err)
			}
		})
	}
}

func TestRestartRefusesAnOnlineProcessThatWasStartedAnew(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 501, "online"), nil)
	_, err := act.Restart{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: api}, seen(3, 500, "online"))
	if err == nil || !strings.Contains(err.Error(), "started anew") || len(d.calls) > 0 {
		t.Errorf("error %v, calls %v; want it refused", err, d.calls)
	}
}

func TestRestartActsOnALoopThoughItIsNeverTwiceTheSame(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 501, "launching"), nil)
	looping := seen(3, 500, "online")
	facts := looping.Processes[api]
	facts.State = schemas.ProcessCrashLoop
	looping.Processes[api] = facts
	if _, err := (act.Restart{Homes: d.homes}).Act(context.Background(), schemas.Action{Target: api}, looping); err != nil {
		t.Errorf("error %v, want it restarted", err)
	}
	other := newDaemon(t, listed("api", 4, 501, "online"), nil)
	if _, err := (act.Restart{Homes: other.homes}).Act(context.Background(), schemas.Action{Target: api}, looping); !errors.Is(err, schemas.ErrRefused) || len(other.calls) > 0 {
		t.Errorf("error %v, calls %v; want another process left alone", err, other.calls)
	}
}

func TestRestartRefusesAPhantomThatRunsAgain(t *testing.T) {
	d := newDaemon(t, listed("api", 3, os.Getpid(), "online"), nil)
	_, err := act.Restart{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: api}, seen(3, 0, "online"))
	if !errors.Is(err, schemas.ErrRefused) || len(d.calls) > 0 {
		t.Errorf("error %v, calls %v; want it refused", err, d.calls)
	}
}

func TestOrphansLiveOnWhereThereIsNoCommandToStartTheirDaemon(t *testing.T) {
	home := t.TempDir()
	for name, text := range map[string]string{"pm2.pid": "4194304", "dump.pm2": `[{"name":"api","status":"online"}]`} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	orphan := exec.Command("sleep", "60")
	orphan.Env = []string{"PM2_HOME=" + home, "pm_id=0", "name=api"}
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = orphan.Process.Kill()
		_ = orphan.Wait()
	})
	homes := func(string) (string, schemas.PM2, bool) { return home, schemas.PM2{Command: "no-such-pm2"}, true }
	_, err := act.Resurrect{Homes: homes}.Act(context.Background(), schemas.Action{Target: "pm2/local/daemon/pm2"}, schemas.Snapshot{})
	if err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("error %v, want a plain one: nothing was begun", err)
	}
	if err := orphan.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the app that served on was ended: %v", err)
	}
}

func TestAnActThatBreaksOffIsUnknownAndOneThatIsRefusedIsNot(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  func(*pm2test.FakeConn, pm2test.FakeCall) bool
		unknown bool
	}{
		{"the daemon dies in the call", func(conn *pm2test.FakeConn, _ pm2test.FakeCall) bool { conn.Close(); return true }, true},
		{"the daemon refuses", func(conn *pm2test.FakeConn, call pm2test.FakeCall) bool {
			conn.Refuse(call, "Process with pid 5 already exists")
			return true
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon(t, listed("api", 3, 0, "errored"), c.answer)
			_, err := act.Restart{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: api}, seen(3, 0, "errored"))
			if err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) != c.unknown {
				t.Errorf("error %v, unknown %v; want %v", err, !c.unknown, c.unknown)
			}
		})
	}
}

func TestStopStartStopsFirst(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 9, "waiting restart"), nil)
	_, err := act.StopStart{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: api}, seen(3, 0, "waiting restart"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`stopProcessId[3]`, `restartProcessId[{"id":3}]`}; !slices.Equal(d.calls[:2], want) {
		t.Errorf("calls %v, want %v first", d.calls, want)
	}
}

func TestResurrectOfAnAppThatIsThereAgainDoesNothing(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 0, "stopped"), nil)
	_, err := act.Resurrect{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: api}, schemas.Snapshot{})
	if err == nil || !strings.Contains(err.Error(), "PM2 knows api again") || len(d.calls) > 0 {
		t.Errorf("error %v, calls %v; want it refused", err, d.calls)
	}
}

func TestResurrectOfADaemonThatServesDoesNothing(t *testing.T) {
	d := newDaemon(t, `[]`, nil)
	if err := os.WriteFile(filepath.Join(d.Home, "dump.pm2"), []byte(`[{"name":"api"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := act.Resurrect{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: "pm2/local/daemon/pm2"}, schemas.Snapshot{})
	if !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "the daemon is serving") {
		t.Errorf("error %v, want it refused", err)
	}
}
