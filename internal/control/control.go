// Package control is how commands talk to the rr that runs: over a unix socket
// in the state directory, mode 0600, so that only the user who runs rr, and
// root, can ask it for anything.
//
// server.go answers, client.go asks, message.go holds what they say.
package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

const socketName = "control.sock"

// ErrNotRunning says that no rr answers in this state directory.
var ErrNotRunning = errors.New("no rr runs on this state directory")

// maxSocketPath is what the kernel takes, with the byte that ends it.
const maxSocketPath = 107

// shortened calls do with a path to the socket of a state directory that the
// kernel takes. A path that is too long goes through a handle on the directory.
func shortened[T any](dir string, do func(path string) (T, error)) (T, error) {
	path := filepath.Join(dir, socketName)
	if len(path) <= maxSocketPath {
		return do(path)
	}
	handle, err := os.Open(dir)
	if err != nil {
		var none T
		return none, err
	}
	defer handle.Close()

	return do("/proc/self/fd/" + strconv.Itoa(int(handle.Fd())) + "/" + socketName)
}

// Listen opens the socket. The caller holds the lock of the state directory, so
// a socket that is already there is a dead one and is replaced.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("replace %s: %w", path, err)
	}
	listener, err := shortened(dir, func(path string) (net.Listener, error) { return net.Listen("unix", path) })
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), listener.Close())
	}

	return listener, nil
}
