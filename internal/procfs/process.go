package procfs

import (
	"bytes"
	"fmt"
	"os"
	"slices"
)

// maxArguments bounds what is read of one process's arguments or environment:
// the kernel's own limit for both together is a few MiB.
const maxArguments = 8 << 20

// Environ gives the named variables of the environment that the process was
// started with, and no others: an environment holds secrets, and what was not
// asked for does not leave this function. A variable that is not set is not in
// the map. The process must be ours, or we root.
func (fs FS) Environ(pid int, keys ...string) (map[string]string, error) {
	raw, err := readAll(fs.file(pid, "environ"), maxArguments)
	if err != nil {
		return nil, fmt.Errorf("read environment: %w", err)
	}
	found := make(map[string]string, len(keys))
	for entry := range bytes.SplitSeq(raw, []byte{0}) {
		key, value, ok := bytes.Cut(entry, []byte{'='})
		if !ok || !slices.Contains(keys, string(key)) {
			continue
		}
		if _, twice := found[string(key)]; !twice { // as getenv(3) has it
			found[string(key)] = string(value)
		}
	}
	clear(raw)
	return found, nil
}

// Cmdline gives the arguments of the process. A kernel thread and a zombie
// have none. A process can write anything there, and it can hold secrets: take
// from it what is needed and pass it on to nobody.
func (fs FS) Cmdline(pid int) ([]string, error) {
	raw, err := readAll(fs.file(pid, "cmdline"), maxArguments)
	if err != nil {
		return nil, fmt.Errorf("read command line: %w", err)
	}
	raw = bytes.TrimRight(raw, "\x00")
	if len(raw) == 0 {
		return nil, nil
	}
	var args []string
	for arg := range bytes.SplitSeq(raw, []byte{0}) {
		args = append(args, string(arg))
	}
	return args, nil
}

// Stat reads one process afresh.
func (fs FS) Stat(pid int) (Process, error) {
	raw, err := readAll(fs.file(pid, "stat"), statBuffer)
	if err != nil {
		return Process{}, err
	}
	return parseStat(raw)
}

// Elsewhere tells whether a process is known to be in another pid namespace
// than this one, as those of a container are. Where that cannot be told it is
// not.
func (fs FS) Elsewhere(pid int) bool {
	its, err := os.Readlink(fs.file(pid, "ns/pid"))
	if err != nil {
		return false
	}
	ours, err := os.Readlink(fs.root() + "/self/ns/pid")

	return err == nil && its != ours
}
