package pm2

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/procfs"
)

// State is what is known of a daemon.
type State string

// The states of a daemon.
const (
	Serving State = "serving" // it answers
	Absent  State = "absent"  // never started, or ended in good order
	Dead    State = "dead"    // it ended without tidying up: a crash, a SIGKILL, a power loss
	Stuck   State = "stuck"   // it lives and does not answer
	Foreign State = "foreign" // it belongs to another user
	Unknown State = "unknown" // none of these could be told
)

// Status is the answer of Probe.
type Status struct {
	State   State
	Note    string // why it is that, in a few words
	PID     int    // the daemon's, when there is one; else 0
	UID     int    // the user of that pid; -1 when unknown
	Version string // only of a serving daemon
}

// ProbeTimeout is how long Probe waits for an answer when its context allows
// more. A daemon answers a ping in about a millisecond.
const ProbeTimeout = 2 * time.Second

// Probe finds out how the daemon of this home is. It starts nothing, writes
// nothing and does not create the home: asking the pm2 command would start an
// empty daemon and with it destroy what the old one left to see.
func Probe(ctx context.Context, home string) Status {
	return probe(ctx, home, procfs.FS{}, os.Geteuid())
}

func probe(ctx context.Context, home string, proc procfs.FS, euid int) Status {
	ctx, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	client, err := Dial(ctx, home)
	if err != nil {
		return notConnected(home, proc, err)
	}
	defer client.Close()
	peer, err := client.Peer(ctx)
	if err != nil {
		return Status{State: Unknown, Note: err.Error(), UID: -1}
	}
	status := Status{PID: peer.PID, UID: peer.UID}
	if euid != 0 && peer.UID != euid {
		status.State, status.Note = Foreign, fmt.Sprintf("the daemon belongs to uid %d", peer.UID)
		return status
	}
	version, err := client.Version(ctx)
	var remote *RemoteError
	switch {
	case err == nil:
		status.State, status.Version, status.Note = Serving, version, "it answers"
	case errors.As(err, &remote):
		status.State, status.Note = Serving, "it answers with an error: "+remote.Text
	case errors.Is(err, ErrClosed):
		status.State, status.Note = Unknown, "it closed the connection instead of answering"
	case errors.Is(err, context.DeadlineExceeded):
		status.State, status.Note = Stuck, "it accepts connections and does not answer"
	default:
		status.State, status.Note = Unknown, err.Error()
	}
	return status
}

// notConnected tells apart why nobody accepts.
func notConnected(home string, proc procfs.FS, err error) Status {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Status{State: Foreign, Note: "no permission for the socket", UID: owner(rpcSocket(home))}
	case errors.Is(err, unix.EAGAIN), errors.Is(err, context.DeadlineExceeded):
		return lives(home, proc, "its queue of connections is full", Status{State: Stuck, Note: "it does not accept connections", UID: -1})
	case errors.Is(err, unix.ECONNREFUSED):
		return noListener(home, proc, "the socket is there and nobody listens")
	case errors.Is(err, fs.ErrNotExist):
		return noListener(home, proc, "there is no socket")
	}
	return Status{State: Unknown, Note: err.Error(), UID: -1}
}

// noListener tells a daemon that ended in good order, which removes its
// pm2.pid, from one that did not, and from one that lives behind a lost socket.
func noListener(home string, proc procfs.FS, what string) Status {
	gods, err := godDaemons(proc, home)
	if err != nil {
		return Status{State: Unknown, Note: what + ", and /proc cannot be read: " + err.Error(), UID: -1}
	}
	if len(gods) > 0 {
		return Status{State: Stuck, PID: gods[0], UID: ownerOf(proc, gods[0]), Note: fmt.Sprintf("%s, but its process %d lives: starting, ending or cut off", what, gods[0])}
	}
	pid, err := readPIDFile(pidFile(home))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Status{State: Absent, Note: what + " and no pm2.pid: never started, or ended in good order", UID: -1}
	case errors.Is(err, fs.ErrPermission):
		return Status{State: Foreign, Note: "no permission for pm2.pid", UID: owner(pidFile(home))}
	case err != nil:
		return Status{State: Dead, Note: what + ", pm2.pid is left and cannot be read: " + err.Error(), UID: -1}
	}
	return Status{State: Dead, Note: fmt.Sprintf("%s, pm2.pid is left and names %d, which is no daemon of this home", what, pid), UID: -1}
}

// lives adds the pid of the daemon to a status when it can be found.
func lives(home string, proc procfs.FS, what string, status Status) Status {
	status.Note += ": " + what
	if gods, err := godDaemons(proc, home); err == nil && len(gods) > 0 {
		status.PID, status.UID = gods[0], ownerOf(proc, gods[0])
	}
	return status
}

// readPIDFile reads the pid in the file.
func readPIDFile(path string) (int, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid <= 0 {
		return 0, errors.New("not a pid")
	}
	return pid, nil
}

// GodDaemons gives the pids of all daemons of this home that live, by the title
// that PM2 gives them. More than one means that a start was raced: the one that
// serves is the peer of the socket. A daemon inside pm2-runtime has no title.
func GodDaemons(t *procfs.Table, home string) []int {
	var pids []int
	for p := range t.All() {
		if p.State != 'Z' && isGodDaemon(t.FS(), p.PID, home) {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

func godDaemons(proc procfs.FS, home string) ([]int, error) {
	table, err := proc.Table()
	if err != nil {
		return nil, err
	}
	return GodDaemons(table, home), nil
}

// isGodDaemon reads the title of a process: "PM2 v7.0.4: God Daemon (<home>)",
// padded with spaces.
func isGodDaemon(proc procfs.FS, pid int, home string) bool {
	args, err := proc.Cmdline(pid)
	if err != nil || len(args) == 0 || !strings.HasPrefix(args[0], "PM2 v") {
		return false
	}
	_, rest, ok := strings.Cut(args[0], ": God Daemon (")
	end := strings.LastIndexByte(rest, ')')
	return ok && end >= 0 && sameHome(rest[:end], home) && !proc.Elsewhere(pid)
}

// sameHome compares two homes, through symbolic links where they exist.
func sameHome(a, b string) bool {
	return filepath.Clean(a) == filepath.Clean(b) || resolved(a) == resolved(b)
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// owner is the user of a file, -1 when unknown.
func owner(path string) int {
	var info unix.Stat_t
	if unix.Stat(path, &info) != nil {
		return -1
	}
	return int(info.Uid)
}

// ownerOf is the user of a process, -1 when unknown.
func ownerOf(proc procfs.FS, pid int) int {
	root := proc.Root
	if root == "" {
		root = "/proc"
	}
	return owner(filepath.Join(root, strconv.Itoa(pid)))
}
