//go:build verify

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// backedUpFleet is a PM2 of single apps, of several instances in both modes and
// of one that is stopped, whose dump a backup holds.
type backedUpFleet struct {
	t      *testing.T
	pm2    *pm2test.PM2
	rig    *rig
	before []string
}

func startBackedUpFleet(t *testing.T, version string) *backedUpFleet {
	t.Helper()
	f := &backedUpFleet{t: t, pm2: pm2test.New(t, version)}
	script := filepath.Join(t.TempDir(), "idle.js")
	writeIdle(t, script)
	web := pm2test.App{Name: "web", Script: script, Interpreter: "node", Instances: 2, ExecMode: "cluster"}
	worker := pm2test.Sleeper("worker")
	worker.Instances = 2
	f.pm2.StartApps(pm2test.Sleeper("api"), worker, web, pm2test.Sleeper("job"))
	f.pm2.Run("stop", "job")
	f.pm2.Run("save")
	f.rig = newRig(t, settings{home: f.pm2.Home, command: f.pm2.Bin, expect: []string{"api", "web", "worker"}, more: brisk + keptPlain(f.pm2) + "shadow: [{policy: \"policies.backup.set.due\"}]\npm2: local: ladder: restore_app: attempts: 0\n"}.String())
	if got := f.rig.rr("backup", "create", "pm2-local"); got.code != exitOK {
		t.Fatal(got)
	}
	f.before = f.fleet()

	return f
}

// fleet is what PM2 has: names, modes, instances and whether they run.
func (f *backedUpFleet) fleet() []string {
	f.t.Helper()
	var all []string
	for _, app := range list(f.t, f.pm2) {
		all = append(all, fmt.Sprintf("%s %s %d %s", app.Name, app.ExecMode, app.Instance.Or(-1), app.Status))
	}
	slices.Sort(all)

	return all
}

// pidsOf are the pids that PM2 has, sorted.
func (f *backedUpFleet) pids() []int {
	f.t.Helper()
	var all []int
	for _, app := range list(f.t, f.pm2) {
		all = append(all, app.PID)
	}
	slices.Sort(all)

	return all
}

// lose makes what PM2 saved, also the copy that it keeps itself, what no
// resurrection can read.
func (f *backedUpFleet) lose() {
	f.t.Helper()
	text, err := os.ReadFile(f.dump())
	if err != nil || len(text) < 200 {
		f.t.Fatalf("the dump holds %d bytes, %v", len(text), err)
	}
	for _, path := range []string{f.dump(), f.dump() + ".bak"} {
		if err := os.WriteFile(path, text[:len(text)/2], 0o644); err != nil {
			f.t.Fatal(err)
		}
	}
}

// loseAll takes both away.
func (f *backedUpFleet) loseAll() {
	f.t.Helper()
	f.lose()
	remove(f.t, f.dump())
	remove(f.t, f.dump()+".bak")
}

func (f *backedUpFleet) dump() string { return filepath.Join(f.pm2.Home, "dump.pm2") }

// back holds that the fleet is as it was, that nothing runs twice, and that the
// dump is one again.
func (f *backedUpFleet) back() {
	f.t.Helper()
	if now := f.fleet(); !slices.Equal(now, f.before) {
		f.t.Errorf("PM2 has\n%s\nwant\n%s", strings.Join(now, "\n"), strings.Join(f.before, "\n"))
	}
	for name, want := range map[string]int{"api": 1, "worker": 2, "job": 0} { // a cluster worker's environment is written over by its title
		if lives := livesOf(f.t, f.pm2.Home, name); len(lives) != want {
			f.t.Errorf("%s runs as %v, want %d", name, lives, want)
		}
	}
	collected := decode[collectedFacts](f.t, f.rig.rr("collect", "-o", "json"))
	if daemon := collected.Snapshot.Daemons[daemonID]; daemon.Dump != "present" || daemon.SavedApps == nil || *daemon.SavedApps != len(f.before) {
		f.t.Errorf("the dump is %+v, want one of %d apps", daemon, len(f.before))
	}
}

// steps are the lines that a person is told to run.
func steps(t *testing.T, told result) []string {
	t.Helper()
	_, script, found := strings.Cut(told.stdout, "each once the one before has worked:\n")
	if !found {
		t.Fatalf("no steps are told: %s", told)
	}

	return strings.Split(strings.TrimSpace(script), "\n")
}

