package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demo starts the demo as `make demo` does, with an empty HOME, and gives what
// it prints.
func demo(t *testing.T) (*exec.Cmd, *buffer) {
	t.Helper()
	out := &buffer{}
	cmd := exec.Command("./demo.sh")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "RR_BIN=" + filepath.Dir(program), "GITHUB_TOKEN=" + ofRR}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that an interrupt reaches all of it, as Ctrl-C does
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	return cmd, out
}

// leavesNothing holds that the folder of a demo and its processes are gone.
func leavesNothing(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is still there (%v)", folder, err)
	}
	if left := pidsWith(t, "PM2_HOME", filepath.Join(folder, "pm2")); len(left) != 0 {
		t.Errorf("processes were left: %v", left)
	}
}

var demoFolder = regexp.MustCompile(`/tmp/rr-demo\.\w+`)

// The demo heals what it broke, tells of it, and leaves nothing.
func TestDemoTellsItsStoryAndLeavesNothing(t *testing.T) {
	t.Parallel()
	began := time.Now()
	cmd, out := demo(t)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the demo fails: %v\n%s", err, out)
	}
	for _, want := range []string{
		`due +pm2\.restart +pm2/local/process/api`,
		`recovered +pm2/local/process/api`,
		`recovered +pm2/local/process/worker`,
		`recovered +pm2/local/daemon/pm2`,
		`orphans ended before: [1-3]\b`, // worker always; the two node apps where they take long to notice that their daemon is gone
		`reports +stopped`,
		`same, byte for byte`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("the demo does not tell %s", want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
	lacks(t, out.String(), "the demo", ofRR)
	leavesNothing(t, demoFolder.FindString(out.String()))
	t.Logf("it took %s", time.Since(began).Round(time.Second))
}

// The demo cleans up after Ctrl-C too, while rr and PM2 run.
func TestDemoCleansUpAfterCtrlC(t *testing.T) {
	t.Parallel()
	cmd, out := demo(t)
	await(t, "rr to run in the demo", func() bool { return strings.Contains(out.String(), "$ rr run &") })
	folder := demoFolder.FindString(out.String())
	if home := filepath.Join(folder, "pm2"); len(pidsWith(t, "PM2_HOME", home)) == 0 {
		t.Fatalf("nothing runs in %s", home)
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("the demo ends with %v, want exit 130", err)
	}
	if strings.Contains(out.String(), "never") {
		t.Errorf("the demo went on after Ctrl-C:\n%s", out)
	}
	leavesNothing(t, folder)
}
