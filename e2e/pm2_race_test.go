//go:build verify

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
	"rr/schemas"
)

// (1) Several pm2 commands at one time start several daemons of one home, of
// which one serves. rr sees the others, tells a person how to end them, ends
// none, and takes the apps for those of the one that serves.
func TestDaemonsOfAStartRaceAreToldAndLeftAlone(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			p := raced(t, version)
			p.StartApps(pm2test.Sleeper("api"))
			await(t, "the daemon that serves to have api", func() bool { return statuses(t, p)["api"] == "online" })
			serving, api := p.DaemonPID(), pids(t, p)["api"]
			before := gods(t, p)
			r := forPM2(t, p, "api")
			service := r.run()
			await(t, "rr to see the others", func() bool {
				record := r.status().Record
				return record != nil && record.Snapshot.Daemons[daemonID].Duplicates != nil && *record.Snapshot.Daemons[daemonID].Duplicates == len(before)-1
			})
			r.turns(10)

			record := r.status().Record
			if !slices.ContainsFunc(record.Decision.Findings, func(f schemas.Finding) bool {
				return f.Subject == daemonID && f.Reason == fmt.Sprintf("%d further daemons of this home serve nobody", len(before)-1)
			}) {
				t.Errorf("no finding tells of them: %+v", record.Decision.Findings)
			}
			if told := service.log.lines("kind=alert", "further daemons"); len(told) != 1 || !strings.Contains(told[0], fmt.Sprintf("all but %d with kill -9", serving)) {
				t.Errorf("told %q, want once, with the one that serves, %d", told, serving)
			}
			if seen := record.Snapshot.Daemons[daemonID]; seen.State != schemas.DaemonServing || seen.PID == nil || *seen.PID != serving {
				t.Errorf("the daemon is %+v, want the one that serves, %d", seen, serving)
			}
			if attempts := r.history().Attempts; len(attempts) != 0 {
				t.Errorf("attempts = %+v, want none", attempts)
			}
			if after := gods(t, p); !slices.Equal(before, after) {
				t.Errorf("the daemons were %v and are %v", before, after)
			}
			if lives := livesOf(t, p.Home, "api"); !slices.Equal(lives, []int{api}) {
				t.Errorf("api runs as %v, want as before, %d", lives, api)
			}
		})
	}
}

// raced is a home with more than one daemon, made by commands at one time, in a
// bounded number of tries.
func raced(t *testing.T, version string) *pm2test.PM2 {
	t.Helper()
	const tries = 5
	for try := 1; try <= tries; try++ {
		p := pm2test.New(t, version)
		startAtOnce(t, p, 4)
		if found := gods(t, p); len(found) > 1 && slices.Contains(found, p.DaemonPID()) {
			t.Logf("figure: %d daemons of PM2 %s in try %d, %d serves", len(found), version, try, p.DaemonPID())
			return p
		}
	}
	t.Fatalf("no start race left two daemons in %d tries", tries)

	return nil
}

// startAtOnce runs so many pm2 commands at one time. One whose daemon lost the
// race hangs, and is ended, but its daemon is not: it is in a session of its
// own.
func startAtOnce(t *testing.T, p *pm2test.PM2, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		cmd := exec.Command(p.Bin, "ping")
		cmd.Dir, cmd.Env = p.Home, p.Environ()
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		all.Go(func() {
			if end := time.Now().Add(patience); !endsOrRaces(t, p, done, end) {
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				<-done
			}
		})
	}
	all.Wait()
}

// endsOrRaces waits until a command has ended, which is true, or until there is
// a daemon that serves and further ones that are older than any that may still
// find out that they have lost.
func endsOrRaces(t *testing.T, p *pm2test.PM2, done <-chan struct{}, end time.Time) bool {
	for time.Now().Before(end) {
		select {
		case <-done:
			return true
		case <-time.After(100 * time.Millisecond):
		}
		if serving := p.DaemonPID(); serving != 0 && len(gods(t, p)) > 1 && settledFor(gods(t, p), 5*time.Second) {
			return false
		}
	}

	return false
}

// settledFor tells whether each of these has lived for so long.
func settledFor(pids []int, d time.Duration) bool {
	return !slices.ContainsFunc(pids, func(pid int) bool {
		stat, err := procfs.FS{}.Stat(pid)
		return err != nil || procfs.Boottime()-int64(stat.Start)*10 < d.Milliseconds()
	})
}

// gods are the pids of all daemons of a home.
func gods(t *testing.T, p *pm2test.PM2) []int {
	t.Helper()
	table, err := procfs.FS{}.Table()
	if err != nil {
		t.Error(err)
		return nil
	}
	home, err := filepath.EvalSymlinks(p.Home)
	if err != nil {
		t.Error(err)
		return nil
	}
	found := pm2.GodDaemons(table, home)
	slices.Sort(found)

	return found
}
