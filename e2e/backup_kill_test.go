package e2e

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rr/internal/backup"
)

// killing is something that rr is killed in.
type killing struct {
	it    string
	args  []string
	more  string          // of the configuration
	scene func(k *keeper) // what there is before
	serve bool            // it is an rr run that is killed; args are its first turn
	again func(k *keeper) // what is done after it; args, where it is nil
	holds func(k *keeper) // what holds then
	lives []folder        // what the files under data may be at any time
	short string          // the step that is killed at in every run of the tests; none where it is empty
}

func killings() []killing {
	return slices.Concat(killedBackups(), killedMirrors(), killedUpkeep(), killedRuns())
}

func killedBackups() []killing {
	return []killing{
		{
			it: "the first backup", args: []string{"backup", "create", "data"}, lives: []folder{oldFiles()}, short: "archive renamed:1",
			scene: func(*keeper) {}, holds: func(k *keeper) { k.newestHolds(oldFiles()) },
		},
		{
			it: "the next backup", args: []string{"backup", "create", "data"}, lives: []folder{newFiles()},
			scene: func(k *keeper) { k.must("backup", "create", "data"); lay(k.t, k.path("data"), newFiles()) },
			holds: func(k *keeper) { k.newestHolds(newFiles()) },
		},
		{
			it: "a backup of what is not valid", args: []string{"backup", "create", "data"}, lives: []folder{notValid(9)},
			scene: func(k *keeper) {
				k.must("backup", "create", "data")
				for n := range backup.DefaultEvidence {
					k.holds(notValid(n))
				}
				lay(k.t, k.path("data"), notValid(9))
			},
			holds: func(k *keeper) { k.newestHolds(oldFiles()) },
		},
	}
}

func killedMirrors() []killing {
	mirrored := func(k *keeper) {
		k.mkdir("mirror")
		k.must("backup", "mirror")
	}

	return []killing{
		{
			it: "a backup that is mirrored", args: []string{"backup", "create", "data"}, more: "backup: mirror: \"mirror\"\n", lives: []folder{newFiles()},
			scene: func(k *keeper) {
				mirrored(k)
				k.must("backup", "create", "data")
				lay(k.t, k.path("data"), newFiles())
			},
			holds: func(k *keeper) {
				k.newestHolds(newFiles())
				isWhole(k.t, k.mirror, k.lastGood())
			},
		},
		{
			it: "the beginning of a mirror", args: []string{"backup", "mirror"}, more: "backup: mirror: \"mirror\"\n", lives: []folder{oldFiles()},
			scene: func(k *keeper) { k.mkdir("mirror") },
			holds: func(k *keeper) { k.must("backup", "create", "data"); isWhole(k.t, k.mirror, k.lastGood()) },
		},
	}
}

func killedUpkeep() []killing {
	before := folder{"a.json": `{"v": "mine"}`, "sub/c": strings.Repeat("mine\n", 2000), "same": "same"} // and no b.yml

	return []killing{
		{
			it: "a prune", args: []string{"backup", "prune"}, lives: []folder{newFiles()},
			scene: func(k *keeper) {
				for n := range 3 {
					f := oldFiles()
					f["b.yml"] = fmt.Sprint("v: ", n)
					k.holds(f)
				}
				k.holds(newFiles())
			},
			holds: func(k *keeper) {
				if all := k.list(); len(all) != 1 {
					k.t.Errorf("%d backups are left, want the last good one", len(all))
				}
				k.newestHolds(newFiles())
			},
		},
		{
			it: "a restore", args: []string{"backup", "restore", "--apply", "data"}, lives: []folder{before, oldFiles()}, short: "restore placed:2",
			scene: func(k *keeper) { k.must("backup", "create", "data"); lay(k.t, k.path("data"), before) },
			holds: func(k *keeper) { k.eitherOr("restored again", oldFiles()); k.newestHolds(oldFiles()) },
		},
		{
			it: "a drill", args: []string{"backup", "drill", "data"}, lives: []folder{oldFiles()},
			scene: func(k *keeper) { k.must("backup", "create", "data") },
			holds: func(k *keeper) {
				if k.lastGood().DrilledAt.IsZero() {
					k.t.Error("a drill is not noted")
				}
			},
		},
		{
			it: "a verification", args: []string{"backup", "verify", "data"}, lives: []folder{oldFiles()},
			scene: func(k *keeper) { k.must("backup", "create", "data") }, holds: func(k *keeper) { k.newestHolds(oldFiles()) },
		},
	}
}

func killedRuns() []killing {
	return []killing{
		{
			it: "a backup that is due", args: []string{"run", "--once"}, serve: true, lives: []folder{newFiles()},
			scene: func(k *keeper) {
				k.must("backup", "create", "data")
				lay(k.t, k.path("data"), newFiles())
				k.due()
			},
			again: func(k *keeper) {
				defer k.run().stop()
				await(k.t, "the backup that is due", func() bool { return len(good(k.list())) > 1 })
			},
			holds: func(k *keeper) { k.newestHolds(newFiles()) },
		},
		{
			it: "the backup of an emergency", args: []string{"run", "--once"}, serve: true, lives: []folder{newFiles()},
			scene: func(k *keeper) {
				k.must("backup", "create", "data")
				lay(k.t, k.path("data"), newFiles())
				k.must("emergency", "enter", "--reason", "story")
			},
			again: func(k *keeper) {
				defer k.run().stop()
				await(k.t, "step 1 of the plan", func() bool {
					return regexp.MustCompile(`step 1 +done +back up everything`).MatchString(k.rr("emergency", "status").stdout)
				})
			},
			holds: func(k *keeper) { k.newestHolds(newFiles()) },
		},
	}
}

