// Package pm2test starts real PM2 daemons for tests, each in a home of its own
// that is gone after the test together with all that ran there. It also has a
// daemon that is not real, for what a real one does only when it is broken.
//
// It never touches ~/.pm2, passes on no variable of the tests' environment, and
// ends only processes of the homes that it made.
package pm2test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/procfs"
)

// Versions are the major versions of PM2 that rr is tested with.
func Versions() []string { return []string{"5", "6", "7"} }

// PM2 is one PM2 home of one version, with or without a daemon.
type PM2 struct {
	Home    string
	Version string // the major version
	Bin     string // the pm2 command

	t testing.TB
}

// App is an app as an ecosystem file has it.
type App struct {
	Name        string            `json:"name"`
	Script      string            `json:"script"`
	Args        []string          `json:"args,omitempty"`
	Interpreter string            `json:"interpreter"` // "none" when empty
	CWD         string            `json:"cwd,omitempty"`
	Instances   int               `json:"instances,omitempty"`
	ExecMode    string            `json:"exec_mode,omitempty"`
	Autorestart *bool             `json:"autorestart,omitempty"`
	MaxRestarts int               `json:"max_restarts,omitempty"`
	Env         map[string]string `json:"env,omitempty"`

	// Extra are further settings by their name in an ecosystem file.
	Extra map[string]any `json:"-"`
}

// Sleeper is an app that does nothing for as long as any test runs.
func Sleeper(name string) App {
	return App{Name: name, Script: "/bin/sleep", Args: []string{"3600"}}
}

// Shell is an app that runs a line of sh.
func Shell(name, line string) App {
	return App{Name: name, Script: "/bin/sh", Args: []string{"-c", line}}
}

// HTTP is a node app that answers every request on this port of the loopback
// with its pid. Told to end, it takes no more connections and ends a second
// later: a cluster worker that ends as soon as its server is closed takes with
// it a connection that the daemon has just handed to it, which then hangs.
func HTTP(t testing.TB, name string, port int) App {
	t.Helper()
	script := filepath.Join(t.TempDir(), "http.js")
	text := fmt.Sprintf(`
const server = require('http').createServer((request, response) => {
  response.setHeader('Connection', 'close');
  response.end(String(process.pid));
}).listen(%d, '127.0.0.1');
process.on('SIGINT', () => {
  server.close();
  setTimeout(() => process.exit(0), 1000);
});
`, port)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatalf("write an app: %v", err)
	}
	return App{Name: name, Script: script, Interpreter: "node", Extra: map[string]any{"kill_timeout": 8000}}
}

// New makes an empty home for this version ("5", "6" or "7") and starts
// nothing.
func New(t testing.TB, version string) *PM2 {
	t.Helper()
	bin := command(t, version)
	// Not t.TempDir: the path of a socket may have 107 bytes and no more.
	home, err := os.MkdirTemp("/tmp", "rrpm2-")
	if err != nil {
		t.Fatalf("make a PM2 home: %v", err)
	}
	p := &PM2{Home: home, Version: version, Bin: bin, t: t}
	t.Cleanup(p.cleanup)
	return p
}

// Start makes a home and starts a daemon there with these apps.
func Start(t testing.TB, version string, apps ...App) *PM2 {
	t.Helper()
	p := New(t, version)
	if len(apps) == 0 {
		p.Run("ping")
	} else {
		p.StartApps(apps...)
	}
	return p
}

// StartApps starts apps with one run of the command; it starts the daemon too
// where there is none.
func (p *PM2) StartApps(apps ...App) {
	p.t.Helper()
	p.Run("start", p.Ecosystem(apps...))
}

