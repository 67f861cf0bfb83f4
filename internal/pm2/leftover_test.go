package pm2_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
)

func orphans(t *testing.T, home string, daemon int) []pm2.Orphan {
	t.Helper()
	table, err := procfs.FS{}.Table()
	must(t, err)
	found := pm2.Orphans(table, home, daemon)
	slices.SortFunc(found, func(a, b pm2.Orphan) int { return strings.Compare(a.Name, b.Name) })
	return found
}

func TestOrphansAreEndedAndTheAppsResurrected(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		ctx := within(t, 50*time.Second)
		stubborn := pm2test.Shell("stubborn", "trap '' TERM; while :; do sleep 1; done")
		p := pm2test.Start(t, version, pm2test.Sleeper("api"), stubborn)
		p.Run("save")
		c := client(t, p.Home)
		before := map[string]int{}
		for _, app := range mustList(t, c) {
			before[app.Name] = app.PID
		}
		if found := orphans(t, p.Home, p.DaemonPID()); len(found) != 0 {
			t.Errorf("Orphans under a living daemon = %+v, want none", found)
		}
		p.KillDaemon(syscall.SIGKILL)

		found := orphans(t, p.Home, 0)
		ends := map[string]bool{}
		for _, o := range found {
			ends[o.Name] = ends[o.Name] || o.PID == before[o.Name]
			must(t, pm2.EndProcess(ctx, o.PID, o.Start, 100*time.Millisecond))
		}
		if !ends["api"] || !ends["stubborn"] {
			t.Errorf("Orphans = %+v, want those of %v", found, before)
		}
		// A child that the stubborn one began meanwhile ends by itself.
		pm2test.Eventually(t, "no orphan is left", func() bool { return len(orphans(t, p.Home, 0)) == 0 })

		cli := pm2.CLI{Home: p.Home, Path: p.Bin}
		result, err := cli.Resurrect(ctx)
		if err != nil {
			t.Fatalf("Resurrect: %v\n%s", err, result.Output)
		}
		time.Sleep(300 * time.Millisecond) // the daemon must outlive the command
		apps := mustList(t, c)
		if len(apps) != 2 || apps[0].Status != "online" || apps[1].Status != "online" || result.Output == "" {
			t.Errorf("after Resurrect: %+v\n%s", apps, result.Output)
		}
		if env, err := (procfs.FS{}).Environ(p.DaemonPID(), "PATH", "PM2_HOME", "GOCACHE", "RR_PM2_TEST_LEAK"); err != nil || len(env) != 2 {
			t.Errorf("the daemon got %v, %v, want PATH and PM2_HOME only", env, err)
		}
		if _, err := cli.Resurrect(ctx); err != nil { // what lives is left as it is
			t.Error(err)
		}
		if again := mustList(t, c); len(again) != 2 || again[0].PID != apps[0].PID || again[1].PID != apps[1].PID {
			t.Errorf("a second Resurrect made %+v of %+v", again, apps)
		}
	})
}

func TestOrphansAreNeverThisProgramOrWhatItRunsUnder(t *testing.T) {
	home := t.TempDir()
	child := exec.Command("/bin/sleep", "60")
	child.Env = []string{"PM2_HOME=" + home, "pm_id=3", "name=api"}
	must(t, child.Start())
	defer func() { child.Process.Kill(); child.Wait() }()
	if found := orphans(t, home, 0); len(found) != 0 {
		t.Errorf("Orphans = %+v, want none: it is a child of this test", found)
	}
}

func TestEndProcessLeavesAnotherProcessAlone(t *testing.T) {
	child := exec.Command("/bin/sleep", "60")
	must(t, child.Start())
	defer func() { child.Process.Kill(); child.Wait() }()
	pid := child.Process.Pid
	p, err := procfs.FS{}.Stat(pid)
	must(t, err)

	must(t, pm2.EndProcess(t.Context(), pid, p.Start+1, time.Second))
	if _, err := (procfs.FS{}).Stat(pid); err != nil {
		t.Fatal("a process with another start was ended")
	}
	for _, none := range []int{-1, 0, 1, os.Getpid()} {
		if err := pm2.EndProcess(t.Context(), none, p.Start, time.Second); err == nil {
			t.Errorf("EndProcess(%d) gave no error", none)
		}
	}
	must(t, syscall.Kill(pid, syscall.SIGSTOP)) // so that SIGTERM does not end it
	pm2test.Eventually(t, "stopped", func() bool {
		now, err := procfs.FS{}.Stat(pid)
		return err == nil && now.State == 'T'
	})
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := pm2.EndProcess(short, pid, p.Start, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("EndProcess with an ended context = %v, want it", err)
	}
	if now, err := (procfs.FS{}).Stat(pid); err != nil || now.State != 'T' {
		t.Errorf("the process is %+v, %v, want it stopped and alive", now, err)
	}
	must(t, pm2.EndProcess(t.Context(), pid, p.Start, 10*time.Millisecond))
	must(t, pm2.EndProcess(t.Context(), pid, p.Start, time.Second)) // it is a zombie now
}

