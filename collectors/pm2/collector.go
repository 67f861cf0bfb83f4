// Package pm2 looks at one PM2 home: its daemon, its processes and the
// ecosystem files that say what should run there. It reads sockets, files and
// /proc; it writes nothing and sends no signal, so a daemon that is dead is
// found dead and stays so. It starts one thing only: the daemon's own node, to
// evaluate an ecosystem file in JavaScript that the operator named.
//
// Read it as collector.go (one look) and look.go (what a look gathers),
// filter.go (what is watched), ecosystemfiles.go and desired.go (what should
// run), process.go with states.go, causes.go, usage.go, trend.go, exits.go,
// logs.go, stopping.go, restarts.go and restorable.go (what PM2 says and /proc and the disks show → facts),
// daemon.go with dump.go, backups.go, leftovers.go and command.go, ecosystems.go, events.go
// (when to look sooner) and self.go (is rr itself in there).
package pm2

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// Collector looks at one PM2 home. It keeps a connection and what it saw
// before, so use one for as long as rr runs.
type Collector struct {
	Scope string
	Home  string
	Proc  procfs.FS
	Self  Self

	config    atomic.Pointer[settings]
	backups   atomic.Pointer[Dumps] // where to look for another dump; nil before that is known
	client    *pm2.Client
	bus       *pm2.Bus // nil where events are off
	heard     chan pm2.Event
	listening atomic.Bool
	exits     pm2.Exits
	restarts  map[schemas.ID]*restarts
	usage     map[int]*usage // by pid
	stopping  map[schemas.ID]stopping
	phantoms  map[int]int64 // that a second look confirmed: pm_id → what PM2 says it was started at
	logs      map[string]logSize
	dumps     dumpReader
	savedApps savedApps
	files     files
	leftovers leftovers
	command   commandVersion
	report    pm2.Report // of the daemon with the pid reportOf
	reportOf  int
}

// settings is the configuration of one home, and what it needs of the whole.
type settings struct {
	schemas.PM2
	settle time.Duration
}

// New returns a collector of a home. It connects at the first look. settle is
// how long a process must be healthy before an action is said to have worked.
func New(scope, home string, config schemas.PM2, settle time.Duration, self Self) *Collector {
	c := &Collector{
		Scope: scope, Home: home, Self: self,
		client: &pm2.Client{Home: home}, restarts: map[schemas.ID]*restarts{}, usage: map[int]*usage{}, stopping: map[schemas.ID]stopping{},
		files: files{reader: &ecosystem.Reader{Home: home}},
	}
	c.Configure(config, settle)
	if config.Events {
		c.heard = make(chan pm2.Event, 512)
		c.bus = &pm2.Bus{Home: home, Events: c.heard}
	}

	return c
}

// Configure puts another configuration in force from the next look on. Whether
// events are listened to is settled by New.
func (c *Collector) Configure(config schemas.PM2, settle time.Duration) {
	c.config.Store(&settings{config, settle})
}

// Close ends the connection to the daemon.
func (c *Collector) Close() error { return c.client.Close() }

// Collect looks once. It fails only where not even the daemon's state can be
// told; a daemon that is down, stuck or another user's is a fact.
func (c *Collector) Collect(ctx context.Context) (schemas.Facts, error) {
	l, err := c.look(ctx)
	if err != nil {
		return nil, err
	}

	facts := schemas.PM2Facts{Scope: c.Scope, TakenAt: l.at, Daemon: c.daemon(ctx, l), Ecosystems: c.ecosystems(l)}
	if l.listError != nil {
		facts.ProcessError = c.whyNoList(l)
		return facts, nil
	}
	facts.Processes = c.processes(l)
	c.restorableApps(ctx, l, facts.Processes)

	return facts, nil
}

func (c *Collector) whyNoList(l *look) string {
	if l.status.State == pm2.Serving {
		return fmt.Sprintf("the daemon of %s serves, but its list cannot be read: %v", c.Home, l.listError)
	}

	return fmt.Sprintf("the daemon of %s is %s: %s", c.Home, l.status.State, l.status.Note)
}
