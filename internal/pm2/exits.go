package pm2

import (
	"sync"
	"time"
)

// Exit is how a process ended, as the daemon's log told it.
type Exit struct {
	Code   Int    // unknown where a signal ended it: PM2 says 0 then
	Signal string // such as SIGKILL; empty for none, and for SIGINT, which PM2 writes where there was none
	At     time.Time
}

// Exits remembers the last exit of each process of one daemon. Give it every
// event of the daemon's Bus. It is for one goroutine that listens and others
// that ask; the zero value is ready.
//
// Where events may be missing, behind a new connection or a full channel, it
// forgets all: an older exit would pass for the last one.
type Exits struct {
	mu   sync.Mutex
	last map[process]Exit
}

// process is what the log calls a process: ids mean something within one
// daemon only, and an id that is given anew there has another name.
type process struct {
	name string
	id   int64
}

// maxExits is more processes than a daemon has. Apps that are deleted and
// started anew get new ids, so that without it Exits would grow for ever.
const maxExits = 2048

// See takes one event.
func (x *Exits) See(e Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.Missed > 0 || e.Kind == EventConnected {
		clear(x.last)
	}
	if e.Kind == EventProcess && e.Event == "delete" {
		delete(x.last, process{e.Name, e.ID.N})
	}
	if e.Kind != EventExit || !e.ID.Known {
		return
	}
	if x.last == nil {
		x.last = map[process]Exit{}
	}
	p := process{e.Name, e.ID.N}
	if _, known := x.last[p]; !known && len(x.last) >= maxExits {
		x.dropOldest()
	}
	x.last[p] = exitOf(e)
}

// Last gives the last exit of an app of the list, false when none was seen.
func (x *Exits) Last(app App) (Exit, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	exit, seen := x.last[process{app.Name, int64(app.ID)}]
	return exit, seen
}

func exitOf(e Event) Exit {
	if e.Signal == "" || e.Signal == "SIGINT" {
		return Exit{Code: e.ExitCode, At: e.At}
	}
	return Exit{Signal: e.Signal, At: e.At}
}

func (x *Exits) dropOldest() {
	var oldest process
	first := true
	for p, exit := range x.last {
		if first || exit.At.Before(x.last[oldest].At) {
			oldest, first = p, false
		}
	}
	delete(x.last, oldest)
}
