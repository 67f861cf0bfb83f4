package pm2

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rr/internal/procfs"
)

// ErrNotAsked says that no node may be asked to evaluate the files of a home:
// nothing is wrong with them.
var ErrNotAsked = errors.New("no node is asked")

// notAsked is why.
type notAsked string

func (n notAsked) Error() string { return string(n) }

// Is makes it an ErrNotAsked.
func (n notAsked) Is(target error) bool { return target == ErrNotAsked }

// Node is the program that runs a daemon, to evaluate ecosystem files with; an
// ErrNotAsked where it is none that rr runs. It is not asked with more rights
// than the daemon has itself.
func (p Peer) Node() (string, error) {
	switch {
	case p.PID <= 0:
		return "", notAsked("which process the daemon is cannot be told")
	case procfs.FS{}.Elsewhere(p.PID):
		return "", notAsked("the daemon runs in another container, whose node rr does not run")
	case p.UID != os.Geteuid():
		return "", notAsked("the daemon runs as another user, and rr does not evaluate that user's files")
	}
	program := fmt.Sprintf("/proc/%d/exe", p.PID)
	target, err := os.Readlink(program)
	if err != nil || !strings.HasPrefix(filepath.Base(target), "node") {
		return "", notAsked("the daemon is not run by node")
	}

	return program, nil
}

// NodeOf is the program to evaluate the ecosystem files of a home with, as the
// pm2 command would: the node that runs its daemon, and where there is no
// daemon the node of $PATH, which would start one, so that what a dead daemon
// should run can still be read. It asks the daemon nothing and starts none.
func NodeOf(ctx context.Context, home string) (string, error) {
	client, err := Dial(ctx, home)
	if err == nil {
		defer client.Close()
		peer, err := client.Peer(ctx)
		if err != nil {
			return "", err
		}

		return peer.Node()
	}
	switch status := notConnected(home, procfs.FS{}, err); status.State {
	case Absent, Dead:
		return nodeOfPath(home)
	case Stuck:
		return Peer{PID: status.PID, UID: status.UID}.Node()
	default:
		return "", notAsked(status.Note)
	}
}

// nodeOfPath is the node that would start a daemon for a home of rr's own user.
// Where there is no home it is told by the folder whose owner would make it.
func nodeOfPath(home string) (string, error) {
	info, err := os.Stat(home)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if uid := owner(nearest(home)); uid != os.Geteuid() && uid != 0 {
			return "", notAsked("there is no PM2 home, and it would be another user's, whose files rr does not evaluate")
		}
	case err != nil:
		return "", notAsked(err.Error())
	case owner(home) != os.Geteuid() || !info.IsDir():
		return "", notAsked("the PM2 home is another user's, and rr does not evaluate that user's files")
	}

	return "node", nil
}

// nearest is the folder that is there of those that a path is in.
func nearest(path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir
		}
	}
}
