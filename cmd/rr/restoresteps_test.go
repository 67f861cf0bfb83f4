package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rr/internal/pm2"
)

// runSteps runs lines as the page tells, in a folder whose programs are all that
// $PATH has before those of the system, and gives what was said.
func runSteps(t *testing.T, dir string, lines []string) (said string, err error) {
	t.Helper()
	command := exec.Command("bash", "-eu", "-c", strings.Join(lines, "\n"))
	command.Env = []string{"HOME=" + dir, "PATH=" + dir + ":" + os.Getenv("PATH")}
	command.Dir = dir
	out, err := command.CombinedOutput()

	return string(out), err
}

// A daemon of which it is not known how it is, or which one it is, is not ended:
// kill -9 0 would end the process group of whoever runs the script.
func TestTheStepsOfARestoreEndOnlyAStuckDaemonThatIsKnown(t *testing.T) {
	t.Parallel()
	odd := "it's $(touch harmed) \"so\"\ntouch harmed; `touch harmed`"
	for _, test := range []struct {
		it     string
		status pm2.Status
		kill   string // the only line that ends something; empty for none
		says   string // what the script says before it ends; empty where it goes on
	}{
		{"ends one that is stuck", pm2.Status{State: pm2.Stuck, PID: 4242, Note: "its socket is lost"}, "kill -9 4242  # the daemon does not answer: its socket is lost", ""},
		{"leaves one that is stuck and cannot be found", pm2.Status{State: pm2.Stuck, Note: odd}, "", "which process it is cannot be told"},
		{"leaves one that is not known", pm2.Status{State: pm2.Unknown, PID: 4242, Note: odd}, "", "how the daemon is cannot be told"},
		{"leaves one of another user", pm2.Status{State: pm2.Foreign, PID: 4242, Note: odd}, "", "belongs to another user"},
		{"leaves one in a state that is new", pm2.Status{State: "new", PID: 4242, Note: odd}, "", "how the daemon is cannot be told"},
	} {
		lines := fleetRestore{set: "pm2-local", pick: "pm2-local/1", scope: "local", home: "/h", command: "pm2", rr: "rr", status: test.status}.steps()
		var kills []string
		for _, line := range lines {
			if strings.Contains(line, "kill") {
				kills = append(kills, line)
			}
		}
		if strings.Join(kills, "\n") != test.kill {
			t.Errorf("it %s: kills by %q, want %q", test.it, kills, test.kill)
		}
		if test.says == "" || len(kills) > 0 {
			continue
		}
		dir := t.TempDir()
		said, err := runSteps(t, dir, append(lines, "touch harmed"))
		if err == nil || !strings.Contains(said, test.says) {
			t.Errorf("it %s: the script says %q, %v; want %q and no success", test.it, said, err, test.says)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
			t.Errorf("it %s: the script goes on, or runs what is only said: %q, %v", test.it, left, err)
		}
	}
}

// What a state is told by may have a line break in it, which is no command.
func TestAReasonIsNoCommand(t *testing.T) {
	t.Parallel()
	if got := (step{"true", "one\nfalse"}).String(); got != "true  # one false" {
		t.Errorf("a step is %q", got)
	}
}
