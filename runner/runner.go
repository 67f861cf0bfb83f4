// Package runner takes one turn after another: it looks, lets the policies
// decide, admits what the guards allow, records what it is about to do, does
// it, and in the next turns verifies whether it held. It knows nothing of PM2,
// Rego or SQLite: it is handed collectors, a decider, actors and a journal.
//
// Read it in the order in which data passes:
//
//	runner.go    what a runner is made of
//	turn.go      one turn, the whole of it
//	sweep.go     collectors → Snapshot
//	recall.go    the journal → what the Snapshot remembers
//	settle.go    Decision → incidents, verified attempts
//	standing.go  what persons asked for, and the guards that hold it
//	window.go    maintenance windows
//	emergency.go the mode: when it is entered and left
//	plan.go      what is done in an emergency, step by step
//	order.go     what persons may ask for
//	needs.go     what needs what
//	admit.go     Decision → Outcomes
//	guards.go    what may refuse an action
//	record.go    the turn → the journal, before anything is done
//	perform.go   Outcomes → the world
//	aside.go     what is about backups, beside the turns
//	loop.go      one turn after another, events, reload, stop
package runner

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rr/schemas"
)

// Collector looks at one part of the world and changes nothing.
type Collector interface {
	Collect(ctx context.Context) (schemas.Facts, error)
}

// Decider answers a snapshot.
type Decider interface {
	Decide(ctx context.Context, s schemas.Snapshot) (schemas.Decision, error)
}

// Actor performs one verb on a target that was seen in a snapshot, and refuses
// where the target has changed since. It returns a note on what it did. An
// error that wraps schemas.ErrOutcomeUnknown says that it may or may not have
// been done.
type Actor interface {
	Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (note string, err error)
}

// Journal keeps what must not be forgotten. Both return once it is on disk.
type Journal interface {
	WriteTurn(ctx context.Context, t schemas.Turn) error
	EndAttempt(ctx context.Context, a schemas.Attempt) error
}

// Watch is a collector and how it is asked.
type Watch struct {
	Name       string   // pm2/local
	Sources    []string // the sources it fills: pm2/local/daemon, pm2/local/process
	Collector  Collector
	Interval   time.Duration // how often it is asked at the most; 0 is every turn
	Timeout    time.Duration
	Wait       time.Duration // how long one turn of many waits for it, its earlier facts standing meanwhile; 0 is Timeout
	StaleAfter time.Duration
}

// Setup is what a reload replaces, as a whole, between two turns.
type Setup struct {
	Config   schemas.Config
	Decider  Decider
	Watches  []Watch
	Actors   map[string]Actor // by verb
	Policies schemas.Bundle   // what the decider was made from, for the journal
	Source   schemas.Bundle   // what Config was made from, for the journal
	Backups  Backups          // for the emergency plan; nil where none are configured
	OnUse    func()           // called when the setup is put in force; may be nil
}

// Runner takes turns. Fill the exported fields, then call Recall once, then
// Turn, Plan or Run. Turns are taken one at a time.
type Runner struct {
	Version   string
	Now       func() schemas.Moment // ClockMS is filled in by the runner
	Journal   Journal               // nil only where nothing will be performed
	Ledger    Ledger                // nil only where nobody orders anything
	Log       *slog.Logger
	DryRun    bool
	Failpoint func(name string) // called at each named step; nil does nothing
	Beat      func()            // called when an action has ended, for a watchdog; may be nil

	mu     sync.Mutex // held for the length of a turn
	ending sync.Mutex // held while one action's end is remembered; actions of a turn end at once
	setup  Setup
	views  []*view
	memory memory
	loops  bool // turn follows turn, so that what is slow is waited for in the next

	asides *asides        // what goes on beside the turns; nil where turn does not follow turn
	beside sync.WaitGroup // the goroutines of it
}

// Use puts a setup in force from the next turn on.
func (r *Runner) Use(setup Setup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.setup = setup
	r.views = reuseViews(r.views, setup.Watches)
	if setup.OnUse != nil {
		setup.OnUse()
	}
}

// Config returns the configuration in force.
func (r *Runner) Config() schemas.Config {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.setup.Config
}

func (r *Runner) failpoint(name string) {
	if r.Failpoint != nil {
		r.Failpoint(name)
	}
}
