package pm2_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	act "rr/actions/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

// runnable is api as a dump has it, and could be started; changed is another one.
const (
	runnable = `{"name":"api","status":"online",` + rest
	changed  = `{"name":"api","status":"online","args":["x"],` + rest
	rest     = `"pm_exec_path":"/bin/sh","pm_cwd":"/","exec_interpreter":"none","exec_mode":"fork_mode","env":{"TOKEN":"s3cret"},` +
		`"pm_out_log_path":"/o","pm_err_log_path":"/e","pm_pid_path":"/p"}`
)

func listOf(entries ...string) string { return "[" + strings.Join(entries, ",") + "]" }

// lost is what a look saw of api where PM2 did not know it.
func lost() schemas.Snapshot {
	s := schemas.NewSnapshot("test", schemas.Moment{})
	s.Processes[api] = schemas.Process{Name: "api", State: schemas.ProcessMissing}

	return s
}

func TestAnAppIsStartedFromABackup(t *testing.T) {
	web := strings.Replace(runnable, `"api"`, `"web"`, 1)
	second := strings.Replace(runnable, "{", `{"NODE_APP_INSTANCE":1,`, 1)
	for _, c := range []struct {
		name, list string
		seen       schemas.Snapshot
		note       string
		calls      []string // the beginning of each
	}{
		{"it is started with all its instances where PM2 does not know it", `[]`, lost(), "started from backup pm2-local/1, instances: 2", []string{"prepare", "prepare"}},
		{"it is deleted and started where PM2 does", listed("api", 3, 0, "errored"), seen(3, 0, "errored"), "deleted and started from backup pm2-local/1", []string{"deleteProcessId[3]", "prepare"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon(t, c.list, nil)
			d.saves(t, web)
			note := does(t, act.RestoreApp{Homes: d.homes, Dumps: dumps{text: listOf(web, runnable, second)}}, api, c.seen)
			if note != c.note {
				t.Errorf("note %q, want %q", note, c.note)
			}
			if !slices.EqualFunc(d.calls, c.calls, strings.HasPrefix) || !strings.Contains(d.calls[len(d.calls)-1], `"name":"api"`) {
				t.Errorf("calls %q, want %q", d.calls, c.calls)
			}
			if got := text(t, d.Home, "dump.pm2"); got != listOf(web) {
				t.Errorf("dump.pm2 is %q, want it as it was", got)
			}
		})
	}
}

func TestAnAppIsNotStartedFromABackupWhereItMustNotBe(t *testing.T) {
	errored := listed("api", 3, 0, "errored")
	for _, c := range []struct {
		name, list string
		seen       schemas.Snapshot
		dumps      act.Dumps
		want       string
	}{
		{"nothing is backed up", `[]`, lost(), nil, "nothing is backed up"},
		{"no backup holds it", `[]`, lost(), dumps{text: `[]`}, "no backup holds another api, instance 0, that could be started"},
		{"a backup holds another instance", `[]`, lost(), dumps{text: listOf(strings.Replace(runnable, "{", `{"NODE_APP_INSTANCE":1,`, 1))}, "no backup holds another api"},
		{"its entry is incomplete", `[]`, lost(), dumps{text: `[{"name":"api"}]`}, "no pm_exec_path"},
		{"its script is gone", `[]`, lost(), dumps{text: listOf(entry)}, "/a is gone"},
		{"its folder is gone", errored, seen(3, 0, "errored"), dumps{text: listOf(strings.Replace(runnable, `"/",`, `"/no/such",`, 1))}, "/no/such is gone"},
		{"its interpreter is gone", errored, seen(3, 0, "errored"), dumps{text: listOf(strings.Replace(runnable, `"none"`, `"/no/node"`, 1))}, "/no/node is gone"},
		{"it was saved as stopped", `[]`, lost(), dumps{text: listOf(strings.Replace(changed, "online", "stopped", 1))}, "saved as stopped"},
		{"dump.pm2 holds the same", errored, seen(3, 0, "errored"), dumps{text: listOf(runnable) + "\n"}, "the same as in dump.pm2"},
		{"PM2 knows it again", errored, lost(), dumps{text: listOf(changed)}, "PM2 knows api again"},
		{"it is another process now", listed("api", 4, 0, "errored"), seen(3, 0, "errored"), dumps{text: listOf(changed)}, "another process now"},
		{"it runs again", listed("api", 3, os.Getpid(), "online"), seen(3, 0, "errored"), dumps{text: listOf(changed)}, "it was errored and is online"},
		{"it is gone", `[]`, seen(3, 0, "errored"), dumps{text: listOf(changed)}, "no longer there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon(t, c.list, nil)
			d.saves(t, runnable)
			refuses(t, act.RestoreApp{Homes: d.homes, Dumps: c.dumps}, api, c.seen, c.want)
			d.wantCalls(t)
		})
	}
	t.Run("a dump that was saved meanwhile", func(t *testing.T) {
		for _, s := range []schemas.Snapshot{lost(), seen(3, 0, "errored")} {
			d := newDaemon(t, errored, nil)
			if s.Processes[api].PMID == nil {
				d = newDaemon(t, `[]`, nil)
			}
			d.saves(t, runnable)
			meanwhile := dumps{text: listOf(changed), onLook: func() { d.saves(t, runnable, runnable) }}
			refuses(t, act.RestoreApp{Homes: d.homes, Dumps: meanwhile}, api, s, "has changed since")
			d.wantCalls(t)
		}
	})
	t.Run("a daemon that is dead", func(t *testing.T) {
		homes, home := crashed(t, lostDump)
		refuses(t, act.RestoreApp{Homes: homes, Dumps: dumps{text: listOf(runnable)}}, api, lost(), "look for")
		if text(t, home, "ran") != "" {
			t.Error("something was run")
		}
	})
}

