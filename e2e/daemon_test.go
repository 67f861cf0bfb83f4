package e2e

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

const daemonID = schemas.ID("pm2/local/daemon/pm2")

// (1) A daemon that was killed with -9 leaves an app that is no node behind.
// rr ends that orphan, brings the daemon back, and nothing runs twice.
func TestDaemonThatWasKilledIsBroughtBackWithoutDuplicates(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, version, pm2test.Sleeper("api"), pm2test.Sleeper("stopped"))
			p.Run("stop", "stopped")
			p.Run("save")
			r := forPM2(t, p, "api")
			r.run()
			r.turns(2)
			orphan, killed := pids(t, p)["api"], p.DaemonPID()
			p.KillDaemon(syscall.SIGKILL)

			await(t, "the daemon to be back and verified", func() bool {
				return slices.ContainsFunc(r.history().Attempts, func(a schemas.Attempt) bool {
					return a.Action.Target == daemonID && a.State == schemas.AttemptRecovered
				})
			})
			if pid := p.DaemonPID(); pid == 0 || pid == killed {
				t.Errorf("daemon is %d, want another one than %d", pid, killed)
			}
			if lives := livesOf(t, p.Home, "api"); !slices.Equal(lives, []int{pids(t, p)["api"]}) || lives[0] == orphan {
				t.Errorf("api runs as %v, want only the one that PM2 has, %d, and not the orphan %d", lives, pids(t, p)["api"], orphan)
			}
			if got := statuses(t, p)["stopped"]; got != "stopped" {
				t.Errorf("stopped is %s after the resurrection, want stopped", got)
			}
			if attempts := r.history().Attempts; len(attempts) != 1 || attempts[0].Action.Verb != "pm2.resurrect" || !strings.Contains(attempts[0].Note, "orphans ended before: 1") {
				t.Errorf("attempts = %+v, want one pm2.resurrect that ended one orphan before", attempts)
			}
		})
	}
}

// (1) (8) Each daemon that cannot be seen is told apart, and left alone.
func TestDaemonsThatCannotBeSeenAreToldApartAndLeftAlone(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		for _, row := range []struct {
			state string
			make  func(*testing.T, *pm2test.PM2) *rig
		}{
			{schemas.DaemonAbsent, func(t *testing.T, p *pm2test.PM2) *rig {
				return forPM2(t, p, "api")
			}},
			{schemas.DaemonStuck, func(t *testing.T, p *pm2test.PM2) *rig {
				p.StartApps(pm2test.Sleeper("api"))
				p.Run("save")
				p.KillDaemon(syscall.SIGSTOP)
				return forPM2(t, p, "api")
			}},
			{schemas.DaemonForeign, func(t *testing.T, p *pm2test.PM2) *rig {
				p.StartApps(pm2test.Sleeper("api"))
				p.Run("save")
				r := forPM2(t, p, "api")
				r.asAnother()
				lock(t, p.Home, 0)
				return r
			}},
		} {
			t.Run("PM2 "+version+" "+row.state, func(t *testing.T) {
				t.Parallel()
				p := pm2test.New(t, version)
				r := row.make(t, p)
				before := pidsWith(t, "PM2_HOME", p.Home)

				collected := r.rr("collect", "-o", "json")
				if got := decode[collectedFacts](t, collected).Snapshot.Daemons[daemonID].State; got != row.state || collected.code != exitUnknown {
					t.Errorf("rr collect says %q and exits %d, want %q and %d", got, collected.code, row.state, exitUnknown)
				}
				once := r.rr("run", "--once", "-o", "json")
				if got := decode[evaluated](t, once); len(got.Outcomes) != 0 || once.code != exitUnknown {
					t.Errorf("rr run --once: %d outcomes, want none and exit %d: %s", len(got.Outcomes), exitUnknown, once)
				}
				if after := pidsWith(t, "PM2_HOME", p.Home); !slices.Equal(before, after) {
					t.Errorf("processes of the home were %v and are %v", before, after)
				}
			})
		}
	}
}

