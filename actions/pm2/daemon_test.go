package pm2_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	act "rr/actions/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
	"rr/schemas"
)

const theDaemon = schemas.ID("pm2/local/daemon/pm2")

// command writes what stands in for the pm2 command.
func command(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pm2")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))

	return path
}

// with gives the home with this command.
func (d *daemon) with(command string) act.Homes {
	return func(string) (string, schemas.PM2, bool) { return d.Home, schemas.PM2{Command: command}, true }
}

// served is a snapshot of a daemon that is not real: it is this test.
func served(pid int) schemas.Snapshot {
	s := schemas.NewSnapshot("test", schemas.Moment{})
	s.Daemons[theDaemon] = schemas.Daemon{State: schemas.DaemonServing, PID: &pid}

	return s
}

func TestADaemonThatIsNotWhatWasSeenIsLeftAlone(t *testing.T) {
	dead := served(os.Getpid())
	dead.Daemons[theDaemon] = schemas.Daemon{State: schemas.DaemonDead}
	ran := filepath.Join(t.TempDir(), "ran")
	for _, c := range []struct {
		name string
		seen schemas.Snapshot
		gone bool
		want string
	}{
		{"another one", served(os.Getpid() + 1), false, "another daemon now"},
		{"one that was dead", dead, false, "when it was looked at it did not"},
		{"one that is gone", served(os.Getpid()), true, "the daemon is absent"},
		{"one that was not seen", schemas.NewSnapshot("test", schemas.Moment{}), false, "when it was looked at it did not"},
	} {
		d := newDaemon(t, listed("api", 3, 9, "online"), nil)
		if c.gone {
			d.Stop()
		}
		homes := d.with(command(t, "touch "+ran))
		for verb, actor := range map[string]actor{"save": act.Save{Homes: homes}, "end_orphans": act.EndOrphans{Homes: homes}, "update_daemon": act.UpdateDaemon{Homes: homes}} {
			t.Run(verb+" of "+c.name, func(t *testing.T) {
				refuses(t, actor, theDaemon, c.seen, c.want)
				d.wantCalls(t)
			})
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command was run")
	}
}

func TestSaveNamesWhatVanishedAndWritesNothing(t *testing.T) {
	d := newDaemon(t, listed("web", 3, 9, "online"), nil)
	d.saves(t, entry)
	refuses(t, act.Save{Homes: d.homes}, theDaemon, served(os.Getpid()), `"api"`)
	if text, err := os.ReadFile(filepath.Join(d.Home, "dump.pm2")); err != nil || string(text) != "["+entry+"]" {
		t.Errorf("the dump is %q, %v", text, err)
	}
}

func TestSaveThatGetsNoListIsRefused(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, func(conn *pm2test.FakeConn, call pm2test.FakeCall) {
		if call.Method == "getVersion" {
			conn.Answer(call, `"7.0.4"`)
			return
		}
		conn.Close()
	})
	homes := func(string) (string, schemas.PM2, bool) { return d.Home, schemas.PM2{}, true }
	refuses(t, act.Save{Homes: homes}, theDaemon, served(os.Getpid()), "nothing was written")
}

func TestUpdateDaemonIsForAPersonAndNeverForTheDaemonOfRR(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 9, "online"), nil)
	ran := filepath.Join(t.TempDir(), "ran")
	update := act.UpdateDaemon{Homes: d.with(command(t, "touch "+ran))}
	_, err := update.Act(t.Context(), schemas.Action{Target: theDaemon, Policy: "policies.mine"}, served(os.Getpid()))
	if !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "only a person") {
		t.Errorf("asked for by a policy: %v", err)
	}
	ours := served(os.Getpid())
	one := ours.Daemons[theDaemon]
	one.RunsRR = true
	ours.Daemons[theDaemon] = one
	refuses(t, update, theDaemon, ours, "rr itself runs under this daemon")
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command was run")
	}
}

