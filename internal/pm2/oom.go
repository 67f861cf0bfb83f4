package pm2

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// OOMKills is how many processes the kernel has killed for want of memory in
// the control group of this process and below: that of the daemon is usually
// also that of its apps. It does not say which. Where it grows and a process
// ended by SIGKILL meanwhile, that was likely why. Not known without control
// groups.
func OOMKills(pid int) Int { return oomKills("/", pid) }

func oomKills(root string, pid int) Int {
	raw, err := os.ReadFile(filepath.Join(root, "proc", strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return Int{}
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		file := ""
		switch {
		case fields[0] == "0" && fields[1] == "": // version 2
			file = filepath.Join(root, "sys/fs/cgroup", fields[2], "memory.events")
		case fields[1] == "memory": // version 1
			file = filepath.Join(root, "sys/fs/cgroup/memory", fields[2], "memory.oom_control")
		default:
			continue
		}
		if kills := readCount(file, "oom_kill"); kills.Known {
			return kills
		}
	}
	return Int{}
}

// readCount reads one line of a file of names and numbers.
func readCount(path, name string) Int {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Int{}
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		var key string
		var n int64
		if _, err := fmt.Sscan(lines.Text(), &key, &n); err == nil && key == name {
			return Int{N: n, Known: true}
		}
	}
	return Int{}
}
