//go:build verify

package e2e

import (
	"strings"
	"syscall"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (5) A daemon whose bus is in full flood stops dead while rr listens: turns go
// on, rr does not grow, tells it once and does nothing; and it hears the bus
// again once the daemon goes on.
func TestBusThatStopsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			flood := pm2test.Shell("flood", "while :; do yes '"+strings.Repeat("x", 99)+"' | head -c 100000; sleep 0.1; done")
			flood.Extra = map[string]any{"out_file": "/dev/null", "error_file": "/dev/null"}
			p := pm2test.Start(t, version, flood, pm2test.Sleeper("well"))
			r := forPM2(t, p, "well")
			service := r.run()
			r.turns(10)
			before, own, daemon := pids(t, p), kilobytes(t, service.cmd.Process.Pid), p.DaemonPID()

			if err := syscall.Kill(daemon, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = syscall.Kill(daemon, syscall.SIGCONT) })
			await(t, "the daemon to be stuck", func() bool { return r.status().Record.Snapshot.Daemons[daemonID].State == schemas.DaemonStuck })
			r.turns(3)
			await(t, "it to be told", func() bool { return len(service.log.lines("kind=alert", string(daemonID))) > 0 })
			if told := service.log.lines("kind=alert", string(daemonID)); len(told) != 1 {
				t.Errorf("told %d times, want once: %q", len(told), told)
			}
			if grown := kilobytes(t, service.cmd.Process.Pid) - own; grown > 30<<10 {
				t.Errorf("rr grew by %d kB", grown)
			}

			if err := syscall.Kill(daemon, syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			await(t, "the daemon to serve again and to be heard", func() bool {
				seen := r.status().Record.Snapshot.Daemons[daemonID]
				return seen.State == schemas.DaemonServing && seen.Events == "connected"
			})
			if attempts := r.history().Attempts; len(attempts) != 0 {
				t.Errorf("attempts = %+v, want none", attempts)
			}
			if now := pids(t, p); now["well"] != before["well"] || now["flood"] != before["flood"] {
				t.Errorf("pids were %v and are %v", before, now)
			}
		})
	}
}

// (4) What a person does by hand may name its target by the end of an id, as
// long as that names one only.
func TestActTakesTheEndOfAnID(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Sleeper("api"), pm2test.Sleeper("pm2"))
	r := forPM2(t, p)
	if got := r.rr("act", "pm2.restart", "api"); got.code != exitUsage {
		t.Errorf("before anything was seen: want exit %d: %s", exitUsage, got)
	}
	r.run()
	r.turns(1)
	if got := r.act("pm2.restart", "api"); got.Status != schemas.OutcomeDone || got.Action.Target != "pm2/local/process/api" {
		t.Errorf("pm2.restart of %s: %s (%s), want the one process of that name restarted", got.Action.Target, got.Status, got.Note)
	}
	if got := r.rr("act", "pm2.restart", "pm2"); got.code != exitUsage || !strings.Contains(got.stderr, "pm2/local/process/pm2") || !strings.Contains(got.stderr, "pm2/local/daemon/pm2") {
		t.Errorf("the end of two ids: want exit %d and both: %s", exitUsage, got)
	}
	if got := r.rr("act", "pm2.restart", "apo"); got.code != exitUsage || !strings.Contains(got.stderr, "apo") {
		t.Errorf("the end of none: want exit %d: %s", exitUsage, got)
	}
}
