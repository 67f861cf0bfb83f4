package store

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lockName is the file whose lock makes one rr the writer. It holds the pid of
// the last holder and is never deleted: a file that comes and goes can be held
// twice.
const lockName = "lock"

// LockedError says who holds the journal. It is an ErrLocked.
type LockedError struct {
	Path string
	PID  int // 0 where the holder did not say
}

// Error tells who holds what.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s: %v", e.Path, ErrLocked)
	}

	return fmt.Sprintf("%s: %v (pid %d)", e.Path, ErrLocked, e.PID)
}

// Unwrap makes it an ErrLocked.
func (e *LockedError) Unwrap() error { return ErrLocked }

// takeLock takes the lock of a state directory without waiting. It is given
// back when the file is closed or the process ends, however it ends.
func takeLock(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take lock: %w", err)
	}

	if err := flock(f); err != nil {
		defer f.Close()
		if err == unix.EWOULDBLOCK {
			return nil, &LockedError{Path: path, PID: readPID(f)}
		}

		return nil, fmt.Errorf("take lock %s: %w", path, err)
	}
	// A full disk must not keep rr from starting: the lock holds without its pid.
	_ = writePID(f)

	return f, nil
}

func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err != unix.EINTR {
			return err
		}
	}
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)

	return err
}

func readPID(f *os.File) int {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}

	return pid
}
