package pm2_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	return d.Home, schemas.PM2{}, scope == "local"
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
			if errors.Is(err, schemas.ErrOutcomeUnknown) {
				t.Errorf("error %v says the outcome is unknown; nothing was done", err)
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
	_, err := act.Resurrect{Homes: d.homes}.Act(context.Background(), schemas.Action{Target: "pm2/local/daemon/pm2"}, schemas.Snapshot{})
	if err == nil || !strings.Contains(err.Error(), "only a dead one") {
		t.Errorf("error %v, want it refused", err)
	}
}
