package pm2_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	act "rr/actions/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

const api1 = schemas.ID("pm2/local/process/api#1")

// listedWith lists api as number 3 with further fields.
func listedWith(pid int, status, fields string) string {
	return fmt.Sprintf(`[{"name":"api","pm_id":3,"pid":%d,"pm2_env":{"status":%q,%s}}]`, pid, status, fields)
}

// wantCalls holds what the daemon was told against what it should have been.
func (d *daemon) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.calls, want) {
		t.Errorf("calls %q, want %q", d.calls, want)
	}
}

// entry is api as a dump has it.
const entry = `{"name":"api","status":"online","pm_exec_path":"/a","pm_cwd":"/","exec_interpreter":"none","exec_mode":"fork_mode","env":{"TOKEN":"s3cret"},"pm_out_log_path":"/o","pm_err_log_path":"/e","pm_pid_path":"/p"}`

// saves puts a dump into the home of a daemon.
func (d *daemon) saves(t *testing.T, entries ...string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(d.Home, "dump.pm2"), []byte("["+strings.Join(entries, ",")+"]"), 0o600))
}

// processVerbs is every verb of a process that PM2 knows.
func processVerbs(d *daemon) map[string]actor {
	return map[string]actor{
		"reload": act.Reload{Homes: d.homes}, "stop": act.Stop{Homes: d.homes},
		"reset": act.Reset{Homes: d.homes}, "recreate": act.Recreate{Homes: d.homes},
	}
}

const cluster = `"exec_mode":"cluster_mode"`

func TestAProcessThatIsNotWhatWasSeenIsLeftAlone(t *testing.T) {
	self := os.Getpid()
	for _, c := range []struct{ name, now, want string }{
		{"gone", `[]`, "no longer there"},
		{"renamed", strings.Replace(listedWith(self, "online", cluster), "api", "api-old", 1), "no longer there"},
		{"under another number", strings.Replace(listedWith(self, "online", cluster), ":3,", ":4,", 1), "another process now"},
		{"in another state", listedWith(self, "stopping", cluster), "it was online and is stopping"},
		{"started anew", listedWith(self+1, "online", cluster), "started anew"},
	} {
		d := newDaemon(t, c.now, nil)
		d.saves(t, entry)
		for verb, actor := range processVerbs(d) {
			t.Run(verb+" of what is "+c.name, func(t *testing.T) {
				refuses(t, actor, api, seen(3, self, "online"), c.want)
				d.wantCalls(t)
			})
		}
	}
}

func TestAProcessUnderADaemonThatIsGoneIsLeftAlone(t *testing.T) {
	d := newDaemon(t, `[]`, nil)
	d.Stop()
	for _, actor := range processVerbs(d) {
		refuses(t, actor, api, seen(3, 0, "online"), "look for")
		if _, err := actor.Act(t.Context(), byHand("pm2/other/process/api"), seen(3, 0, "online")); err == nil || !strings.Contains(err.Error(), `no PM2 home is configured as "other"`) {
			t.Errorf("%T in no home = %v", actor, err)
		}
	}
}

func TestAnActOnAProcessThatBreaksOffIsUnknown(t *testing.T) {
	self := os.Getpid()
	for verb, calls := range map[string][]string{
		"reload":   {`reloadProcessId[{"id":3}]`},
		"stop":     {`stopWatch["stopProcessId",3]`, `stopProcessId[3]`},
		"reset":    {`resetMetaProcessId[3]`},
		"recreate": {`deleteProcessId[3]`},
	} {
		t.Run(verb, func(t *testing.T) {
			last := calls[len(calls)-1]
			d := newDaemon(t, listedWith(self, "online", cluster), func(conn *pm2test.FakeConn, call pm2test.FakeCall) bool {
				if !strings.HasPrefix(last, call.Method+"[") {
					return false
				}
				conn.Close()
				return true
			})
			d.saves(t, entry)
			_, err := processVerbs(d)[verb].Act(t.Context(), byHand(api), seen(3, self, "online"))
			if !errors.Is(err, schemas.ErrOutcomeUnknown) || errors.Is(err, schemas.ErrRefused) {
				t.Errorf("error %v, want its outcome unknown", err)
			}
			d.wantCalls(t, calls...)
		})
	}
}

func TestStopRefusesWhatWouldComeBackOrIsStopped(t *testing.T) {
	d := newDaemon(t, listedWith(os.Getpid(), "online", `"cron_restart":"0 3 * * *"`), nil)
	refuses(t, act.Stop{Homes: d.homes}, api, seen(3, os.Getpid(), "online"), `cron_restart "0 3 * * *"`)
	d.wantCalls(t)

	d = newDaemon(t, listed("api", 3, 0, "stopped"), nil)
	refuses(t, act.Stop{Homes: d.homes}, api, seen(3, 0, "stopped"), "stopped already")
	d.wantCalls(t)
}

func TestStopEndsTheWatchingFirstAndSaysHowToStartAgain(t *testing.T) {
	d := newDaemon(t, listedWith(0, "errored", `"watch":true`), nil)
	note := does(t, act.Stop{Homes: d.homes}, api, seen(3, 0, "errored"))
	if !strings.Contains(note, "rr act pm2.restart "+string(api)) || !strings.Contains(note, "pm2 restart 3 --watch") {
		t.Errorf("note %q does not say how to start it again", note)
	}
	d.wantCalls(t, `stopWatch["stopProcessId",3]`, `stopProcessId[3]`)
}

