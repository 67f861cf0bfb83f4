//go:build verify

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2test"
)

// (5) An app writes some 4 MB of log a second. rr's turns go on, neither rr nor
// the daemon grows by it, and events arrive.
func TestFloodOfLogsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flood := pm2test.Shell("flood", "while :; do yes '"+strings.Repeat("x", 99)+"' | head -c 400000; sleep 0.1; done")
	well := pm2test.Shell("well", "echo started >> "+dir+"/starts; exec sleep 3600")
	p := pm2test.Start(t, "7", flood, well)
	log := filepath.Join(p.Home, "logs", "flood-out.log")
	daemon := p.DaemonPID()
	await(t, "the flood", func() bool { return sizeOf(t, log) > 4<<20 })
	flows(t, log, 5*time.Second) // the daemon warms up

	written, before := sizeOf(t, log), kilobytes(t, daemon)
	flows(t, log, 15*time.Second)
	without, rate := kilobytes(t, daemon)-before, (sizeOf(t, log)-written)/15

	often := newRig(t, settings{home: p.Home, more: brisk}.String())
	seldom := newRig(t, settings{home: p.Home, more: strings.ReplaceAll(brisk, `interval: "300ms"`, `interval: "10m"`)}.String())
	one, two := often.run(), seldom.run()
	often.turns(3)
	await(t, "the first turn of the seldom one", func() bool { return seldom.status().turn() > 0 })
	turn, own, other, before := often.status().turn(), kilobytes(t, one.cmd.Process.Pid), kilobytes(t, two.cmd.Process.Pid), kilobytes(t, daemon)
	flows(t, log, 15*time.Second)
	with := kilobytes(t, daemon) - before
	await(t, "turns to go on", func() bool { return often.status().turn() >= turn+15 })
	turns := often.status().turn() - turn
	grown := max(kilobytes(t, one.cmd.Process.Pid)-own, kilobytes(t, two.cmd.Process.Pid)-other)
	t.Logf("figure: %d KB/s of log; in 15 s the daemon grew by %d kB without rr and by %d kB with two, rr by %d kB at most; %d turns", rate>>10, without, with, grown, turns)
	if rate < 1<<20 {
		t.Errorf("%d KB/s of log is no flood", rate>>10)
	}
	if with > without+40<<10 {
		t.Errorf("the daemon grew by %d kB with rr and by %d kB without", with, without)
	}
	if grown > 30<<10 {
		t.Errorf("rr grew by %d kB", grown)
	}

	quiet := seldom.status().turn()
	if quiet > 3 {
		t.Errorf("%d turns at an interval of 10 minutes: lines of log make turns", quiet)
	}
	if err := syscall.Kill(pids(t, p)["well"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "well to be started anew", func() bool { return linesOf(t, filepath.Join(dir, "starts")) == 2 })
	killed := time.Now()
	await(t, "a turn by an event", func() bool { return seldom.status().turn() > quiet })
	t.Logf("figure: a turn %s after an event", time.Since(killed).Round(time.Millisecond))
	await(t, "the restart to be counted", func() bool {
		return seldom.status().Record.Snapshot.Processes["pm2/local/process/well"].Restarts1m == 1
	})
}

// flows lets a log grow for some time.
func flows(t *testing.T, log string, d time.Duration) {
	t.Helper()
	end := time.Now().Add(d)
	size := sizeOf(t, log)
	await(t, "the log to grow", func() bool { return time.Now().After(end) && sizeOf(t, log) > size })
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}

	return info.Size()
}

// kilobytes is the resident memory of a process.
func kilobytes(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(procPath(pid, "status"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal(fmt.Errorf("no VmRSS of %d", pid))

	return 0
}

func linesOf(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	return strings.Count(string(text), "\n")
}
