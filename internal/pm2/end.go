package pm2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/procfs"
)

// killWait is how long a process may take to end after SIGKILL. It takes
// longer only in the kernel, such as on a dead network disk.
const killWait = 5 * time.Second

// EndProcess ends the process that has this pid and began at this clock tick:
// SIGTERM, and SIGKILL when it still lives after grace. It is nil when the
// process has ended, also when it had before. It signals through a handle on
// the process and only after the start tick was compared under that handle, so
// a pid that was used again never hits another process. When the context ends
// during the grace, the process is left as it is.
func EndProcess(ctx context.Context, pid int, startTicks uint64, grace time.Duration) error {
	return endProcess(ctx, procfs.FS{}, pid, startTicks, grace)
}

func endProcess(ctx context.Context, proc procfs.FS, pid int, start uint64, grace time.Duration) error {
	if pid <= 1 || pid == os.Getpid() {
		return fmt.Errorf("end process %d: refused", pid)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end process %d: open: %w", pid, err)
	}
	defer unix.Close(fd)
	p, err := proc.Stat(pid)
	if err != nil || p.Start != start {
		return nil // it has ended; the pid is free or a stranger's
	}
	for _, step := range []struct {
		signal unix.Signal
		wait   time.Duration
	}{{unix.SIGTERM, grace}, {unix.SIGKILL, killWait}} {
		if err := unix.PidfdSendSignal(fd, step.signal, nil, 0); errors.Is(err, unix.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("end process %d: %s: %w", pid, unix.SignalName(step.signal), err)
		}
		ended, err := waitEnd(ctx, fd, step.wait)
		if err != nil {
			return fmt.Errorf("end process %d: %w", pid, err)
		}
		if ended {
			return nil
		}
	}
	return fmt.Errorf("end process %d: it lives %s after SIGKILL", pid, killWait)
}

// pollStep is how often waitEnd looks at its context.
const pollStep = 50 * time.Millisecond

// waitEnd waits until the process of this handle has ended.
func waitEnd(ctx context.Context, fd int, wait time.Duration) (bool, error) {
	deadline := time.Now().Add(wait)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		left := min(time.Until(deadline), pollStep)
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(left.Milliseconds(), 0)))
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return false, err
		case n > 0:
			return true, nil
		case left <= 0:
			return false, nil
		}
	}
}