func TestRecreateDeletesNothingThatItCannotStart(t *testing.T) {
	for name, c := range map[string]struct {
		target schemas.ID
		dump   []string
		want   string
	}{
		"a dump without it":        {api, []string{strings.Replace(entry, "api", "web", 1)}, "holds no api"},
		"a dump without instances": {api1, []string{entry}, "holds no api, instance 1"},
		"an incomplete entry":      {api, []string{`{"name":"api"}`}, "no pm_exec_path"},
		"no dump":                  {api, nil, "nothing to start it from"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t, `[{"name":"api","pm_id":3,"pm2_env":{"status":"errored"}},{"name":"api","pm_id":4,"pm2_env":{"status":"errored"}}]`, nil)
			if c.dump != nil {
				d.saves(t, c.dump...)
			}
			s := seen(3, 0, "errored")
			four := 4
			s.Processes[api1] = schemas.Process{Name: "api", Status: "errored", PMID: &four}
			refuses(t, act.Recreate{Homes: d.homes}, c.target, s, c.want)
			d.wantCalls(t)
		})
	}
}

func TestRecreateDoesNotQuoteTheEntryThatPM2Refuses(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 0, "errored"), func(conn *pm2test.FakeConn, call pm2test.FakeCall) bool {
		if call.Method == "prepare" {
			conn.Refuse(call, "cannot start "+string(call.Args))
		}
		return call.Method == "prepare"
	})
	d.saves(t, entry)
	_, err := act.Recreate{Homes: d.homes}.Act(t.Context(), byHand(api), seen(3, 0, "errored"))
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "3 was deleted") || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("error %v, want a plain one that says that it was deleted and quotes nothing", err)
	}
}

func TestProcessVerbsDoWhatTheySayOnARealDaemon(t *testing.T) {
	real(t, func(t *testing.T, version string) {
		app := pm2test.Sleeper("api")
		app.Instances, app.Env = 2, map[string]string{"OWN": "kept"}
		watched := pm2test.Sleeper("watched")
		watched.CWD, watched.Extra = t.TempDir(), map[string]any{"watch": true, "watch_delay": 100}
		p := pm2test.Start(t, version, app, watched)
		homes := homesOf(p)
		does(t, act.Save{Homes: homes}, theDaemon, look(t, p.Home))

		must(t, syscall.Kill(online(t, p.Home, api1), syscall.SIGKILL))
		pm2test.Eventually(t, "it is back", func() bool { return restarts(t, p.Home) == 1 && process(t, p.Home, api1).Status == "online" })
		s := look(t, p.Home)
		note := does(t, act.Reset{Homes: homes}, api1, s)
		if restarts(t, p.Home) != 0 || online(t, p.Home, api1) != *s.Processes[api1].PID || !strings.Contains(note, "it had 1") {
			t.Errorf("Reset = %q, restarts %d", note, restarts(t, p.Home))
		}
		does(t, act.Reset{Homes: homes}, api1, s) // again, and nothing comes of it

		env := environ(t, online(t, p.Home, api1))
		twoAtOnce(t, act.Recreate{Homes: homes}, api1, s)
		refuses(t, act.Recreate{Homes: homes}, api1, s, "another process now")
		after := environ(t, online(t, p.Home, api1))
		for _, each := range []map[string]string{env, after} { // PM2's own, new at each start
			maps.DeleteFunc(each, func(key, _ string) bool {
				return strings.HasPrefix(key, "pm_") || slices.Contains([]string{"unique_id", "instances", "version", "versioning", "restart_time", "unstable_restarts", "exit_code"}, key)
			})
		}
		if !maps.Equal(env, after) || after["OWN"] != "kept" || after["NODE_APP_INSTANCE"] != "1" {
			t.Errorf("the environment was\n%v, is\n%v", env, after)
		}
		if now := look(t, p.Home).Processes; len(now) != 3 || *now[api].PID != *s.Processes[api].PID {
			t.Errorf("Recreate of %s made %+v of %+v", api1, now, s.Processes)
		}

		stops(t, p, watched.CWD)
		if now := look(t, p.Home).Processes; *now[api].PID != *s.Processes[api].PID {
			t.Errorf("Stop of another made %+v of %+v", now, s.Processes)
		}
	})
}

// stops stops an app that watches a folder, and starts it again as the note
// says.
func stops(t *testing.T, p *pm2test.PM2, folder string) {
	t.Helper()
	const id = schemas.ID("pm2/local/process/watched")
	s := look(t, p.Home)
	twoAtOnce(t, act.Stop{Homes: homesOf(p)}, id, s)
	refuses(t, act.Stop{Homes: homesOf(p)}, id, s, "it was online and is stopped")
	must(t, os.WriteFile(filepath.Join(folder, "changed"), nil, 0o600))
	time.Sleep(time.Second) // ten times the delay after which PM2 would start it
	if now := process(t, p.Home, id); now.Status != "stopped" || now.PID != nil {
		t.Errorf("after Stop it is %+v", now)
	}
	p.Run("restart", fmt.Sprint(*s.Processes[id].PMID), "--watch")
	online(t, p.Home, id)
}

// restarts counts the restarts of all.
func restarts(t *testing.T, home string) int64 {
	t.Helper()
	var n int64
	for _, app := range list(t, home) {
		n += app.Restarts.N
	}

	return n
}
