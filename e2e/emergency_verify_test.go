//go:build verify

package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/pm2test"
	"rr/schemas"
)

// planned is an emergency that begins at once, backs up and then heals first in
// line before anything else. Nothing but its plan makes a backup: what policies
// ask for of the sets is only told.
const planned = `emergency: {
	enter:  60 // of six apps four are broken, and rr may be a seventh
	hold:   "0s"
	settle: "3s"
	plan: [{backup: []}, {recover: "pm2/local/daemon"}, {recover: "pm2/local/process/first"}, {recover: "pm2/local/process"}]
}
budget: blast_radius: percent: 100
shadow: [{verb: "backup.create"}, {verb: "backup.drill"}]
`

// disaster is a PM2 of six apps of which four are broken, and whose cause is
// gone.
type disaster struct {
	t      *testing.T
	pm2    *pm2test.PM2
	rig    *rig
	broken []fragile
	names  []string // of those that are broken
	before map[string]int
	logs   []*buffer
}

// unharmed are the apps that nothing is wrong with.
var unharmed = []string{"well", "fine"}

func startDisaster(t *testing.T, version string, more func(*pm2test.PM2) string) *disaster {
	t.Helper()
	d := &disaster{t: t, names: []string{"first", "second", "third", "fourth"}}
	var apps []pm2test.App
	for _, name := range d.names {
		d.broken = append(d.broken, newFragile(t, name))
		apps = append(apps, d.broken[len(d.broken)-1].app)
	}
	for _, name := range unharmed {
		apps = append(apps, pm2test.Shell(name, "exec sleep 3600"))
	}
	d.pm2 = pm2test.Start(t, version, apps...)
	d.pm2.Run("save")
	for i, app := range d.broken {
		errored(t, d.pm2, d.names[i])
		app.mend()
		d.broken[i].before = app.starts()
	}
	d.before = pids(t, d.pm2)
	d.rig = newRig(t, settings{home: d.pm2.Home, command: d.pm2.Bin, more: brisk + planned + more(d.pm2)}.String())

	return d
}

// killedAt lets rr run until it is killed at a step, and gives its log.
func (r *rig) killedAt(step string) *buffer {
	r.t.Helper()
	plain := r.env
	r.env = append(slices.Clone(plain), "RR_FAIL="+step)
	service := r.run()
	service.wait()
	if !service.killed() {
		r.t.Fatalf("rr was not killed at %s: %s", step, service.log)
	}
	r.env = plain

	return service.log
}

// ends lets rr run until the emergency is over.
func (d *disaster) ends() {
	d.t.Helper()
	service := d.rig.run()
	d.logs = append(d.logs, service.log)
	await(d.t, "the emergency to be over", func() bool {
		return slices.Contains(d.rig.modes(), "recovering to normal")
	})
	d.rig.turns(3)
}

// healed holds that the emergency was entered, run and left once, that each
// broken app was started once, and that what is healthy was not touched.
func (d *disaster) healed() {
	d.t.Helper()
	if got, want := d.rig.modes(), []string{"normal to emergency", "emergency to recovering", "recovering to normal"}; !slices.Equal(got, want) {
		d.t.Errorf("modes %q, want %q", got, want)
	}
	modes, last := d.rig.events(schemas.EventMode), d.rig.events(schemas.EventStep)[0].At
	for _, a := range d.rig.history().Attempts {
		if a.Action.Target.System() == "pm2" && a.BeganAt.After(last) {
			last = a.BeganAt
		}
	}
	if held := modes[len(modes)-1].At.Sub(last); held < 3*time.Second {
		d.t.Errorf("it was left %s after the last act, before health had held for emergency.settle", held)
	}
	for i, app := range d.broken {
		if starts := app.starts() - d.broken[i].before; starts != 1 {
			d.t.Errorf("%s was started %d times, want once", d.names[i], starts)
		}
	}
	after := pids(d.t, d.pm2)
	for _, name := range unharmed {
		if d.before[name] == 0 || d.before[name] != after[name] {
			d.t.Errorf("%s had pid %d and has %d: what is healthy was touched", name, d.before[name], after[name])
		}
	}
	told := 0
	for _, log := range d.logs {
		told += len(log.lines("kind=alert", "emergency by rr: health is"))
	}
	if told != 1 {
		d.t.Errorf("told %d times that there is an emergency, want once", told)
	}
}

