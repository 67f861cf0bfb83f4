package pm2

import (
	"bufio"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// EventKind says what an Event is about.
type EventKind string

// The kinds of events. All of them are hints: any app can publish any topic,
// and nothing is repeated after a break. List the processes to know.
const (
	EventConnected    EventKind = "connected"    // the bus is (again) connected: what happened before is not known
	EventDisconnected EventKind = "disconnected" // the daemon ended, or was never there
	EventProcess      EventKind = "process"      // a process changed: Event.Event says how
	EventExit         EventKind = "exit"         // the daemon's log told how a process ended
	EventKilled       EventKind = "killed"       // the daemon announced its own end
)

// Event is one thing that the bus told, without anything of an environment.
type Event struct {
	Kind EventKind

	// Of a process or exit event.
	Name string
	ID   Int       // unknown for the outgoing worker of a reload
	At   time.Time // the zero time when unknown

	// Of a process event.
	Instance Int
	Event    string // online, exit, "restart overlimit", start, restart, stop, delete, reload, …
	Status   string // as App.Status
	Manually bool   // a person asked for it

	// Of an exit event.
	ExitCode Int
	Signal   string // such as SIGKILL; PM2 7 says SIGINT of a plain exit too

	// Missed is how many events were dropped before this one because the
	// channel was full.
	Missed uint64
}

// Bus listens to the events of one daemon. It reads as fast as the daemon
// writes and drops what the receiver has no room for: the daemon would keep in
// memory, without limit, whatever a slow reader leaves. What apps log goes
// over the same socket and is stepped over unread.
//
// A receiver that lists the processes after it has emptied the channel misses
// nothing by a drop, since whatever was dropped happened before that.
type Bus struct {
	// Home is the PM2 home.
	Home string

	// Events receives; it should have room for some hundred events. It is never
	// closed.
	Events chan<- Event

	connected atomic.Bool
	connects  atomic.Uint64
	delivered atomic.Uint64
	dropped   atomic.Uint64
	skipped   atomic.Uint64

	missed uint64 // dropped since the last delivery; of the reading goroutine
}

// BusStats counts since the Bus was made.
type BusStats struct {
	Connected bool
	Connects  uint64
	Delivered uint64
	Dropped   uint64 // events for which the channel had no room
	Skipped   uint64 // messages stepped over: logs of apps and topics of theirs
}

// Stats may be called at any time.
func (b *Bus) Stats() BusStats {
	return BusStats{
		Connected: b.connected.Load(),
		Connects:  b.connects.Load(),
		Delivered: b.delivered.Load(),
		Dropped:   b.dropped.Load(),
		Skipped:   b.skipped.Load(),
	}
}

// Waits between two attempts to connect: doubled up to the longest, and each
// cut by up to a quarter so that several rr do not knock in step.
const (
	shortestWait = 100 * time.Millisecond
	longestWait  = 5 * time.Second
)

// Subscribe delivers events until the context ends, and connects again
// whenever the connection breaks. It returns the context's error. Only one
// Subscribe may run on one Bus.
func (b *Bus) Subscribe(ctx context.Context) error {
	wait := shortestWait
	for ctx.Err() == nil {
		if b.listen(ctx) {
			wait = shortestWait
		}
		pause(ctx, wait-rand.N(wait/4))
		wait = min(2*wait, longestWait)
	}
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// listen reads one connection to its end; false when there was none.
func (b *Bus) listen(ctx context.Context) bool {
	dialCtx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	socket, err := dialUnix(dialCtx, pubSocket(b.Home))
	if err != nil {
		return false
	}
	var once sync.Once
	closeSocket := func() { once.Do(func() { socket.Close() }) }
	defer closeSocket()
	stop := context.AfterFunc(ctx, closeSocket)
	defer stop()

	b.connects.Add(1)
	b.connected.Store(true)
	b.deliver(Event{Kind: EventConnected})
	r := busReader{r: bufio.NewReaderSize(socket, readChunk), skipped: &b.skipped, deliver: b.deliver}
	for r.next() == nil {
	}
	b.connected.Store(false)
	b.deliver(Event{Kind: EventDisconnected})
	return true
}

// deliver never waits.
func (b *Bus) deliver(e Event) {
	e.Missed = b.missed
	select {
	case b.Events <- e:
		b.missed = 0
		b.delivered.Add(1)
	default:
		b.missed++
		b.dropped.Add(1)
	}
}

var errBus = errors.New("not a message of the bus")
