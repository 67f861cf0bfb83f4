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

// What ended between the telling and the doing is no failure, also where the
// shell ends at the first; what goes on is ended.
func TestWhatIsLeftIsEndedAlsoWhereItEndedMeanwhile(t *testing.T) {
	t.Parallel()
	gone, stays := exec.Command("sleep", "60"), exec.Command("sleep", "60")
	for _, command := range []*exec.Cmd{gone, stays} {
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if err := gone.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = gone.Wait() // of a signal
	ended := make(chan error, 1)
	go func() { ended <- stays.Wait() }()
	f := fleetRestore{orphans: []pm2.Orphan{{PID: gone.Process.Pid, Name: "a"}, {PID: stays.Process.Pid, Name: "b"}}}
	dir := t.TempDir()
	said, err := runSteps(t, dir, []string{f.endOrphans().String(), "echo went on"})
	if err != nil || !strings.Contains(said, "went on") {
		t.Errorf("the script says %q, %v; want it to go on", said, err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "signal: terminated") {
		t.Errorf("the other ended by %v, want it told to end", err)
	}
}

// A step that fails leaves rr paused, which the script says; and what it asks of
// rr is about this PM2 alone.
func TestTheStepsOfARestoreSayThatRRIsStillPaused(t *testing.T) {
	t.Parallel()
	f := fleetRestore{set: "pm2-local", pick: "pm2-local/1:home/it's a dump", scope: "local", home: "/h", command: "pm2", rr: "rr --config 'it'\\''s'", status: pm2.Status{State: pm2.Serving}}
	for fails, want := range map[string]struct {
		ran    string
		paused bool
	}{
		"none": {"rr pause,pm2 kill,rr backup,pm2 resurrect,rr eval,pm2 save,rr resume", false},
		"eval": {"rr pause,pm2 kill,rr backup,pm2 resurrect,rr eval", true},
		"kill": {"rr pause,pm2 kill", true},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"rr":  `[ "$1 $2" = "--config it's" ] && shift 2; case "$*" in eval*) [ "$*" = "eval --fail-on warning --on pm2/local" ];; backup*) [ "$4" = "pm2-local/1:home/it's a dump" ];; esac || exit 9`,
			"pm2": `[ "$PM2_HOME" = /h ] || exit 9`,
		} {
			text = "#!/bin/bash\n" + text + "\necho -n \"" + name + " $1,\" >>" + dir + "/ran\n[ \"$1\" != " + fails + " ]\n"
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		said, err := runSteps(t, dir, f.steps())
		ran, readErr := os.ReadFile(filepath.Join(dir, "ran"))
		if got := strings.TrimSuffix(string(ran), ","); got != want.ran || readErr != nil || (err != nil) != want.paused {
			t.Errorf("where %s fails it runs %s, %v, %v; want %s\n%s", fails, got, err, readErr, want.ran, said)
		}
		const paused = "rr is still paused on pm2/local: when it is mended go on from there, or end the pause with rr --config 'it'\\''s' resume pm2/local --reason REASON\n"
		if strings.Contains(said, paused) != want.paused {
			t.Errorf("where %s fails it says %q, want it to tell of the pause: %t", fails, said, want.paused)
		}
	}
}
