package procfs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Table is all processes of the host as one pass over /proc saw them. It does
// not change after it was read and may be used by several goroutines.
type Table struct {
	fs    FS
	procs []Process
	at    map[int]int32 // pid → place in procs

	// The tree, as places in procs; -1 is none. Two arrays cost one allocation
	// each, a slice of children per process would cost thousands.
	firstChild  []int32
	nextSibling []int32
}

// Table reads all processes once. It fails only when /proc itself cannot be
// listed.
func (fs FS) Table() (*Table, error) {
	pids, err := fs.pids()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	t := &Table{fs: fs, procs: make([]Process, 0, len(pids))}
	buf := make([]byte, statBuffer)
	path := append([]byte(fs.root()), '/')
	for _, pid := range pids {
		n := readFile(string(append(append(path, pid...), "/stat"...)), buf)
		p, err := parseStat(buf[:n])
		if err != nil {
			continue // it vanished
		}
		t.procs = append(t.procs, p)
	}
	t.link()
	return t, nil
}

// FS is the folder that the table was read from.
func (t *Table) FS() FS { return t.fs }

// pids lists the folders of /proc that are numbers.
func (fs FS) pids() ([]string, error) {
	dir, err := os.Open(fs.root())
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	pids := names[:0]
	for _, name := range names {
		if _, ok := parseUint([]byte(name)); ok {
			pids = append(pids, name)
		}
	}
	return pids, nil
}

// statBuffer holds any stat line: 52 numbers of at most 20 digits and a name.
const statBuffer = 2048

// readFile reads the file at path into buf and
// returns how much it read; nothing when the file is gone. It spares os.File,
// whose finalizer and poller registration cost more than the read does.
func readFile(path string, buf []byte) int {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Read(fd, buf)
		if err == unix.EINTR {
			continue
		}
		return max(n, 0)
	}
}

// link makes the tree of the processes read.
func (t *Table) link() {
	t.at = make(map[int]int32, len(t.procs))
	for i, p := range t.procs {
		t.at[p.PID] = int32(i)
	}
	t.firstChild = make([]int32, len(t.procs))
	t.nextSibling = make([]int32, len(t.procs))
	for i := range t.procs {
		t.firstChild[i], t.nextSibling[i] = -1, -1
	}
	for i, p := range t.procs {
		if parent, ok := t.at[p.PPID]; ok && t.at[p.PID] == int32(i) {
			t.nextSibling[i] = t.firstChild[parent]
			t.firstChild[parent] = int32(i)
		}
	}
}

// readAll reads a whole small file of /proc, whose size is not known before.
func readAll(path string, limit int64) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