// asAnother makes rr run as a user to whom files of this one mean nothing. Only
// root can; without root the modes of files are all there is.
func (r *rig) asAnother() {
	r.t.Helper()
	const nobody = 65534
	if os.Geteuid() != 0 {
		return
	}
	r.cred = &syscall.Credential{Uid: nobody, Gid: nobody}
	for _, path := range []string{r.dir, r.path("home"), r.path("redundancy.cue")} {
		if err := os.Chown(path, nobody, nobody); err != nil {
			r.t.Fatal(err)
		}
	}
}

// lock takes all permissions from a path, until the end of the test.
func lock(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chmod(path, 0o700); err != nil {
			t.Error(err)
		}
	})
}

// (2) Where no PM2 is, rr starts none: the pm2 command is not called, no
// process is left, no ~/.pm2 is made, and the score is not that of a fleet that
// is well.
func TestWhereNoPM2IsNoneIsStarted(t *testing.T) {
	t.Parallel()
	r := newRig(t, "pm2: local: {}\n")
	r.write("pm2", "#!/bin/sh\necho called >> "+r.path("calls")+"\n")
	if err := os.Chmod(r.path("pm2"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.env = append(r.env, "PATH="+r.dir+":"+os.Getenv("PATH"))

	for _, args := range [][]string{{"init", "--help"}, {"check"}, {"collect"}, {"eval", "--explain"}, {"run", "--once"}, {"status"}, {"why", "pm2"}} {
		r.rr(args...)
	}
	once := r.rr("run", "--once", "-o", "json")
	got := decode[evaluated](t, once)
	if once.code != exitUnknown || len(got.Outcomes) != 0 {
		t.Errorf("want exit %d and no outcome: %s", exitUnknown, once)
	}
	if health := got.Decision.Health; health.Score != nil || health.Status != schemas.StatusUnknown {
		t.Errorf("health = %+v, want unknown without a score", health)
	}
	if left := pidsWith(t, "HOME", r.path("home")); len(left) != 0 {
		t.Errorf("processes were left: %v", left)
	}
	if entries, err := os.ReadDir(r.path("home")); err != nil || len(entries) != 0 {
		t.Errorf("HOME holds %v, %v, want nothing", entries, err)
	}
	if _, err := os.Stat(r.path("calls")); !os.IsNotExist(err) {
		t.Errorf("the pm2 command was called (%v)", err)
	}
}

// (2) A fleet that is well gets no action, for ever.
func TestFleetThatIsWellIsLeftAloneForAHundredTurns(t *testing.T) {
	t.Parallel()
	sleeper := pm2test.Sleeper("app")
	sleeper.Instances = 20
	p := pm2test.Start(t, "7", sleeper)
	r := newRig(t, settings{home: p.Home, expect: []string{"app"}, more: "interval: \"100ms\"\nmin_interval: \"100ms\"\n"}.String())
	before := livesOf(t, p.Home, "app")
	r.run()
	for range 4 {
		r.turns(25)
	}

	h := r.history()
	if len(h.Attempts) != 0 || len(h.Incidents) != 0 {
		t.Errorf("%d attempts and %d incidents, want none", len(h.Attempts), len(h.Incidents))
	}
	for _, turn := range h.Turns {
		if turn.Actions+turn.Withheld+turn.Errors != 0 || turn.Score == nil || *turn.Score != 100 {
			t.Errorf("turn %d: %+v, want score 100, nothing done and nothing withheld", turn.Turn, turn)
		}
	}
	for _, f := range r.record(0).Decision.Findings {
		if f.Score != 100 || f.Severity != schemas.SeverityInfo {
			t.Errorf("finding %+v, want nothing but advice, which takes nothing off", f)
		}
	}
	if after := livesOf(t, p.Home, "app"); len(before) != 20 || !slices.Equal(before, after) {
		t.Errorf("pids were %v and are %v, want the same 20", before, after)
	}
	for _, app := range list(t, p) {
		if app.Restarts.Or(-1) != 0 {
			t.Errorf("PM2 counts %d restarts of number %d, want 0", app.Restarts.N, app.ID)
		}
	}
}

// environment is all that a process was started with.
func environment(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(procPath(pid, "environ"))
	if err != nil {
		t.Fatal(err)
	}

	return strings.ReplaceAll(string(b), "\x00", "\n")
}