// Ecosystem writes an ecosystem file of these apps and gives its path.
func (p *PM2) Ecosystem(apps ...App) string {
	p.t.Helper()
	list := make([]map[string]any, 0, len(apps))
	for _, app := range apps {
		list = append(list, p.settings(app))
	}
	raw, err := json.Marshal(map[string]any{"apps": list})
	if err != nil {
		p.t.Fatalf("write ecosystem: %v", err)
	}
	f, err := os.CreateTemp(p.Home, "apps-*.json")
	if err != nil {
		p.t.Fatalf("write ecosystem: %v", err)
	}
	defer f.Close()
	if _, err := f.Write(raw); err != nil {
		p.t.Fatalf("write ecosystem: %v", err)
	}
	return f.Name()
}

func (p *PM2) settings(app App) map[string]any {
	p.t.Helper()
	if app.Interpreter == "" {
		app.Interpreter = "none"
	}
	raw, err := json.Marshal(app)
	if err != nil {
		p.t.Fatalf("write ecosystem: %v", err)
	}
	settings := map[string]any{}
	if err := json.Unmarshal(raw, &settings); err != nil {
		p.t.Fatalf("write ecosystem: %v", err)
	}
	for key, value := range app.Extra {
		settings[key] = value
	}
	return settings
}

// Run runs a pm2 command and gives its output; a failure ends the test.
func (p *PM2) Run(args ...string) string {
	p.t.Helper()
	out, err := p.Try(args...)
	if err != nil {
		p.t.Fatalf("pm2 %v: %v\n%s", args, err, out)
	}
	return out
}

// commandTimeout is for a machine under load; a command takes half a second.
const commandTimeout = 60 * time.Second

// Try runs a pm2 command and gives its output.
func (p *PM2) Try(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(p.Bin, args...)
	cmd.Dir = p.Home
	cmd.Env = p.Environ()
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 200 * time.Millisecond
	if err := cmd.Start(); err != nil {
		return "", err
	}
	timer := time.AfterFunc(commandTimeout, func() { unix.Kill(-cmd.Process.Pid, unix.SIGKILL) })
	defer timer.Stop()
	err := cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the daemon that it started holds the pipe
	}
	return out.String(), err
}

// Environ is all that a daemon and its apps get to see.
func (p *PM2) Environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + p.Home,
		"USER=rr",
		"LANG=C.UTF-8",
		"PM2_HOME=" + p.Home,
		"PM2_DISABLE_VERSION_CHECK=true",
	}
}

// DaemonPID is the pid of the daemon that serves this home, as the kernel has
// it; 0 when none does.
func (p *PM2) DaemonPID() int {
	p.t.Helper()
	socket, err := net.Dial("unix", filepath.Join(p.Home, "rpc.sock"))
	if err != nil {
		return 0
	}
	defer socket.Close()
	raw, err := socket.(*net.UnixConn).SyscallConn()
	if err != nil {
		p.t.Fatalf("daemon pid: %v", err)
	}
	var cred *unix.Ucred
	if ctl := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); ctl != nil || err != nil {
		p.t.Fatalf("daemon pid: %v", errors.Join(ctl, err))
	}
	return int(cred.Pid)
}

// KillDaemon sends a signal to the serving daemon. After one that ends it,
// KillDaemon waits until it has ended.
func (p *PM2) KillDaemon(sig syscall.Signal) {
	p.t.Helper()
	pid := p.DaemonPID()
	if pid == 0 {
		p.t.Fatalf("kill daemon: none serves %s", p.Home)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		p.t.Fatalf("kill daemon: %v", err)
	}
	switch sig {
	case syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT:
		p.waitGone(pid)
	}
}

func (p *PM2) waitGone(pid int) {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		// A zombie may have threads that still hold the sockets.
		if now, err := (procfs.FS{}).Stat(pid); (err != nil || now.State == 'Z') && p.DaemonPID() != pid {
			return
		}
	}
	p.t.Fatalf("the daemon %d did not end", pid)
}

// Eventually waits until a condition holds and fails the test when it never
// does. It has patience for a machine under load.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(45 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// Bool is for App.Autorestart.
func Bool(b bool) *bool { return &b }

func (p *PM2) log() string {
	raw, err := os.ReadFile(filepath.Join(p.Home, "pm2.log"))
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(raw)
}
