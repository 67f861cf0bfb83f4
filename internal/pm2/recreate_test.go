package pm2_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

func TestRecreateStartsTheSavedEntryInPlaceOfOneInstance(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		app := pm2test.Sleeper("api")
		app.Instances, app.Env = 2, map[string]string{"OWN": "kept"}
		p := pm2test.Start(t, version, app)
		ctx := within(t, 60*time.Second)
		one := &pm2.Client{Home: p.Home, OneDaemon: true}
		defer one.Close()
		before := mustList(t, one)
		_, err := pm2.Save(ctx, one, false)
		must(t, err)
		dump, err := pm2.ReadDump(p.Home)
		must(t, err)
		slices.SortFunc(dump.Entries, func(a, b pm2.DumpEntry) int { return int(a.Instance.N - b.Instance.N) })

		for what, refused := range map[string]error{
			"an entry that is none":      pm2.Recreate(ctx, one, before[1].ID, pm2.DumpEntry{Name: "api"}),
			"another instance":           pm2.Recreate(ctx, one, before[1].ID, dump.Entries[0]),
			"a process that is none":     pm2.Recreate(ctx, one, 99, dump.Entries[1]),
			"a client of every daemon":   pm2.Recreate(ctx, client(t, p.Home), before[1].ID, dump.Entries[1]),
			"a process without a number": pm2.Recreate(ctx, one, -1, dump.Entries[1]),
		} {
			if refused == nil || !strings.Contains(refused.Error(), "nothing was deleted") {
				t.Errorf("Recreate of %s = %v, want that nothing was deleted", what, refused)
			}
		}
		if now := mustList(t, one); now[0].PID != before[0].PID || now[1].PID != before[1].PID {
			t.Fatalf("a refused Recreate made %+v of %+v", now, before)
		}
		env := environ(t, before[1].PID)
		must(t, pm2.Recreate(ctx, one, before[1].ID, dump.Entries[1]))
		now := mustList(t, one)
		if len(now) != 2 || now[0].PID != before[0].PID || now[1].ID <= before[1].ID || now[1].PID == before[1].PID || now[1].Status != "online" ||
			now[1].Instance != before[1].Instance {
			t.Fatalf("Recreate made\n%+v of\n%+v", now, before)
		}
		after := environ(t, now[1].PID)
		for _, each := range []map[string]string{env, after} { // PM2's own, new at each start
			maps.DeleteFunc(each, func(key, _ string) bool {
				return strings.HasPrefix(key, "pm_") || slices.Contains([]string{"unique_id", "instances", "version", "versioning"}, key)
			})
		}
		if !maps.Equal(env, after) || after["OWN"] != "kept" {
			t.Errorf("the environment was\n%v, is\n%v", env, after)
		}
	})
}

const (
	wholeEntry = `{"name":"api","pm_exec_path":"/a","pm_cwd":"/","exec_interpreter":"none","exec_mode":"fork_mode","env":{},"pm_out_log_path":"/o","pm_err_log_path":"/e","pm_pid_path":"/p"}`
	oneAPI     = `{"name":"api","pm_id":3,"pid":11,"pm2_env":{"name":"api","status":"online","watch":true}}`
)

func TestRecreateSaysWhatStandsWhenItFails(t *testing.T) {
	for name, test := range map[string]struct {
		refuses string // the call that is refused
		left    string // what the daemon has afterwards
		want    []string
		unknown bool
	}{
		"when watching goes on":     {"stopWatch", oneAPI, []string{"nothing was deleted"}, false},
		"when it is not deleted":    {"deleteProcessId", oneAPI, []string{"PM2 has of it now: 3 online"}, false},
		"when it is not started":    {"prepare", "", []string{"3 was deleted, but", "PM2 has none of it now"}, false},
		"when the daemon dies then": {"dies", "", []string{"3 was deleted, but", "is not known"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			list := "[" + oneAPI + "]"
			var d *pm2test.FakeDaemon
			d = pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
				switch {
				case call.Method == "getMonitorData":
					c.Answer(call, list)
				case call.Method == "prepare" && test.refuses == "dies":
					go d.Stop()
				case call.Method == test.refuses:
					list = "[" + test.left + "]"
					c.Refuse(call, "no")
				default:
					c.Answer(call, `true`)
				}
			})
			one := &pm2.Client{Home: d.Home, OneDaemon: true}
			defer one.Close()
			err := pm2.Recreate(within(t, 10*time.Second), one, 3, anEntry(t))
			if err == nil || errors.Is(err, pm2.ErrOutcomeUnknown) != test.unknown {
				t.Fatalf("Recreate = %v, want an error with its outcome unknown: %t", err, test.unknown)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Recreate = %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestRecreateDoesNotStopAfterTheDeletion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started := false
	d := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
		switch call.Method {
		case "getMonitorData":
			c.Answer(call, "["+oneAPI+"]")
		case "prepare":
			cancel()
			time.Sleep(50 * time.Millisecond)
			started = true
			fallthrough
		default:
			c.Answer(call, `true`)
		}
	})
	one := &pm2.Client{Home: d.Home, OneDaemon: true}
	defer one.Close()
	if err := pm2.Recreate(ctx, one, 3, anEntry(t)); err != nil || !started {
		t.Errorf("Recreate whose context ends after the deletion = %v, want the entry started", err)
	}
}

// anEntry gives the entry of a dump that is complete.
func anEntry(t *testing.T) pm2.DumpEntry {
	t.Helper()
	home := t.TempDir()
	must(t, os.WriteFile(filepath.Join(home, "dump.pm2"), []byte("["+wholeEntry+"]"), 0o600))
	dump, err := pm2.ReadDump(home)
	must(t, err)
	return dump.Entries[0]
}
