//go:build verify

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2test"
)

// seed makes a campaign repeatable; it is printed with its figures.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	t.Logf("seed %d", n)

	return rand.New(rand.NewPCG(n, n))
}

// A process that stays broken, one that is healthy, and an rr that is killed
// with -9 at random moments: the journal always opens, no attempt is there
// twice, and the budget is that of one rr that was never killed.
func TestVerifyKilledAtRandom(t *testing.T) {
	t.Parallel()
	const kills = 100
	random := seed(t)
	p := pm2test.Start(t, "7", pm2test.Shell("broken", "exit 1"), pm2test.Sleeper("fine"))
	r := newRig(t, settings{home: p.Home, command: p.Bin, expect: []string{"broken", "fine"}, more: `interval: "200ms"
min_interval: "100ms"
settle: "1s"
budget: target: {max: 4, window: "1h"}
pm2: local: ladder: restart: {attempts: 1000, cooldown: "100ms", max_cooldown: "100ms"}
`}.String())
	for range kills {
		s := r.run()
		time.Sleep(time.Duration(50+random.IntN(1500)) * time.Millisecond)
		if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-s.done
	}
	s := r.run()
	r.turns(3)
	s.stop()

	seen := map[string]bool{}
	h := r.history()
	for _, a := range h.Attempts {
		if seen[a.ID] {
			t.Errorf("attempt %s is there twice", a.ID)
		}
		seen[a.ID] = true
		if a.Action.Target.Name() == "fine" {
			t.Errorf("acted on a healthy process: %+v", a)
		}
	}
	if n := len(h.of("broken").Attempts); n > 4 {
		t.Errorf("%d actions on one target, want at most 4 in the window, however often rr was killed", n)
	}
	if damaged := s.log.lines("damaged"); len(damaged) > 0 {
		t.Errorf("the journal was damaged: %v", damaged)
	}
	t.Logf("figure: %d kills -9 at random moments, %d turns recorded, %d of 4 budgeted actions, 0 damaged journals", kills, r.status().turn(), len(h.Attempts))
}

// Good, bad and half-written configurations and policies in random order: turns
// go on, and at the end the last good one is in force.
func TestVerifyReloadTorture(t *testing.T) {
	t.Parallel()
	const edits = 400
	random := seed(t)
	p := pm2test.Start(t, "7", pm2test.Sleeper("fine"))
	base := settings{home: p.Home, command: p.Bin, expect: []string{"fine"}, more: "interval: \"200ms\"\nmin_interval: \"100ms\"\n"}.String()
	r := newRig(t, base)
	s := r.run()
	r.turns(2)
	good := func(n int) string { return base + fmt.Sprintf("health: healthy: %d\n", 60+n%40) }
	last := 0
	longest := time.Duration(0)
	for n := range edits {
		switch text := good(n); random.IntN(5) {
		case 0:
			r.configure(text)
			last = n
		case 1: // as an editor saves it
			r.write("redundancy.cue~", text)
			if err := os.Rename(r.path("redundancy.cue~"), r.path("redundancy.cue")); err != nil {
				t.Fatal(err)
			}
			last = n
		case 2:
			r.configure(text[:random.IntN(len(text))])
		case 3:
			r.configure(text + "helath: 1\n")
		case 4:
			r.configure("")
		}
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		if n%40 == 0 {
			began := time.Now()
			r.turns(1)
			longest = max(longest, time.Since(began))
		}
	}
	r.configure(good(last))
	await(t, "the last good configuration in force", func() bool {
		st := r.status()
		return st.Running != nil && st.Running.Reload.Error == "" && len(s.log.lines("in force")) > 0
	})
	r.turns(2)
	t.Logf("figure: %d edits, %d put in force, %d refusals told, %d turns, longest wait for a turn %s", edits,
		len(s.log.lines("configuration and policies in force")), len(s.log.lines("status=refused")), r.status().turn(), longest.Round(time.Millisecond))
}

// soak is how long rr is watched at work.
const soak = 6 * time.Minute

// Twenty healthy processes and one that crashes now and then: memory and open
// files of rr stay where they were.
func TestVerifySoak(t *testing.T) {
	t.Parallel()
	apps := []pm2test.App{pm2test.Shell("flapping", "sleep 4; exit 1")}
	for n := range 20 {
		apps = append(apps, pm2test.Sleeper(fmt.Sprintf("app%d", n)))
	}
	p := pm2test.Start(t, "7", apps...)
	r := newRig(t, settings{home: p.Home, command: p.Bin, more: "interval: \"200ms\"\nmin_interval: \"100ms\"\nsettle: \"2s\"\n"}.String())
	s := r.run()
	for range 6 { // half a minute to warm up
		r.turns(25)
	}
	before := residents(t, s.cmd.Process.Pid)
	began := time.Now()
	end := began.Add(soak)
	for time.Now().Before(end) {
		time.Sleep(5 * time.Second)
	}
	after := residents(t, s.cmd.Process.Pid)
	if after.rss > before.rss*5/4 {
		t.Errorf("resident memory grew from %d to %d kB", before.rss, after.rss)
	}
	if after.files > before.files+2 {
		t.Errorf("open files grew from %d to %d", before.files, after.files)
	}
	for _, a := range r.history().Attempts {
		if strings.HasPrefix(a.Action.Target.Name(), "app") {
			t.Errorf("acted on a healthy process: %+v", a)
		}
	}
	t.Logf("figure: %d turns in %s, resident %d then %d kB, files %d then %d, 0 actions on 20 healthy processes", r.status().turn(), time.Since(began).Round(time.Second), before.rss, after.rss, before.files, after.files)
}

type resident struct {
	rss   int64 // kB
	files int
}

func residents(t *testing.T, pid int) resident {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	var r resident
	for line := range strings.Lines(string(b)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			if _, err := fmt.Sscan(rest, &r.rss); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	r.files = len(files)

	return r
}

// The crash that PM2 never counts as one: a process that lives 1.5 s, for ten
// minutes. Whatever rr does about it stays within its budget.
func TestVerifySlowCrashLoopIsBounded(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Shell("loop", "sleep 1.5; exit 1"))
	r := newRig(t, settings{home: p.Home, command: p.Bin, expect: []string{"loop"}, more: "interval: \"1s\"\n"}.String())
	s := r.run()
	time.Sleep(10 * time.Minute)
	s.stop()
	if n := len(r.history().of("loop").Attempts); n > 5 {
		t.Errorf("%d starts by rr in 10 minutes, want at most 5", n)
	}
	t.Logf("figure: %d starts by rr in 10 minutes of a process that lives 1.5 s", len(r.history().of("loop").Attempts))
}
