package pm2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"rr/internal/pm2"
	"rr/schemas"
)

// lockStep is how often a home that another act has is tried.
const lockStep = 20 * time.Millisecond

// alone waits until no other act that asks for it is at work in a home, be it
// of this rr or of another one, and keeps others out until leave. Whoever waited
// looks at its target afterwards, and so does not do a second time what the
// other one did: two reloads of one process leave a worker behind (PM2 5, 6),
// two re-creations make two of it.
//
// The lock is on the folder itself, so that nothing is written to the home, and
// is another one than that of internal/pm2, which is taken under it.
func alone(ctx context.Context, home string, id schemas.ID) (leave func(), err error) {
	folder, err := os.Open(home)
	if err != nil {
		return nil, notBegun(id, err)
	}
	for {
		err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { folder.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			folder.Close()
			return nil, notBegun(id, fmt.Errorf("lock %s: %w", home, err))
		}
		select {
		case <-ctx.Done():
			folder.Close()
			return nil, fmt.Errorf("%w: another act is at work in %s", schemas.ErrRefused, home)
		case <-time.After(lockStep):
		}
	}
}

// aloneWithProcess is withProcess with no other act at work in the home.
func aloneWithProcess(ctx context.Context, homes Homes, id schemas.ID, seen schemas.Snapshot, do func(context.Context, *pm2.Client, pm2.App) (string, error)) (string, error) {
	home, _, err := homeOf(homes, id)
	if err != nil {
		return "", err
	}
	waiting, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	leave, err := alone(waiting, home, id)
	if err != nil {
		return "", err
	}
	defer leave()

	return withProcess(ctx, homes, id, seen, do)
}