// carryOut runs the lines as they stand, in one shell that ends at the first
// that fails.
func (r *rig) carryOut(lines []string) {
	r.t.Helper()
	cmd := exec.Command("bash", "-euxo", "pipefail", "-c", strings.Join(lines, "\n"))
	cmd.Dir = r.dir
	for _, variable := range r.env {
		if path, is := strings.CutPrefix(variable, "PATH="); is {
			variable = "PATH=" + filepath.Dir(program) + ":" + path
		}
		cmd.Env = append(cmd.Env, variable)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("the steps that are told: %v\n%s", err, out)
	}
}

// (5) A fleet lost apps and its dump under a daemon that lives. rr puts no backup
// back there, changes nothing, and says what a person has to do; done as it
// stands, beside an rr that runs, that brings back every name and instance.
func TestTheStepsThatAreToldBringAFleetBack(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version+" under a daemon that lives", func(t *testing.T) {
			t.Parallel()
			f := startBackedUpFleet(t, version)
			f.lose()
			f.rig.run()
			f.pm2.Run("delete", "worker", "web")
			f.rig.turns(3)
			running, dump, daemon := f.pids(), f.rig.readAt(f.dump()), f.pm2.DaemonPID()

			told := f.rig.rr("backup", "restore", "pm2-local", "--apply", "--reason", "story")
			if told.code != exitDue || !strings.Contains(told.stdout, "refused: the PM2 daemon of "+f.pm2.Home+" is serving") {
				t.Errorf("rr backup restore --apply under a daemon that lives: want it refused with exit %d: %s", exitDue, told)
			}
			if now := f.pids(); !slices.Equal(now, running) || f.rig.readAt(f.dump()) != dump || f.pm2.DaemonPID() != daemon {
				t.Errorf("the refusal changed something: pids %v are %v", running, now)
			}
			if dry := f.rig.rr("backup", "restore", "pm2-local"); !slices.Equal(steps(t, dry), steps(t, told)) {
				t.Errorf("the dry run tells other steps: %s\n%s", dry, told)
			}
			f.rig.carryOut(steps(t, told))
			f.rig.turns(5)
			f.back()
			f.nothingElse()
		})
		t.Run("PM2 "+version+" after a daemon that crashed", func(t *testing.T) {
			t.Parallel()
			f := startBackedUpFleet(t, version)
			f.lose()
			f.pm2.KillDaemon(syscall.SIGKILL)
			left := len(livesOf(t, f.pm2.Home, "worker"))
			told := f.rig.rr("backup", "restore", "pm2-local")
			if all := told.stdout; left != 2 || !strings.Contains(all, "what an earlier daemon left running of api, worker") || strings.Contains(all, "pm2 kill") {
				t.Errorf("%d of worker are left; the steps do not end what is left, or end a daemon that is none: %s", left, all)
			}
			f.rig.carryOut([]string{restoreByHand, restoreByScript})
			f.back()
			f.nothingElse()
		})
	}
}

// How a backup of PM2 is put back by hand.
const (
	restoreByHand   = `rr backup restore pm2-local > restore.sh`
	restoreByScript = `bash -eux restore.sh`
)

// (5) What is run here is what the page tells.
func TestTheStepsThatAreToldAreThoseOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil || !strings.Contains(string(page), "\n"+restoreByHand+"\n"+restoreByScript+"\n") {
		t.Errorf("docs/operations.md does not tell %s and %s (%v)", restoreByHand, restoreByScript, err)
	}
}

// nothingElse holds that rr itself did nothing to PM2, and that nothing is left
// paused.
func (f *backedUpFleet) nothingElse() {
	f.t.Helper()
	for _, a := range f.rig.history().Attempts {
		if a.Action.Target.System() == "pm2" {
			f.t.Errorf("attempt %+v, want none on PM2", a)
		}
	}
	if got := f.rig.plan(); len(got.Operator.Pauses) > 0 {
		f.t.Errorf("still paused: %+v", got.Operator.Pauses)
	}
}

// A backup whose apps lost their folder is told of before anything is ended.
func TestWhatWouldNotRunAfterARestoreIsToldBefore(t *testing.T) {
	t.Parallel()
	p := pm2test.New(t, "7")
	release := t.TempDir()
	script := filepath.Join(release, "idle.js")
	writeIdle(t, script)
	p.StartApps(pm2test.App{Name: "web", Script: script, Interpreter: "node"}, pm2test.Sleeper("api"))
	p.Run("save")
	r := newRig(t, settings{home: p.Home, command: p.Bin, more: brisk + keptPlain(p)}.String())
	if got := r.rr("backup", "create", "pm2-local"); got.code != exitOK {
		t.Fatal(got)
	}
	if err := os.Remove(script); err != nil {
		t.Fatal(err)
	}
	told := r.rr("backup", "restore", "pm2-local").stdout
	if !strings.Contains(told, "# would not run, since it is not there: web: "+script+"\n") || strings.Contains(told, "not there: api") {
		t.Errorf("it is not told that web, and only web, would not run: %s", told)
	}
}

