package pm2

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"rr/internal/procfs"
)

// What runs in a container whose home has the same path is not what a daemon of
// this host left behind, and is never to be ended.
func TestOrphansAreNotLookedForInOtherNamespaces(t *testing.T) {
	home := t.TempDir()
	start := func(flags uintptr) *exec.Cmd {
		cmd := exec.Command("sleep", "60")
		cmd.Env = []string{"PM2_HOME=" + home, "pm_id=0", "name=api"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		if flags != 0 && os.Geteuid() != 0 {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		}
		if err := cmd.Start(); err != nil {
			t.Fatalf("start sleep with flags %x: %v", flags, err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		return cmd
	}
	here, there := start(0), start(syscall.CLONE_NEWPID)
	table, err := procfs.FS{}.Table()
	if err != nil {
		t.Fatal(err)
	}
	// What rr itself started is never an orphan, so the test is told to be another.
	found := map[int]bool{}
	for _, orphan := range orphans(table, home, 0, 1<<30) {
		found[orphan.PID] = true
	}
	if !found[here.Process.Pid] || found[there.Process.Pid] {
		t.Errorf("orphans %v, want %d of this namespace and not %d of another", found, here.Process.Pid, there.Process.Pid)
	}
	if left := orphans(table, home, 1, 1<<30); len(left) > 0 {
		t.Errorf("orphans %v of a daemon that is process 1, want none: all stand under it", left)
	}
}
