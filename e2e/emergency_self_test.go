//go:build verify

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

const ownID = schemas.ID("pm2/local/process/rr")

// underItsPM2 starts rr as an app of the PM2 that it watches.
func (d *disaster) underItsPM2() {
	d.t.Helper()
	d.pm2.StartApps(pm2test.App{
		Name: "rr", Script: program, Args: []string{"run"}, CWD: d.rig.dir,
		Env: map[string]string{"HOME": d.rig.path("home"), "NO_COLOR": "1"},
	})
	d.rig.turns(1)
}

// readLog takes a file for the log of an rr.
func (d *disaster) readLog(path string) {
	d.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	log := &buffer{}
	_, _ = log.Write(text)
	d.logs = append(d.logs, log)
}

// refused holds that rr refuses to do something to what it runs under, and says
// why.
func (r *rig) refused(says string, args ...string) {
	r.t.Helper()
	if got := r.rr(args...); got.code != exitDue && got.code != exitUsage || !strings.Contains(got.stdout+got.stderr, says) {
		r.t.Errorf("rr %v: want it refused, saying %q: %s", args, says, got)
	}
}

func (r *rig) refusesToHarmItself() {
	r.t.Helper()
	for _, verb := range []string{"pm2.restart", "pm2.stop_start", "pm2.recreate", "pm2.restore_app", "pm2.stop", "pm2.reset"} {
		r.refused("by self_harm: rr itself runs in this process", "act", verb, string(ownID))
	}
	for _, verb := range []string{"pm2.update_daemon", "pm2.end_orphans", "pm2.resurrect", "pm2.restore_dump"} {
		r.refused("by self_harm: rr itself was started by this daemon", "act", verb, string(daemonID))
	}
}

// (5) rr runs under the PM2 that it watches, and four of the six other apps are
// broken. It heals them, and does nothing to itself nor to its daemon, whoever
// asks for it.
func TestAnEmergencyUnderTheSamePM2DoesNoHarmToRR(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			d := startDisaster(t, version, keptPlain)
			daemon := d.pm2.DaemonPID()
			d.underItsPM2()
			own := pids(t, d.pm2)["rr"]
			if snapshot := d.rig.status().Record.Snapshot; !snapshot.RunsRR(ownID) || !snapshot.RunsRR(daemonID) || snapshot.RunsRR("pm2/local/process/well") {
				t.Errorf("rr does not know that it runs in %s, under %s and nowhere else", ownID, daemonID)
			}

			d.rig.refusesToHarmItself()
			await(t, "the emergency to be over", func() bool { return slices.Contains(d.rig.modes(), "recovering to normal") })
			for _, on := range []string{string(ownID), "rr", string(daemonID), "pm2/local/daemon"} {
				d.rig.refused("rr itself runs under", "recover", on, "--reason", "story")
			}
			d.rig.refusesToHarmItself() // now that nothing is frozen
			d.rig.turns(3)
			if now := pids(t, d.pm2)["rr"]; now != own || d.pm2.DaemonPID() != daemon || restartsOf(t, d.pm2, "rr") != 0 {
				t.Errorf("rr had pid %d and has %d, its daemon %d and %d", own, now, daemon, d.pm2.DaemonPID())
			}
			d.readLog(filepath.Join(d.pm2.Home, "logs", "rr-error.log"))
			d.healed()
			d.backedUpFirst()
			d.forcedByHand(own)
			d.shutDown(own)
		})
	}
}

// forcedByHand holds that a person enters and leaves an emergency as ever.
func (d *disaster) forcedByHand(own int) {
	d.t.Helper()
	if got := d.rig.rr("emergency", "enter", "--reason", "drill"); got.code != exitOK || !strings.Contains(got.stdout, "EMERGENCY") {
		d.t.Errorf("rr emergency enter: %s", got)
	}
	await(d.t, "the plan of the drill to end", func() bool { return d.rig.plan().Mode == schemas.ModeRecovering })
	for i, step := range d.rig.plan().Emergency.Plan {
		if step.State != schemas.StepDone {
			d.t.Errorf("step %d of the drill is %+v, want it done", i+1, step)
		}
	}
	if got := d.rig.rr("emergency", "exit", "--reason", "drill is over"); got.code != exitOK || d.rig.plan().Mode != schemas.ModeNormal {
		d.t.Errorf("rr emergency exit: %s", got)
	}
	if now := pids(d.t, d.pm2)["rr"]; now != own {
		d.t.Errorf("rr had pid %d and has %d", own, now)
	}
}