// (5) A daemon crashed, and what PM2 saved is lost, with the copy that PM2 keeps
// of it. rr restores the good dump of its backup, ends what was left running,
// and every name and instance is back, once.
func TestALostDumpIsRestoredUnderADeadDaemon(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		for name, lost := range map[string]struct {
			lose   func(*backedUpFleet)
			killed string // the step at which rr is killed with -9; empty for none
			status string // of the attempt
		}{
			"cut short":                 {(*backedUpFleet).lose, "", schemas.OutcomeDone},
			"gone":                      {(*backedUpFleet).loseAll, "", schemas.OutcomeDone},
			"gone, and rr killed in it": {(*backedUpFleet).loseAll, "acted", schemas.OutcomeUnknown},
		} {
			t.Run("PM2 "+version+" "+name, func(t *testing.T) {
				t.Parallel()
				f := startBackedUpFleet(t, version)
				lost.lose(f)
				orphans := livesOf(t, f.pm2.Home, "worker")
				killed := f.pm2.DaemonPID()
				f.pm2.KillDaemon(syscall.SIGKILL)
				if lost.killed != "" {
					f.rig.killedAt(lost.killed)
				}
				service := f.rig.run()

				f.rig.turns(1)
				await(t, "the daemon to be back and verified", func() bool {
					return slices.ContainsFunc(f.rig.history().Attempts, func(a schemas.Attempt) bool {
						return a.Action.Target == daemonID && a.State == schemas.AttemptRecovered
					})
				})
				f.back()
				if pid := f.pm2.DaemonPID(); pid == 0 || pid == killed {
					t.Errorf("the daemon is %d, want another one than %d", pid, killed)
				}
				for _, orphan := range orphans {
					if slices.Contains(livesOf(t, f.pm2.Home, "worker"), orphan) {
						t.Errorf("worker %d of the dead daemon still runs", orphan)
					}
				}
				f.restoredOnce(lost.status)
				if told := service.log.lines("kind=alert", string(daemonID)); len(told) != 0 {
					t.Errorf("told %q, want nothing: nobody is needed", told)
				}
			})
		}
	}
}

// restoredOnce holds that what was done to PM2 is one restore of its dump.
func (f *backedUpFleet) restoredOnce(status string) {
	f.t.Helper()
	acts := slices.DeleteFunc(f.rig.history().Attempts, func(a schemas.Attempt) bool { return a.Action.Target.System() != "pm2" })
	if len(acts) != 1 || acts[0].Action.Verb != "pm2.restore_dump" || acts[0].Status != status {
		f.t.Fatalf("attempts = %+v, want one pm2.restore_dump that is %s", acts, status)
	}
	if note := acts[0].Note; status == schemas.OutcomeDone && (!strings.Contains(note, "dump.pm2 restored from backup pm2-local/") || !strings.Contains(note, "orphans ended before: 3")) {
		f.t.Errorf("the restore says %q, want where from, and that it ended three orphans before", note)
	}
}

// (5) Where no backup holds a dump nothing is started, and a person is told.
func TestALostDumpWithoutABackupIsToldAndNothingIsStarted(t *testing.T) {
	t.Parallel()
	f := startBackedUpFleet(t, "7")
	f.lose()
	if err := os.RemoveAll(f.rig.path(".rr", "backups")); err != nil {
		t.Fatal(err)
	}
	service := f.rig.run()
	f.rig.turns(2)
	f.pm2.KillDaemon(syscall.SIGKILL)
	await(t, "a person to be told", func() bool {
		return len(service.log.lines("kind=alert", string(daemonID), "its dump is invalid and no backup holds a good one")) == 1
	})
	f.rig.turns(10)
	if f.pm2.DaemonPID() != 0 || len(livesOf(t, f.pm2.Home, "worker")) != 2 {
		t.Error("a daemon was started, or what served on was ended")
	}
	f.nothingElse()
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// readAt is a file that is not in the rig's folder.
func (r *rig) readAt(path string) string {
	r.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}

	return string(text)
}