// archives are the backups on disk, by set.
func (d *disaster) archives() map[string][]string {
	d.t.Helper()
	all := map[string][]string{}
	for _, set := range plannedSets {
		found, err := filepath.Glob(d.rig.path(".rr", "backups", set, "*.tar.zst*"))
		if err != nil {
			d.t.Fatal(err)
		}
		all[set] = found
	}

	return all
}

// (5) Of six processes four are broken. rr enters the emergency once, freezes
// what the plan has not come to, takes a backup and verifies it before anything
// is healed, heals the four, leaves the two alone, and leaves the emergency once
// health has held. It is killed with -9 in the middle of the backup, after it,
// and in the middle of an act, and goes on there: there is one backup of each
// set, each app was started once, and a person was told once.
func TestAnEmergencyBacksUpFirstAndIsRunToItsEndOverAKill(t *testing.T) {
	t.Parallel()
	debian(t)
	key, recipient := keyPair(t)
	encrypted := func(p *pm2test.PM2) string {
		return kept(p, fmt.Sprintf("recipients: [%q], identity_file: %q", recipient, key))
	}
	for _, version := range pm2Versions() {
		for _, row := range []struct {
			step    string
			more    func(*pm2test.PM2) string
			backups int             // of each set, after the kill
			states  []string        // of the steps, after it
			why     string          // second is frozen, as the last turn has it
			first   schemas.Attempt // on first: its status and state
		}{
			{"backing_up", encrypted, 0, []string{"running", "waiting", "waiting", "waiting"}, "step 4 of 4 is to recover it, and step 1 is running: back up everything",
				schemas.Attempt{Status: schemas.OutcomeDone, State: schemas.AttemptRecovered}},
			{"backed_up", keptPlain, 1, []string{"running", "waiting", "waiting", "waiting"}, "step 4 of 4 is to recover it, and step 1 is running: back up everything",
				schemas.Attempt{Status: schemas.OutcomeDone, State: schemas.AttemptRecovered}},
			{"acted", encrypted, 1, []string{"done", "done", "running", "waiting"}, "step 4 of 4 is to recover it, and step 3 is running: recover pm2/local/process/first",
				schemas.Attempt{Status: schemas.OutcomeUnknown, State: schemas.AttemptRecovered}},
		} {
			t.Run("PM2 "+version+" "+row.step, func(t *testing.T) {
				t.Parallel()
				d := startDisaster(t, version, row.more)
				d.logs = append(d.logs, d.rig.killedAt(row.step))
				for set, archives := range d.archives() {
					if len(archives) != row.backups {
						t.Errorf("after the kill %s has the backups %q, want %d", set, archives, row.backups)
					}
				}
				if got := states(d.rig.plan().Emergency.Plan); !slices.Equal(got, row.states) {
					t.Errorf("after the kill the steps are %q, want %q", got, row.states)
				}
				if got := d.rig.rr("why", "second"); !strings.Contains(got.stdout, "withheld by frozen: emergency by rr: health is") || !strings.Contains(got.stdout, row.why) {
					t.Errorf("rr why second does not say that it is frozen, and how long: %s: %s", row.why, got)
				}

				d.ends()
				d.healed()
				d.rig.firstCameFirst(row.first)
				d.backedUpFirst()
			})
		}
	}
}

func states(plan []schemas.Step) []string {
	var all []string
	for _, step := range plan {
		all = append(all, step.State)
	}

	return all
}

