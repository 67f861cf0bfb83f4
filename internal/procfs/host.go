package procfs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// BootID names the time since the last boot: it is another one after each.
func (fs FS) BootID() (string, error) {
	raw, err := readAll(filepath.Join(fs.root(), "sys/kernel/random/boot_id"), 128)
	if err != nil {
		return "", fmt.Errorf("read boot id: %w", err)
	}
	return string(bytes.TrimSpace(raw)), nil
}

// Boottime is the time since boot in milliseconds. It goes on while the host
// is suspended and does not jump when the clock is set.
func Boottime() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0 // not on a kernel that can run Go
	}
	return now.Nano() / int64(time.Millisecond)
}

// HostID names this host for as long as its installation lives. It is a hash:
// machine-id(5) asks that the id itself be kept from others. Without a machine
// id the hostname stands in.
func (fs FS) HostID() (string, error) {
	path := fs.MachineID
	if path == "" {
		path = "/etc/machine-id"
	}
	if raw, err := readAll(path, 128); err == nil && len(bytes.TrimSpace(raw)) > 0 {
		return hashID("machine-id", string(bytes.TrimSpace(raw))), nil
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("no machine id and no hostname: %w", err)
	}
	return hashID("hostname", name), nil
}

// hashID is salted with rr's own name, so that another program which hashes
// the same id gets another value.
func hashID(kind, id string) string {
	sum := sha256.Sum256([]byte("rr host " + kind + "\x00" + id))
	return hex.EncodeToString(sum[:16])
}
