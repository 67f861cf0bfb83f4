package pm2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"rr/internal/pm2"
	"rr/internal/procfs"
)

// orphanGrace is how long a process that outlived its daemon has to end by
// itself: PM2's own kill_timeout is 1.6 s.
const orphanGrace = 5 * time.Second

// orphansEnded names the apps of the orphans that were ended and of those that
// were left, one name for each process.
type orphansEnded struct{ ended, left []string }

// endOrphans ends, all at once, those that outlived their daemon and whose app
// is to be ended. daemon is the pid of the one that serves, 0 where none does.
func endOrphans(ctx context.Context, home string, daemon int, ends func(name string) bool) (orphansEnded, error) {
	table, err := procfs.FS{}.Table()
	if err != nil {
		return orphansEnded{}, fmt.Errorf("look for orphans: %w", err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	var result orphansEnded
	for _, orphan := range outlived(table, daemon, pm2.Orphans(table, home, daemon)) {
		if !ends(orphan.Name) {
			result.left = append(result.left, orphan.Name)
			continue
		}
		wg.Go(func() {
			err := pm2.EndProcess(ctx, orphan.PID, orphan.Start, orphanGrace)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("end orphan %d of %s: %w", orphan.PID, orphan.Name, err))
				return
			}
			result.ended = append(result.ended, orphan.Name)
		})
	}
	wg.Wait()

	return result, errors.Join(errs...)
}

// outlived keeps of what stands under no daemon the processes that are older
// than the daemon that serves, and their descendants. What is younger was
// detached by an app of that daemon, and is no orphan.
func outlived(t *procfs.Table, daemon int, found []pm2.Orphan) []pm2.Orphan {
	if daemon <= 0 {
		return found
	}
	serving, serves := t.Process(daemon)
	if !serves {
		return nil // it has just ended, and nothing is known of what is whose
	}
	old := map[int]bool{}
	for _, orphan := range found {
		old[orphan.PID] = orphan.Start < serving.Start
	}

	return slices.DeleteFunc(found, func(orphan pm2.Orphan) bool {
		return !old[orphan.PID] && !slices.ContainsFunc(t.Ancestors(orphan.PID), func(pid int) bool { return old[pid] })
	})
}
