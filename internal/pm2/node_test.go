package pm2

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rr/internal/pm2test"
)

// held is a home whose sockets this test holds.
func held(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	socket, err := net.Listen("unix", rpcSocket(home))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })

	return home
}

// othersHome is a folder that belongs to another user.
func othersHome(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return "/"
	}
	home := t.TempDir()
	if err := os.Chown(home, 65534, 65534); err != nil {
		t.Fatal(err)
	}

	return home
}

func TestNodeOfAHomeIsThatOfItsDaemonElseOfThePath(t *testing.T) {
	dead := t.TempDir()
	if err := os.WriteFile(pidFile(dead), []byte("1073741823"), 0o600); err != nil {
		t.Fatal(err)
	}
	for it, test := range map[string]struct{ home, want, refused string }{
		"takes that of the path where there is no home":      {filepath.Join(t.TempDir(), "none"), "node", ""},
		"takes that of the path where no daemon was started": {t.TempDir(), "node", ""},
		"takes that of the path where the daemon died":       {dead, "node", ""},
		"takes none for the home of another user":            {othersHome(t), "", "another user"},
		"takes no program but node":                          {held(t), "", "not run by node"},
	} {
		program, err := NodeOf(context.Background(), test.home)
		if program != test.want || errors.Is(err, ErrNotAsked) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("it %s: NodeOf() = %q, %v; want %q, %q", it, program, err, test.want, test.refused)
		}
	}
}

// Root evaluates nothing for a home that another user has yet to make.
func TestNodeOfAHomeThatIsNotThereIsTakenOnlyForWhoWouldMakeIt(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	home := filepath.Join(othersHome(t), "web", ".pm2")
	if program, err := NodeOf(context.Background(), home); program != "" || !errors.Is(err, ErrNotAsked) || !strings.Contains(err.Error(), "would be another user's") {
		t.Errorf("NodeOf() = %q, %v; want none", program, err)
	}
}

func TestNodeOfADaemonIsTheProgramThatRunsIt(t *testing.T) {
	p := pm2test.Start(t, "7")
	program, err := NodeOf(context.Background(), p.Home)
	if want := fmt.Sprintf("/proc/%d/exe", p.DaemonPID()); program != want || err != nil {
		t.Errorf("NodeOf() = %q, %v; want %s", program, err, want)
	}
}

func TestNodeIsNotAskedWithMoreRightsThanItsDaemonHas(t *testing.T) {
	there := exec.Command("sleep", "60")
	there.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	if os.Geteuid() != 0 {
		there.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
	}
	if err := there.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = there.Process.Kill()
		_ = there.Wait()
	})
	for it, test := range map[string]struct {
		peer    Peer
		refused string
	}{
		"leaves that of another user":  {Peer{os.Getpid(), os.Geteuid() + 1}, "another user"},
		"leaves that of a container":   {Peer{there.Process.Pid, os.Geteuid()}, "container"},
		"leaves one that is not known": {Peer{-1, -1}, "cannot be told"},
	} {
		if program, err := test.peer.Node(); program != "" || !errors.Is(err, ErrNotAsked) || !strings.Contains(err.Error(), test.refused) {
			t.Errorf("it %s: Node() = %q, %v; want %s", it, program, err, test.refused)
		}
	}
}
