package pm2test

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"rr/internal/procfs"
)

// cleanup ends everything of this home, daemons first so that they restart
// nothing, and removes it. It looks again until nothing is left: what was
// starting when the daemon ended shows up later.
func (p *PM2) cleanup() {
	if p.t.Failed() {
		p.t.Logf("pm2.log of %s:\n%s", p.Home, p.log())
	}
	quiet := 0
	for end := time.Now().Add(10 * time.Second); quiet < 2; time.Sleep(10 * time.Millisecond) {
		left := p.processes()
		if len(left) == 0 {
			quiet++
			continue
		}
		quiet = 0
		if time.Now().After(end) {
			p.t.Errorf("processes of %s do not end: %v", p.Home, left)
			break
		}
		for _, process := range left {
			kill(process)
		}
	}
	if err := os.RemoveAll(p.Home); err != nil {
		p.t.Errorf("remove PM2 home: %v", err)
	}
}

// processes are all that belong to this home, daemons first.
func (p *PM2) processes() []procfs.Process {
	table, err := procfs.FS{}.Table()
	if err != nil {
		p.t.Errorf("list processes: %v", err)
		return nil
	}
	var daemons, rest []procfs.Process
	for process := range table.All() {
		if process.PID == os.Getpid() || process.State == 'Z' {
			continue
		}
		switch {
		case p.isDaemon(process.PID):
			daemons = append(daemons, process)
		case p.isOurs(process.PID):
			rest = append(rest, process)
		}
	}
	for _, daemon := range daemons {
		for _, pid := range table.Descendants(daemon.PID) {
			if child, ok := table.Process(pid); ok && child.State != 'Z' && !slices.Contains(rest, child) {
				rest = append(rest, child)
			}
		}
	}
	return append(daemons, rest...)
}

func (p *PM2) isDaemon(pid int) bool {
	args, err := procfs.FS{}.Cmdline(pid)
	return err == nil && len(args) > 0 && strings.HasPrefix(args[0], "PM2 v") && strings.Contains(args[0], "("+p.Home+")")
}

func (p *PM2) isOurs(pid int) bool {
	env, err := procfs.FS{}.Environ(pid, "PM2_HOME")
	return err == nil && env["PM2_HOME"] == p.Home
}

// kill ends a process unless its pid is another's by now.
func kill(process procfs.Process) {
	handle, err := os.FindProcess(process.PID)
	if err != nil {
		return
	}
	defer handle.Release()
	if now, err := (procfs.FS{}).Stat(process.PID); err == nil && now.Start == process.Start {
		handle.Signal(syscall.SIGKILL)
	}
}