func TestNothingOfAnEntryOfABackupIsTold(t *testing.T) {
	refusal := func(conn *pm2test.FakeConn, call pm2test.FakeCall) bool {
		if call.Method == "prepare" {
			conn.Refuse(call, "cannot start "+string(call.Args))
		}
		return call.Method == "prepare"
	}
	for name, c := range map[string]struct {
		list string
		seen schemas.Snapshot
	}{"lost": {`[]`, lost()}, "errored": {listed("api", 3, 0, "errored"), seen(3, 0, "errored")}} {
		for answer, answers := range map[string]func(*pm2test.FakeConn, pm2test.FakeCall) bool{"done": nil, "refused by PM2": refusal} {
			t.Run(name+" and "+answer, func(t *testing.T) {
				d := newDaemon(t, c.list, answers)
				note, err := act.RestoreApp{Homes: d.homes, Dumps: dumps{text: listOf(runnable)}}.Act(t.Context(), byHand(api), c.seen)
				if told := fmt.Sprint(note, err); (err != nil) != (answers != nil) || strings.Contains(told, "s3cret") {
					t.Errorf("told %q", told)
				}
			})
		}
	}
}

func TestAStartFromABackupThatBreaksOffIsUnknown(t *testing.T) {
	d := newDaemon(t, `[]`, func(conn *pm2test.FakeConn, call pm2test.FakeCall) bool {
		conn.Close()
		return true
	})
	_, err := act.RestoreApp{Homes: d.homes, Dumps: dumps{text: listOf(runnable)}}.Act(t.Context(), byHand(api), lost())
	if !errors.Is(err, schemas.ErrOutcomeUnknown) || errors.Is(err, schemas.ErrRefused) {
		t.Errorf("error %v, want its outcome unknown", err)
	}
}

func TestARealAppComesBackFromABackup(t *testing.T) {
	real(t, func(t *testing.T, version string) {
		app := pm2test.Sleeper("api")
		app.Instances, app.Env = 2, map[string]string{"OWN": "kept"}
		p := pm2test.Start(t, version, app, pm2test.Sleeper("other"))
		homes := homesOf(p)
		does(t, act.Save{Homes: homes}, theDaemon, look(t, p.Home))
		backup := dumps{text: text(t, p.Home, "dump.pm2")}
		restore := act.RestoreApp{Homes: homes, Dumps: backup}
		first := environ(t, online(t, p.Home, api1))

		refusesSame(t, p, restore)
		p.Run("delete", "api")
		must(t, os.WriteFile(filepath.Join(p.Home, "dump.pm2"), []byte("[]"), 0o600))
		other := online(t, p.Home, "pm2/local/process/other")
		note := twoAtOnce(t, restore, api, lost())
		if !strings.Contains(note, "instances: 2") || len(list(t, p.Home)) != 3 || online(t, p.Home, "pm2/local/process/other") != other {
			t.Errorf("RestoreApp = %q, PM2 has %+v", note, look(t, p.Home).Processes)
		}
		online(t, p.Home, api)

		s := look(t, p.Home) // and again, of one that PM2 knows
		twoAtOnce(t, restore, api1, s)
		if now := look(t, p.Home).Processes; *now[api].PID != *s.Processes[api].PID || *now[api1].PID == *s.Processes[api1].PID || len(now) != 3 {
			t.Errorf("RestoreApp of %s made %+v of %+v", api1, now, s.Processes)
		}
		again := environ(t, online(t, p.Home, api1))
		if again["OWN"] != "kept" || again["NODE_APP_INSTANCE"] != "1" || again[leak] != "" || !maps.Equal(settings(first), settings(again)) {
			t.Errorf("it runs with %v, want %v", settings(again), settings(first))
		}
		if got := text(t, p.Home, "dump.pm2"); got != "[]" {
			t.Errorf("dump.pm2 is %q, want it as it was", got)
		}
	})
}

// refusesSame holds that an entry with the settings of the one in dump.pm2 is not
// another, though PM2 has saved anew what it started anew.
func refusesSame(t *testing.T, p *pm2test.PM2, restore act.RestoreApp) {
	t.Helper()
	does(t, act.Recreate{Homes: restore.Homes}, api1, look(t, p.Home))
	p.Run("restart", "api")
	p.Run("save")
	for _, id := range []schemas.ID{api, api1} {
		refuses(t, restore, id, look(t, p.Home), "the same as in dump.pm2")
	}
}

// settings are the variables of an app that are not new at each start.
func settings(env map[string]string) map[string]string {
	own := maps.Clone(env)
	maps.DeleteFunc(own, func(key, _ string) bool {
		return strings.HasPrefix(key, "pm_") || slices.Contains([]string{"unique_id", "instances", "version", "versioning", "restart_time", "unstable_restarts", "exit_code", "status", "created_at"}, key)
	})

	return own
}
