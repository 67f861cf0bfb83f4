package pm2test

import (
	"os"
	"syscall"
	"testing"

	"rr/internal/procfs"
)

func TestStartLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, version := range Versions() {
		var p *PM2
		t.Run(version, func(t *testing.T) {
			p = Start(t, version, Sleeper("api"), Shell("wrapper", "sleep 3600 & wait"))
			if p.DaemonPID() == 0 {
				t.Error("no daemon serves")
			}
			if n := len(p.processes()); n < 4 {
				t.Errorf("%d processes, want the daemon, two apps and the child of one", n)
			}
			if version == "7" {
				p.KillDaemon(syscall.SIGKILL) // its orphans go too
			}
		})
		if left := p.processes(); len(left) != 0 {
			t.Errorf("PM2 %s left %v", version, left)
		}
		if _, err := os.Stat(p.Home); !os.IsNotExist(err) {
			t.Errorf("PM2 %s left its home: %v", version, err)
		}
	}
}

func TestDaemonSeesNothingOfTheTestsEnvironment(t *testing.T) {
	t.Setenv("RR_TEST_LEAK", "secret")
	p := Start(t, "7")
	env, err := procfs.FS{}.Environ(p.DaemonPID(), "PM2_HOME", "RR_TEST_LEAK")
	if err != nil || len(env) != 1 || env["PM2_HOME"] != p.Home {
		t.Errorf("the daemon got %v, %v, want PM2_HOME only", env, err)
	}
}