func TestUpdateDaemonThatDoesNotComeToItsEndIsUnknown(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 9, "online"), nil)
	for name, c := range map[string]struct {
		command, want string
		unknown       bool
	}{
		"a command that fails":        {command(t, "exit 3"), "exit status 3", true},
		"a command that does nothing": {command(t, "exit 0"), "still the old one", true},
		"a command that is not there": {"no-such-pm2", "nothing was begun", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := act.UpdateDaemon{Homes: d.with(c.command)}.Act(t.Context(), byHand(theDaemon), served(os.Getpid()))
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, schemas.ErrOutcomeUnknown) != c.unknown || errors.Is(err, schemas.ErrRefused) {
				t.Errorf("error %v, want %q and its outcome unknown: %t", err, c.want, c.unknown)
			}
		})
	}
}

func TestAnActWaitsForTheOneThatIsAtWorkInTheHome(t *testing.T) {
	d := newDaemon(t, listed("api", 3, 9, "online"), nil)
	folder, err := os.Open(d.Home)
	must(t, err)
	defer folder.Close()
	must(t, syscall.Flock(int(folder.Fd()), syscall.LOCK_EX))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = act.Save{Homes: d.homes}.Act(ctx, byHand(theDaemon), served(os.Getpid()))
	if !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "another act is at work") {
		t.Errorf("error %v, want it refused", err)
	}
}

func TestOrphansEndOnlyWhereTheirAppIsToStart(t *testing.T) {
	real(t, func(t *testing.T, version string) {
		lock := filepath.Join(t.TempDir(), "lock")
		holder := pm2test.Shell("holder", "exec flock -n "+lock+" sleep 3600")
		holder.MaxRestarts, holder.Extra = 2, map[string]any{"min_uptime": 60000} // PM2 gives up on it however slow this machine is
		p := pm2test.Start(t, version, holder, pm2test.Sleeper("api"), pm2test.Sleeper("gone"), pm2test.Sleeper("stray"), pm2test.Sleeper("off"))
		homes := homesOf(p, "gone", "filed", "lost")
		save, end := act.Save{Homes: homes}, act.EndOrphans{Homes: homes, Files: files(p.Ecosystem(pm2test.Sleeper("filed")))}
		s := look(t, p.Home)
		does(t, save, theDaemon, s)
		does(t, save, theDaemon, s) // again, and nothing comes of it
		refuses(t, end, theDaemon, s, "there is no orphan")
		p.StartApps(pm2test.Sleeper("filed"), pm2test.Sleeper("lost")) // and not saved
		s = look(t, p.Home)

		p.KillDaemon(syscall.SIGKILL)
		refuses(t, save, theDaemon, s, "the daemon is dead")
		refuses(t, end, theDaemon, s, "the daemon is dead")
		time.Sleep(20 * time.Millisecond) // so that all are older than the next daemon
		p.Run("resurrect")                // starts what still runs a second time
		refuses(t, end, theDaemon, s, "another daemon now")
		p.Run("stop", "off")
		p.Run("delete", "gone", "stray")
		spawner := pm2test.Shell("spawner", "setsid sleep 3600 & sleep 0.2; exit 1")
		spawner.MaxRestarts, spawner.Extra = 1, holder.Extra
		p.StartApps(spawner)
		pm2test.Eventually(t, "two have errored", func() bool {
			now := look(t, p.Home).Processes
			return now["pm2/local/process/holder"].Status == "errored" && now["pm2/local/process/spawner"].Status == "errored"
		})
		now := look(t, p.Home)
		orphans := func() map[string]bool { return outside(t, p) }
		pm2test.Eventually(t, "of all eight apps something lives outside of the daemon", func() bool { return len(orphans()) == 8 })
		note := twoAtOnce(t, end, theDaemon, now)
		if !strings.HasPrefix(note, "orphans ended: 4, of filed, gone, holder;") || !strings.HasSuffix(note, ": api, lost, off, stray") {
			t.Errorf("note %q", note)
		}
		left := orphans()
		if len(left) != 5 || !left["api"] || !left["lost"] || !left["off"] || !left["stray"] || !left["spawner"] {
			t.Errorf("outside of the daemon live %v, want api, lost, off, stray and spawner", left)
		}
		refuses(t, end, theDaemon, now, "there is no orphan to end; left")
		does(t, act.Restart{Homes: homes}, "pm2/local/process/holder", now)
		pm2test.Eventually(t, "holder has its lock", func() bool { return locked(t, lock) })
		online(t, p.Home, "pm2/local/process/holder")
		if online(t, p.Home, api) != *now.Processes[api].PID {
			t.Error("api was touched")
		}
		refuses(t, save, theDaemon, now, `"gone" "stray"`)
	})
}

