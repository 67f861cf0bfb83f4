//go:build verify

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rr/internal/backup"
)

// filling is something that rr does on a disk that has too little room for it.
type filling struct {
	it    string
	disk  string          // the folder that is a small disk: small, which has the store, or data
	args  []string        // the command
	scene func(k *keeper) // what there is before
	holds func(k *keeper) // what holds when there was room
	lives []folder        // what the files under data may be at any time
	least int             // how many pages it needs at the least, that nothing is tested for nothing
}

// noisy are files that packing makes only half as large.
func noisy(seed string) folder {
	f := folder{"same": "same"}
	for i, path := range []string{"a.json", "b.yml", "sub/c"} {
		f[path] = `"` + noise(seed+path, 100*(i+1)) + `"`
	}

	return f
}

func fillings() []filling {
	one, two := noisy("one"), noisy("two")
	mine := noisy("mine")
	delete(mine, "b.yml")
	changed := func(k *keeper) { k.holds(one); lay(k.t, k.path("data"), two) }
	overwritten := func(k *keeper) { k.holds(one); lay(k.t, k.path("data"), mine) }
	put := []string{"backup", "restore", "--apply", "data"}

	return []filling{
		{
			it: "the first backup", disk: "small", args: []string{"backup", "create", "data"}, lives: []folder{two}, least: 3,
			scene: func(k *keeper) { lay(k.t, k.path("data"), two) }, holds: func(k *keeper) { k.newestHolds(two) },
		},
		{
			it: "the next backup", disk: "small", args: []string{"backup", "create", "data"}, lives: []folder{two}, least: 3,
			scene: changed, holds: func(k *keeper) { k.newestHolds(two) },
		},
		{
			it: "a prune", disk: "small", args: []string{"backup", "prune"}, lives: []folder{two}, least: 0,
			scene: func(k *keeper) { k.holds(one); k.holds(mine); k.holds(two) },
			holds: func(k *keeper) {
				if all := k.list(); len(all) != 1 {
					k.t.Errorf("%d backups are left, want the last good one", len(all))
				}
				k.newestHolds(two)
			},
		},
		{
			it: "a verification", disk: "small", args: []string{"backup", "verify"}, lives: []folder{two}, least: 1,
			scene: changed, holds: func(k *keeper) { k.newestHolds(one) },
		},
		{
			it: "a restore that keeps what it replaces", disk: "small", args: put, lives: []folder{mine, one}, least: 3,
			scene: overwritten, holds: func(k *keeper) { k.eitherOr("restored", one) },
		},
		{
			it: "a restore", disk: "data", args: put, lives: []folder{mine, one}, least: 3,
			scene: overwritten, holds: func(k *keeper) { k.eitherOr("restored", one) },
		},
	}
}

const inSmall = "backup: dir: \"small/backups\"\n"

// (4) A disk has room for nothing, then for a page, and so on until it has
// enough, under whatever rr does to backups: that is told, with what was to be
// written; each file in place is an old or a new one, the last good backup is
// whole, and once there is room the same goes through. Pruning needs no room.
func TestVerifyFullDiskUnderABackupLosesNothing(t *testing.T) {
	t.Parallel()
	for _, op := range fillings() {
		t.Run(op.it, func(t *testing.T) {
			t.Parallel()
			stage := newKeeper(t, inSmall, noisy("none"))
			stage.store = stage.path("small", "backups")
			stage.mkdir("small")
			op.scene(stage)
			pages := 0
			for ; !op.fits(t, stage, pages); pages++ {
				if pages > 60 {
					t.Fatal("it never has enough")
				}
			}
			if pages < op.least || op.least == 0 && pages > 0 {
				t.Errorf("it went through with %d pages, want at least %d", pages, op.least)
			}
			t.Logf("%d disks had too little room", pages)
		})
	}
}

