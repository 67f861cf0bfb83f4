//go:build verify

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2test"
)

// How long a flood is watched, and how often it is measured.
const (
	floodFor   = 4 * time.Minute
	floodEvery = 30 * time.Second
)

// flooded is a PM2 with an app that floods its log, which goes nowhere but to
// the bus and to who listens there.
type flooded struct {
	pm2    *pm2test.PM2
	daemon int
	chunks string // a file with a line for each 400 kB
	rr     *running
	series []string
}

func startFlooded(t *testing.T, version string) *flooded {
	t.Helper()
	f := &flooded{chunks: filepath.Join(t.TempDir(), "chunks")}
	app := pm2test.Shell("flood", fmt.Sprintf("while :; do yes '%s' | head -c 400000; echo >> %s; sleep 0.1; done", strings.Repeat("x", 99), f.chunks))
	app.Extra = map[string]any{"out_file": "/dev/null", "error_file": "/dev/null"}
	f.pm2 = pm2test.Start(t, version, app, pm2test.Sleeper("well"))
	f.daemon = f.pm2.DaemonPID()

	return f
}

// measure notes the resident memory of the daemon and of rr, in MB.
func (f *flooded) measure(t *testing.T) (daemon, own int64) {
	t.Helper()
	daemon = kilobytes(t, f.daemon)
	text := fmt.Sprintf("%d", daemon>>10)
	if f.rr != nil {
		own = kilobytes(t, f.rr.cmd.Process.Pid)
		text += fmt.Sprintf("/%d", own>>10)
	}
	f.series = append(f.series, text)

	return daemon, own
}

// Two daemons with 4 MB of log a second each, one of them with rr on its bus,
// for minutes: rr levels off, and its daemon takes what the other one takes.
func TestVerifyFloodLevelsOff(t *testing.T) {
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			alone, watched := startFlooded(t, version), startFlooded(t, version)
			r := newRig(t, settings{home: watched.pm2.Home, more: "interval: \"1s\"\nmin_interval: \"100ms\"\n"}.String())
			watched.rr = r.run()
			r.turns(3)
			began := time.Now()
			var base, most, without, with int64
			for time.Since(began) < floodFor {
				time.Sleep(floodEvery)
				without, _ = alone.measure(t)
				var own int64
				with, own = watched.measure(t)
				if base == 0 && time.Since(began) > floodFor/4 {
					base = own
				}
				most = max(most, own)
			}
			turns, passed := r.status().turn(), time.Since(began).Seconds()
			rate := float64(linesOf(t, watched.chunks)) * 0.4 / passed
			t.Logf("figure: PM2 %s, %.1f MB/s of log for %s, resident MB every %s: daemon alone %s; daemon/rr %s; %d turns",
				version, rate, floodFor, floodEvery, strings.Join(alone.series, " "), strings.Join(watched.series, " "), turns)
			if rate < 2 {
				t.Errorf("%.1f MB/s is no flood", rate)
			}
			if most > base+20<<10 {
				t.Errorf("rr grew from %d to %d kB", base, most)
			}
			if with > without+60<<10 {
				t.Errorf("the daemon takes %d kB with rr and %d kB without", with, without)
			}
			if turns < int64(passed)/2 {
				t.Errorf("%d turns in %.0f s at an interval of 1 s", turns, passed)
			}
		})
	}
}
