package config

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watched is what Watch looks at.
type Watched struct {
	Config   string // path of redundancy.cue
	Policies string // folder of the operator's policies, empty where there is none
}

const (
	// longest is how long Watch waits for a writer that does not come to rest, or
	// for a file that is gone or empty, before it tells what it sees.
	longest = 2 * time.Second
	// sweep is how often Watch looks without having been told to: where the system
	// has no more watches to give, or does not know of changes made elsewhere, as
	// on a network file system.
	sweep = 5 * time.Second
)

// Watch calls changed after each change of the configuration or of a .rego or
// .json file among the policies, once there has been no other for quiet, and in
// any case within two seconds. It tells once at its start, because what changed
// before it looked cannot be known: the caller compares what it reads with what
// it has. Changes while changed runs are told after it. A file that is gone or
// empty is taken for one that is being written, and told only when it stays so.
//
// Folders are watched, not files, so that a file may be replaced, renamed,
// deleted and written again, or be a link that is turned to another file. where
// is asked after each change and may have changed with it.
//
// Watch returns when ctx ends. The error says that changes cannot be watched.
func Watch(ctx context.Context, where func() Watched, quiet time.Duration, changed func()) error {
	return watch{where: where, quiet: quiet, longest: longest, sweep: sweep, changed: changed}.run(ctx)
}

type watch struct {
	where                 func() Watched
	quiet, longest, sweep time.Duration
	changed               func()
}

func (w watch) run(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch configuration: %w", err)
	}
	defer watcher.Close()

	folders := folders{watcher: watcher, known: map[string]os.FileInfo{}}
	told := ""              // fingerprint of what was last told
	view := view{}          // what was last seen
	began := time.Now()     // of the change that is being waited for, zero with none
	due := time.NewTimer(0) // when to look
	sweep := time.NewTicker(w.sweep)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-watcher.Events:
			if !view.concerns(event.Name) {
				continue
			}
			if began.IsZero() {
				began = time.Now()
			}
			due.Reset(min(w.quiet, time.Until(began.Add(w.longest))))
			continue
		case <-watcher.Errors: // events were lost
		case <-sweep.C:
		case <-due.C:
		}

		view = folders.look(w.where)
		if view.unfinished && began.IsZero() {
			began = time.Now()
		}
		if left := time.Until(began.Add(w.longest)); view.unfinished && left > 0 {
			due.Reset(left)
			continue
		}
		began = time.Time{}
		if view.fingerprint == told {
			continue
		}
		told = view.fingerprint
		w.changed()
		due.Reset(w.quiet) // where may have changed
	}
}

// folders are those that the system watches for rr.
type folders struct {
	watcher *fsnotify.Watcher
	known   map[string]os.FileInfo
}

// look returns what is there now, with every folder of it watched before it was
// read: a change that the view does not show is still to be heard of.
func (f folders) look(where func() Watched) view {
	for range 10 { // folders may be moved about for as long as we look
		view := see(where())
		if !f.follow(view.folders) {
			return view
		}
	}

	return see(where())
}

// follow watches exactly these folders and tells whether one of them was not
// watched before. One that cannot be watched is left to the sweep.
func (f folders) follow(wanted map[string]bool) (added bool) {
	watched := map[string]bool{}
	for _, folder := range f.watcher.WatchList() {
		watched[folder] = true
		if !wanted[folder] {
			_ = f.watcher.Remove(folder) // gone already is as good
			delete(f.known, folder)
		}
	}
	for folder := range wanted {
		info, err := os.Stat(folder)
		if err != nil {
			continue
		}
		if watched[folder] && os.SameFile(info, f.known[folder]) {
			continue
		}
		if f.watcher.Add(folder) == nil {
			f.known[folder] = info
			added = true
		}
	}

	return added
}