// fits does it on a disk with so many free pages, and tells whether that was
// enough.
func (op filling) fits(t *testing.T, stage *keeper, pages int) (enough bool) {
	t.Helper()
	t.Run(fmt.Sprintf("%d pages", pages), func(t *testing.T) {
		what := fmt.Sprintf("%s, with %d pages left", op.it, pages)
		k := stage.onSmallDisk(t, op.disk)
		before, had := laid(t, k.path("data")), k.good()
		release := k.leave(op.disk, pages)
		got := k.rr(op.args...)
		enough = got.code == exitOK
		if said := got.stdout + got.stderr; !enough && (got.code != exitFailed || !strings.Contains(said, "no space left on device") || !strings.Contains(said, k.path(op.disk))) {
			t.Errorf("%s: it does not say where there is no room: %s", what, got)
		}
		k.eitherOr(what, op.lives...)
		k.stillGood(what, had[max(0, len(had)-1):])
		k.keepsAll(what, before)
		release()
		if len(good(k.list())) > 0 {
			k.must("backup", "verify")
		}
		k.must(op.args...)
		op.holds(k)
		k.keepsAll(what+" and then enough", before)
		if left := k.debris(); len(left) > 0 {
			t.Errorf("%s and then enough: there is left %q", what, left)
		}
	})
	if t.Failed() {
		t.FailNow() // the first disk tells enough
	}

	return enough
}

// onSmallDisk is another one that has all that this one has, with one of its
// folders on a disk of its own.
func (k *keeper) onSmallDisk(t *testing.T, disk string) *keeper {
	t.Helper()
	r := newRig(t, k.read("redundancy.cue"))
	mountDisk(t, r.path(disk), "512k")
	if out, err := exec.Command("cp", "-a", k.dir+"/.", r.dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}

	return &keeper{rig: r, store: r.path("small", "backups"), mirror: r.path("mirror")}
}

// leave leaves a disk so many free pages.
func (k *keeper) leave(disk string, pages int) (release func()) {
	k.t.Helper()
	filler := k.path(disk, ".filler")
	if disk == "data" {
		filler = k.path(disk, ".rr-restore-filler") // which no set takes for its own
	}
	fill(k.t, filler)
	info, err := os.Stat(filler)
	if err != nil {
		k.t.Fatal(err)
	}
	if err := os.Truncate(filler, info.Size()-int64(pages*os.Getpagesize())); err != nil {
		k.t.Fatal(err)
	}

	return func() {
		if err := os.Remove(filler); err != nil {
			k.t.Fatal(err)
		}
	}
}

// (4) The disk that is full has the journal too: nothing is done that could not
// be recorded, that is told, and once a person has made room by hand, also by
// deleting old archives, all goes on.
func TestVerifyFullDiskUnderTheJournalAndBackups(t *testing.T) {
	t.Parallel()
	large := func(seed string) folder { return folder{"large": noise(seed, 3000)} } // the journal needs some room
	k := newKeeper(t, "", large("0"))
	state := mountDisk(t, k.path("small"), "1m")
	k.env, k.store = append(k.env, "RR_STATE="+state), filepath.Join(state, "backups")
	for n := range 3 {
		k.holds(large(fmt.Sprint(n)))
	}
	had := k.list()
	mine := large("mine")
	lay(t, k.path("data"), mine)
	release := k.leave("small", 0)
	for _, args := range [][]string{{"create", "data"}, {"prune"}, {"verify"}, {"restore", "--apply", "data"}} {
		got := k.rr(append([]string{"backup"}, args...)...)
		if got.code != exitFailed || !strings.Contains(got.stderr, "no space left on device") || !strings.Contains(got.stderr, "make room on the disk of "+state) {
			t.Errorf("rr backup %v on a full disk: %s", args, got)
		}
	}
	k.eitherOr("on a full disk", mine)
	k.stillGood("on a full disk", had)

	for _, b := range had[:2] {
		if err := os.Remove(archive(k.store, b)); err != nil {
			t.Fatal(err)
		}
	}
	k.must("backup", "prune")
	if left := k.list(); len(left) != 1 || left[0].ID != had[2].ID {
		t.Errorf("after a prune there are %v, want the newest", left)
	}
	k.must("backup", "verify")
	release()
	k.must("backup", "create", "data")
	k.newestHolds(mine)
	if slices.ContainsFunc(k.list(), func(b backup.Backup) bool { return b.Damaged != "" }) {
		t.Errorf("the backups are %v", k.list())
	}
}
