package e2e

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/pm2test"
	"rr/schemas"
)

// killedAt starts an errored app whose cause to fail is gone and an rr that is
// killed at a step of its first turn, in which it restarts that app.
func killedAt(t *testing.T, step, more string) (fragile, *pm2test.PM2, *rig) {
	t.Helper()
	api := newFragile(t, "api")
	p := pm2test.Start(t, "7", api.app)
	errored(t, p, "api")
	api.mend()
	api.before = api.starts()
	r := newRig(t, settings{home: p.Home, more: brisk + more}.String())

	plain := r.env
	r.env = append(slices.Clone(plain), "RR_FAIL="+step)
	service := r.run()
	service.wait()
	if !service.killed() {
		t.Fatalf("rr was not killed at %s: %s", step, service.log)
	}
	r.env = plain

	return api, p, r
}

// (4) rr is killed with -9 at every step of a turn. The next rr goes on from
// the journal: what was not begun it does, what was begun it looks at first,
// and what was done it does not do again.
func TestRRKilledAtAnyStepDoesNothingTwice(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		step     string
		attempts []string // oldest first
	}{
		{"swept", []string{"done recovered"}},
		{"decided", []string{"done recovered"}},
		{"planned", []string{"done recovered"}},
		{"recorded", []string{"unknown failed", "done recovered"}},
		{"acting", []string{"unknown failed", "done recovered"}},
		{"acted", []string{"unknown recovered"}},
		{"performed", []string{"done recovered"}},
	} {
		t.Run(row.step, func(t *testing.T) {
			t.Parallel()
			api, _, r := killedAt(t, row.step, "")
			r.run()
			await(t, "api to be recovered", r.recovered("api"))
			r.turns(5)

			attempts := r.history().of("api").Attempts
			slices.Reverse(attempts)
			var got []string
			for _, a := range attempts {
				got = append(got, a.Status+" "+a.State)
			}
			if !slices.Equal(got, row.attempts) {
				t.Errorf("attempts = %v, want %v", got, row.attempts)
			}
			if starts := api.starts() - api.before; starts != 1 {
				t.Errorf("it was started %d times, want once", starts)
			}
			turns := r.history().Turns
			for i, turn := range turns {
				if want := int64(len(turns) - i); turn.Turn != want {
					t.Fatalf("turn %d stands where %d should: the journal was not carried on", turn.Turn, want)
				}
			}
			looksFirst(t, r, attempts)
		})
	}
}

// looksFirst holds that an attempt whose outcome is not known was looked at for
// the settle time before the next one began.
func looksFirst(t *testing.T, r *rig, attempts []schemas.Attempt) {
	t.Helper()
	if len(attempts) < 2 {
		return
	}
	const settle = 2 * time.Second
	if passed := attempts[1].BeganAt.Sub(*attempts[0].EndedAt); passed < settle {
		t.Errorf("the second attempt began %s after the first was found unknown, want at least %s", passed, settle)
	}
	if !slices.Contains(guardsOf(r.record(2)), schemas.GuardInFlight) {
		t.Errorf("turn 2 was held by %v, want %s", guardsOf(r.record(2)), schemas.GuardInFlight)
	}
}

// (4) What was spent before a kill stays spent.
func TestBudgetIsNotRefilledByAKill(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"recorded", "acted"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			const once = "budget: target: {max: 1, window: \"10m\"}\n"
			api, p, r := killedAt(t, step, once)
			api.unmend()
			killAll(t, livesOf(t, p.Home, "api"))
			starts := api.starts()

			r.run()
			await(t, "the budget to refuse", func() bool {
				turn := r.status().turn()
				return turn > 1 && slices.Equal(guardsOf(r.record(turn)), []string{schemas.GuardBudgetTarget})
			})
			r.turns(5)
			if attempts := r.history().of("api").Attempts; len(attempts) != 1 {
				t.Errorf("%d attempts, want the one before the kill", len(attempts))
			}
			// PM2 itself starts what was killed until it gives up, three times.
			if more := api.starts() - starts; more > 3 {
				t.Errorf("it was started %d times more", more)
			}
		})
	}
}

// (4) A full disk ends acting and not watching; both are told, and acting goes
// on once there is room.
func TestFullDiskEndsActingAndNotWatching(t *testing.T) {
	t.Parallel()
	api := newFragile(t, "api")
	api.mend()
	p := pm2test.Start(t, "7", api.app)
	r := newRig(t, settings{home: p.Home, more: brisk}.String())
	state := mountSmall(t, r.path("state"))
	r.env = append(r.env, "RR_STATE="+state)
	service := r.run()
	r.turns(3)

	fill(t, filepath.Join(state, "filler"))
	await(t, "the journal to be full", func() bool { return r.status().Running.Journal != "" })
	breakOnce(t, p, api)
	starts := api.starts()
	await(t, "the guard", func() bool { return slices.Contains(guardsOf(*r.status().Record), schemas.GuardJournal) })
	r.turns(5)

	if more := api.starts() - starts; more != 0 {
		t.Errorf("it was started %d times with the journal full", more)
	}
	if got := r.rr("status"); got.code != exitFailed || !bytes.Contains([]byte(got.stdout), []byte("CANNOT BE WRITTEN")) {
		t.Errorf("rr status does not say that the journal is full: %s", got)
	}
	if len(service.log.lines("kind=journal", "turn not recorded")) == 0 {
		t.Error("the log does not say that the journal is full")
	}

	if err := os.Remove(filepath.Join(state, "filler")); err != nil {
		t.Fatal(err)
	}
	await(t, "api to be recovered", r.recovered("api"))
	if more := api.starts() - starts; more != 1 {
		t.Errorf("it was started %d times once there was room, want once", more)
	}
	if got := r.status().Running.Journal; got != "" {
		t.Errorf("rr status still says %q", got)
	}
}

// mountSmall mounts a disk of 1 MB.
func mountSmall(t *testing.T, path string) string {
	t.Helper()

	return mountDisk(t, path, "1m")
}

// mountDisk mounts a disk of a size, as tmpfs writes it, until the end of the
// test.
func mountDisk(t *testing.T, path, size string) string {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size="+size); err != nil {
		t.Fatalf("this test mounts a disk of %s, which takes root: %v", size, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})

	return path
}

// fill writes until there is no room left.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, size := range []int{64 << 10, 4 << 10, 1} {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Fatalf("fill the disk: %v", err)
		}
	}
}

// killAll ends processes of an app under test.
func killAll(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			t.Fatal(err)
		}
	}
}
