// Package procfs reads the processes of this host from /proc. It reports what
// the kernel says and judges nothing: no process is alive, healthy or too big
// here, it only has numbers. It writes nothing and signals nobody.
//
// Read it as table.go (one pass over all processes), tree.go (questions to
// that pass), stat.go (one line of it), process.go (what is asked of a single
// process) and host.go (what is asked of the host).
//
// Processes come and go during a pass; one that vanished before it was read is
// simply not in the table, and that is no error.
package procfs

import (
	"path/filepath"
	"strconv"
)

// FS is a /proc folder. The zero value is the host's own.
type FS struct {
	// Root is the folder to read in place of /proc; tests give a fake one.
	Root string

	// MachineID is the file to read in place of /etc/machine-id.
	MachineID string
}

func (fs FS) root() string {
	if fs.Root == "" {
		return "/proc"
	}
	return fs.Root
}

// file is the path of one file of one process.
func (fs FS) file(pid int, name string) string {
	return filepath.Join(fs.root(), strconv.Itoa(pid), name)
}