// locked tells whether somebody has the lock of a file.
func locked(t *testing.T, path string) bool {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if !errors.Is(err, unix.EWOULDBLOCK) {
		must(t, err)
	}

	return err != nil
}

// outside names the apps of which something lives that is not below the daemon.
func outside(t *testing.T, p *pm2test.PM2) map[string]bool {
	t.Helper()
	table, err := procfs.FS{}.Table()
	must(t, err)
	below := table.Descendants(p.DaemonPID())
	names := map[string]bool{}
	for process := range table.All() {
		env, err := procfs.FS{}.Environ(process.PID, "PM2_HOME", "pm_id", "name")
		if err == nil && process.State != 'Z' && env["PM2_HOME"] == p.Home && env["pm_id"] != "" && !slices.Contains(below, process.PID) {
			names[env["name"]] = true
		}
	}

	return names
}

func TestWhatIsSavedComesBackAndAnUpdateKeepsIt(t *testing.T) {
	real(t, func(t *testing.T, version string) {
		app := pm2test.Sleeper("api")
		app.Instances, app.Env = 2, map[string]string{"OWN": "kept"}
		p := pm2test.Start(t, version, app, pm2test.Sleeper("off"))
		p.Run("stop", "off")
		homes := homesOf(p)
		before := look(t, p.Home)
		twice := make(chan error, 2)
		for range 2 { // both may: the second writes the same
			go func() {
				_, err := act.Save{Homes: homes}.Act(t.Context(), byHand(theDaemon), before)
				twice <- err
			}()
		}
		must(t, errors.Join(<-twice, <-twice))
		p.KillDaemon(syscall.SIGKILL)
		does(t, act.Resurrect{Homes: homes}, theDaemon, before)
		after := look(t, p.Home)
		if len(after.Processes) != 3 || after.Processes["pm2/local/process/off"].Status != "stopped" {
			t.Errorf("resurrected %+v of %+v", after.Processes, before.Processes)
		}
		for _, id := range []schemas.ID{api, api1} {
			if env := environ(t, online(t, p.Home, id)); env["OWN"] != "kept" {
				t.Errorf("%s came back with %v", id, env)
			}
		}

		p.Bin = pm2test.New(t, "7").Bin // as it is after npm install -g pm2
		was := after.Daemons[theDaemon].Version
		note := twoAtOnce(t, act.UpdateDaemon{Homes: homesOf(p)}, theDaemon, after)
		if !strings.HasPrefix(note, "the daemon was PM2 "+was+", ") || !strings.Contains(note, "is PM2 7.") || !strings.HasSuffix(note, "processes: 3 before, 3 now") {
			t.Errorf("note %q, want the versions before and after", note)
		}
		refuses(t, act.UpdateDaemon{Homes: homes}, theDaemon, after, "another daemon now")
		now := look(t, p.Home)
		if len(now.Processes) != 3 || now.Processes["pm2/local/process/off"].Status != "stopped" || *now.Daemons[theDaemon].PID == *after.Daemons[theDaemon].PID {
			t.Errorf("the update made %+v of %+v", now, after)
		}
		for _, id := range []schemas.ID{api, api1} {
			if env := environ(t, online(t, p.Home, id)); env["OWN"] != "kept" || env[leak] != "" {
				t.Errorf("%s is there with %v", id, env)
			}
		}
		if env := environ(t, p.DaemonPID()); env[leak] != "" || env["TMPDIR"] != "" {
			t.Errorf("the daemon got %v", env)
		}
	})
}