// due waits until a backup is due.
func (k *keeper) due() {
	k.t.Helper()
	await(k.t, "a backup to be due", func() bool { return strings.Contains(k.rr("eval").stdout, "due  backup.create") })
}

// newestHolds holds what the newest good backup holds.
func (k *keeper) newestHolds(want folder) {
	k.t.Helper()
	last := k.lastGood()
	if got := inside(k.t, archive(k.store, last)); fmt.Sprint(got) != fmt.Sprint(want) {
		k.t.Errorf("%s holds %.200v, want %.200v", last.ID, got, want)
	}
}

// (4) rr is killed with -9 at every step of whatever it does to backups. Each
// file in place is an old or a new one, the last good backup is whole, no half
// one is listed, the next command does what is to be done and clears up, and
// what a restore replaced can be had.
func TestAKillAtAnyStepOfABackupLosesNothing(t *testing.T) {
	t.Parallel()
	for _, op := range killings() {
		if op.short == "" && !everyStep {
			continue
		}
		t.Run(op.it, func(t *testing.T) {
			t.Parallel()
			stage := newKeeper(t, op.more, oldFiles())
			op.scene(stage)
			steps := op.steps(t, stage)
			if !slices.Contains(steps, op.short) && op.short != "" {
				t.Fatalf("it has no step %q, but %q", op.short, steps)
			}
			if !everyStep {
				steps = []string{op.short}
			}
			for i, step := range steps {
				op.killAt(t, stage.clone(t), step, i%2 == 1)
			}
			t.Logf("killed at %d steps: %s", len(steps), strings.Join(steps, ", "))
		})
	}
}

// steps asks the program which steps it reaches, and how often.
func (op killing) steps(t *testing.T, stage *keeper) []string {
	t.Helper()
	k := stage.clone(t)
	k.env = append(slices.Clone(k.env), "RR_STEPS="+k.path("steps"))
	if got := k.rr(op.args...); got.code != exitOK && got.code != exitDue && got.code != exitUnknown {
		t.Fatalf("rr %v: %s", op.args, got)
	}
	times := map[string]int{}
	var steps []string
	for step := range strings.SplitSeq(strings.TrimSpace(k.read("steps")), "\n") {
		times[step]++
		steps = append(steps, fmt.Sprintf("%s:%d", step, times[step]))
	}
	if len(steps) < 3 {
		t.Fatalf("it has only the steps %q", steps)
	}

	return steps
}

// killAt kills rr at a step. What is done next is the same again, or, so that
// both are held, a verification, which clears up too.
func (op killing) killAt(t *testing.T, k *keeper, step string, verify bool) {
	t.Helper()
	what := op.it + ", killed at " + step
	had, before := k.good(), laid(t, k.path("data"))
	plain := k.env
	k.env = append(slices.Clone(plain), "RR_FAIL="+step)
	if op.serve {
		service := k.run()
		if service.wait(); !service.killed() {
			t.Fatalf("%s: it was not: %s", what, service.log)
		}
	} else if got := k.rr(op.args...); got.code != -1 {
		t.Fatalf("%s: it was not: %s", what, got)
	}
	k.env = plain

	k.eitherOr(what, op.lives...)
	k.stillGood(what, had)
	k.keepsAll(what, before)
	if verify && len(good(k.list())) > 0 {
		k.verified(what)
	}
	if op.again != nil {
		op.again(k)
	} else if got := k.rr(op.args...); got.code != exitOK {
		t.Errorf("%s: again: %s", what, got)
	}
	op.holds(k)
	k.verified(what + " and done again")
	k.eitherOr(what+" and done again", op.lives...)
	k.stillGood(what+" and done again", had[max(0, len(had)-1):])
	k.keepsAll(what+" and done again", before)
	if left := k.debris(); len(left) > 0 {
		t.Errorf("%s and done again: there is left %q", what, left)
	}
	if t.Failed() {
		t.FailNow() // the first step tells enough
	}
}

func (k *keeper) verified(what string) {
	k.t.Helper()
	if got := k.rr("backup", "verify"); got.code != exitOK {
		k.t.Errorf("%s: rr backup verify: %s", what, got)
	}
}

// good are the good backups, as far as any are listed.
func (k *keeper) good() []backup.Backup {
	k.t.Helper()
	if _, err := os.Stat(k.store); err != nil {
		return nil
	}

	return good(k.list())
}

// stillGood holds that the last of these backups is listed as good yet, and that
// whatever is listed is whole.
func (k *keeper) stillGood(what string, had []backup.Backup) {
	k.t.Helper()
	all := k.list()
	for _, b := range all {
		if b.Damaged != "" {
			k.t.Errorf("%s: %s is damaged: %s", what, b.ID, b.Damaged)
		}
		isWhole(k.t, k.store, b)
	}
	if len(had) == 0 {
		return
	}
	last := had[len(had)-1].ID
	if !slices.ContainsFunc(good(all), func(b backup.Backup) bool { return b.ID == last }) {
		k.t.Errorf("%s: the last good backup, %s, is listed no more", what, last)
	}
}

// keepsAll holds that what was in place is there yet, or kept as replaced.
func (k *keeper) keepsAll(what string, before folder) {
	k.t.Helper()
	kept := []folder{laid(k.t, k.path("data"))}
	for _, b := range k.list() {
		if b.State == backup.Replaced {
			kept = append(kept, inside(k.t, archive(k.store, b)))
		}
	}
	for path, content := range before {
		if !slices.ContainsFunc(kept, func(f folder) bool { return f[path] == content }) {
			k.t.Errorf("%s: what was in %s is lost", what, path)
		}
	}
}