// backedUpFirst holds that there is one backup of each set, that it is good, is
// told of, and was verified before anything was done.
func (d *disaster) backedUpFirst() {
	d.t.Helper()
	for set, archives := range d.archives() {
		if len(archives) != 1 {
			d.t.Errorf("%s has the backups %q, want one", set, archives)
		}
	}
	if got := d.rig.rr("backup", "verify", "--reason", "story"); got.code != exitOK || strings.Count(got.stdout, "1 of 1 backups are whole") != len(plannedSets) {
		d.t.Errorf("the backups are not said to be good: %s", got)
	}
	begun := d.rig.events(schemas.EventStep)
	done := slices.IndexFunc(begun, func(e schemas.Event) bool {
		return strings.Contains(e.Note, "1 of 4 done: back up everything: 2 sets backed up and verified: apps/") && strings.Contains(e.Note, ", pm2-local/")
	})
	if done < 0 || done+1 >= len(begun) || !strings.Contains(begun[done+1].Note, "2 of 4 begins") {
		d.t.Fatalf("steps %+v, want a backup that is done and the second step after it", begun)
	}
	for _, a := range d.rig.history().Attempts {
		if a.Action.Target.System() == "pm2" && a.BeganAt.Before(begun[done].At) {
			d.t.Errorf("%s of %s was begun before the backup was verified", a.Action.Verb, a.Action.Target)
		}
	}
	if got := d.rig.rr("history"); !strings.Contains(got.stdout, "the plan") || !strings.Contains(got.stdout, "2 sets backed up and verified: apps/") {
		d.t.Errorf("rr history does not tell of the backup: %s", got)
	}
}

// (5) Where no backup can be taken a person is told, and the fleet is healed all
// the same.
func TestAnEmergencyGoesOnWhereNoBackupCanBeTaken(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, says string
		spoil      func(t *testing.T, dir string)
	}{
		{"the disk of the backups is full", "no space left", func(t *testing.T, dir string) { fill(t, filepath.Join(dir, "filler")) }},
		{"the disk of the backups is read-only", "read-only file system", func(t *testing.T, dir string) {
			if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := mountDisk(t, filepath.Join(t.TempDir(), "backups"), "1m")
			row.spoil(t, dir)
			d := startDisaster(t, "7", func(p *pm2test.PM2) string {
				return keptPlain(p) + fmt.Sprintf("backup: dir: %q\n", dir)
			})
			service := d.rig.run()
			d.logs = append(d.logs, service.log)
			d.rig.turns(1)
			await(t, "the backup to have failed", func() bool {
				plan := d.rig.plan().Emergency.Plan
				return len(plan) > 0 && plan[0].Ended()
			})
			if got := d.rig.rr("emergency", "status"); !strings.Contains(got.stdout, "failed") || !strings.Contains(got.stdout, row.says) {
				t.Errorf("rr emergency status does not say that the backup failed: %s", got)
			}
			await(t, "the emergency to be over", func() bool { return slices.Contains(d.rig.modes(), "recovering to normal") })
			d.rig.turns(3)
			d.healed()
			if told := service.log.lines("kind=alert", "step 1 of the emergency plan failed", row.says); len(told) != 1 {
				t.Errorf("told %d times that there is no backup, want once: %q", len(told), told)
			}
		})
	}
}

// firstCameFirst holds that the other steps began after the first was verified.
func (r *rig) firstCameFirst(want schemas.Attempt) {
	r.t.Helper()
	h := r.history()
	first := h.of("first").Attempts
	if len(first) != 1 || first[0].Status != want.Status || first[0].State != want.State || first[0].VerifiedAt == nil {
		r.t.Fatalf("attempts on first: %+v, want one that is %s and %s", first, want.Status, want.State)
	}
	for _, a := range h.Attempts {
		if a.Action.Target.System() == "pm2" && a.Action.Target.Name() != "first" && a.BeganAt.Before(*first[0].VerifiedAt) {
			r.t.Errorf("%s was acted on before first was verified", a.Action.Target)
		}
	}
}