// script writes a command that stands in for pm2.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pm2")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))
	return path
}

func TestResurrectEndsACommandThatHangs(t *testing.T) {
	home := t.TempDir()
	cli := pm2.CLI{Home: home, Path: script(t, "echo begun; sleep 60 & echo $! > child; wait"), Timeout: 2 * time.Second}
	result, err := cli.Resurrect(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(result.Output, "begun") || result.Took > 30*time.Second {
		t.Errorf("Resurrect = %+v, %v, want the deadline", result, err)
	}
	raw, err := os.ReadFile(filepath.Join(home, "child"))
	must(t, err)
	pm2test.Eventually(t, "the child of the command ends too", func() bool {
		return len(raw) > 0 && !alive(strings.TrimSpace(string(raw)))
	})
}

func alive(pid string) bool {
	raw, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	return err == nil && !strings.Contains(string(raw), ") Z ")
}

func TestResurrectDoesNotWaitForWhatTheDaemonHolds(t *testing.T) {
	home := t.TempDir()
	cli := pm2.CLI{Home: home, Path: script(t, "setsid sleep 3 & echo $*; env; pwd")}
	t.Setenv("RR_PM2_TEST_LEAK", "secret")
	result, err := cli.Resurrect(t.Context())
	if err != nil || result.Took > 2*time.Second || !strings.HasPrefix(result.Output, "resurrect\n") {
		t.Errorf("Resurrect = %+v, %v, want success at once", result, err)
	}
	if strings.Contains(result.Output, "secret") || !strings.Contains(result.Output, "PM2_HOME="+home+"\n") || !strings.HasSuffix(result.Output, home+"\n") {
		t.Errorf("the command saw or ran in:\n%s", result.Output)
	}
	cli.Env = []string{"RR_PM2_TEST_LEAK", "PM2_HOME"}
	if result, err := cli.Resurrect(t.Context()); err != nil || !strings.Contains(result.Output, "RR_PM2_TEST_LEAK=secret\n") {
		t.Errorf("Resurrect with a variable named = %+v, %v", result, err)
	}
	cli.Path = script(t, "yes output | head -c 100000; echo the end; exit 3")
	if result, err := cli.Resurrect(t.Context()); err == nil || len(result.Output) > 16<<10 || !strings.HasSuffix(result.Output, "the end\n") {
		t.Errorf("Resurrect that fails = %d bytes, %v, want the end of the output", len(result.Output), err)
	}
}

func TestResurrectIsRefusedWhereItWouldDoHarm(t *testing.T) {
	never := script(t, "touch ran")
	ran := func(home string) bool { _, err := os.Stat(filepath.Join(home, "ran")); return err == nil }

	stuck := pm2test.NewFakeDaemon(t, func(*pm2test.FakeConn, pm2test.FakeCall) {})
	if _, err := (pm2.CLI{Home: stuck.Home, Path: never}).Resurrect(t.Context()); !errors.Is(err, pm2.ErrRefused) || ran(stuck.Home) {
		t.Errorf("Resurrect under a stuck daemon = %v, want %v", err, pm2.ErrRefused)
	}
	none := filepath.Join(t.TempDir(), "none")
	if _, err := (pm2.CLI{Home: none, Path: never}).Resurrect(t.Context()); !errors.Is(err, pm2.ErrRefused) {
		t.Errorf("Resurrect in no home = %v, want %v", err, pm2.ErrRefused)
	}
	home := t.TempDir()
	lock, err := os.Create(filepath.Join(home, "rr.lock"))
	must(t, err)
	defer lock.Close()
	must(t, unix.Flock(int(lock.Fd()), unix.LOCK_EX))
	cli := pm2.CLI{Home: home, Path: never, Timeout: 100 * time.Millisecond}
	if _, err := cli.Resurrect(t.Context()); err == nil || !strings.Contains(err.Error(), "another holds it") || ran(home) {
		t.Errorf("Resurrect beside another = %v, want it to wait", err)
	}
}