// shutDown holds that a shutdown freezes rr for as long as a person wants,
// though PM2 starts it again at once.
func (d *disaster) shutDown(own int) {
	d.t.Helper()
	if got := d.rig.rr("shutdown", "--reason", "moving house"); got.code != exitOK || !strings.Contains(got.stdout, "FROZEN") {
		d.t.Fatalf("rr shutdown: %s", got)
	}
	await(d.t, "PM2 to start another rr", func() bool {
		now := pids(d.t, d.pm2)["rr"]
		running := d.rig.status().Running
		return now != 0 && now != own && running != nil && running.PID == now
	})
	first := d.broken[0]
	first.unmend()
	killAll(d.t, livesOf(d.t, d.pm2.Home, "first"))
	errored(d.t, d.pm2, "first")
	first.mend()
	starts := first.starts()
	d.rig.turns(5)
	if got := d.rig.rr("why", "first"); !strings.Contains(got.stdout, "withheld by frozen") || !strings.Contains(got.stdout, "shut rr down") {
		d.t.Errorf("rr why first does not say that rr was shut down: %s", got)
	}
	if now := first.starts(); now != starts {
		d.t.Errorf("first was started %d times while rr was shut down", now-starts)
	}
	if got := d.rig.rr("resume", "--reason", "moved"); got.code != exitOK {
		d.t.Fatalf("rr resume: %s", got)
	}
	await(d.t, "first to be started", func() bool { return first.starts() == starts+1 })
}

// (5) The daemon that runs rr is killed with -9. rr, which logs to a file of its
// own and so lives on, starts none in its place: what it would end first, as
// left over, is itself. A person is told that it is for them to do.
func TestRRNeverReplacesTheDaemonThatRunsItInAnEmergency(t *testing.T) {
	t.Parallel()
	d := startDisaster(t, "7", keptPlain)
	app := pm2test.Shell("rr", "exec "+program+" run >rr.log 2>&1")
	app.CWD, app.Env = d.rig.dir, map[string]string{"HOME": d.rig.path("home"), "NO_COLOR": "1"}
	d.pm2.StartApps(app)
	d.rig.turns(1)
	d.pm2.Run("save")
	await(t, "the emergency to be over", func() bool { return slices.Contains(d.rig.modes(), "recovering to normal") })
	own := pids(t, d.pm2)["rr"]

	d.pm2.KillDaemon(syscall.SIGKILL)
	await(t, "rr to leave it to a person", func() bool {
		return strings.Contains(d.rig.read("rr.log"), "pm2.resurrect of "+string(daemonID)+" is due and left to a person: rr itself runs under it")
	})
	await(t, "another emergency to have come to the daemon", func() bool {
		plan := d.rig.plan().Emergency.Plan
		return len(plan) > 1 && plan[1].State == schemas.StepFailed
	})
	d.rig.turns(10)
	if d.pm2.DaemonPID() != 0 {
		t.Error("a daemon was started")
	}
	if lives := livesOf(t, d.pm2.Home, "rr"); !slices.Equal(lives, []int{own}) {
		t.Errorf("rr runs as %v, want %d alone", lives, own)
	}
	for _, a := range d.rig.history().Attempts {
		if a.Action.Target == daemonID {
			t.Errorf("attempt %+v, want none on the daemon that runs rr", a)
		}
	}
	if got := d.rig.rr("why", string(daemonID)); !strings.Contains(got.stdout, "withheld by self_harm: rr itself was started by this daemon") {
		t.Errorf("rr why does not say why the daemon is not brought back: %s", got)
	}
}
