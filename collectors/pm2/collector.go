// Package pm2 looks at one PM2 home: its daemon and its processes. It reads
// sockets, files and /proc; it starts nothing, writes nothing and sends no
// signal, so a daemon that is dead is found dead and stays so.
//
// Read it as collector.go (one look), daemon.go and process.go (what PM2 says
// and /proc shows → facts), restarts.go and usage.go (what needs an earlier
// look), events.go (when to look sooner) and self.go (is rr itself in there).
package pm2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

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

	config    atomic.Pointer[schemas.PM2]
	client    *pm2.Client
	bus       *pm2.Bus // nil where events are off
	heard     chan pm2.Event
	listening atomic.Bool
	restarts  map[schemas.ID]*restarts
	usage     map[int]usage // by pid
	report    pm2.Report    // of the daemon with the pid reportOf
	reportOf  int
}

// New returns a collector of a home. It connects at the first look.
func New(scope, home string, config schemas.PM2, self Self) *Collector {
	c := &Collector{
		Scope: scope, Home: home, Self: self,
		client: &pm2.Client{Home: home}, restarts: map[schemas.ID]*restarts{}, usage: map[int]usage{},
	}
	c.Configure(config)
	if config.Events {
		c.heard = make(chan pm2.Event, 512)
		c.bus = &pm2.Bus{Home: home, Events: c.heard}
	}

	return c
}

// Configure puts another configuration in force from the next look on. Whether
// events are listened to is settled by New.
func (c *Collector) Configure(config schemas.PM2) { c.config.Store(&config) }

// Close ends the connection to the daemon.
func (c *Collector) Close() error { return c.client.Close() }

// look is what one look gathers before facts are made of it.
type look struct {
	at        time.Time
	bootMS    int64
	table     *procfs.Table
	status    pm2.Status
	elsewhere bool // the daemon runs in another pid namespace
	apps      []pm2.App
	listError error
}

// Collect looks once. It fails only where not even the daemon's state can be
// told; a daemon that is down, stuck or another user's is a fact.
func (c *Collector) Collect(ctx context.Context) (schemas.Facts, error) {
	l := look{at: time.Now().UTC(), bootMS: procfs.Boottime()}
	l.apps, l.listError = c.list(ctx)
	table, err := c.Proc.Table()
	if err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	l.table = table
	if err := c.findStatus(ctx, &l); err != nil {
		return nil, err
	}
	if l.listError == nil {
		c.confirm(ctx, &l)
	}

	facts := schemas.PM2Facts{Scope: c.Scope, TakenAt: l.at, Daemon: c.daemon(ctx, l)}
	if l.listError != nil {
		facts.ProcessError = c.whyNoList(l)
		return facts, nil
	}
	facts.Processes = c.processes(l)

	return facts, nil
}

// list asks for all processes with a part of the time that one look has, so
// that enough is left to find out why it was not answered.
func (c *Collector) list(ctx context.Context) ([]pm2.App, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Load().Timeout.Of()/2)
	defer cancel()

	return c.client.List(ctx)
}

// confirm asks again where PM2 says online and /proc shows no such process:
// between the two looks it may have died and been started anew, which is not
// what a phantom is.
func (c *Collector) confirm(ctx context.Context, l *look) {
	gone := func(app pm2.App) bool { return app.Status == "online" && !c.lives(*l, app) }
	if !slices.ContainsFunc(l.apps, gone) {
		return
	}
	select {
	case <-ctx.Done():
		l.listError = ctx.Err()
		return
	case <-time.After(150 * time.Millisecond):
	}
	l.apps, l.listError = c.list(ctx)
	if table, err := c.Proc.Table(); err == nil {
		l.table = table
	}
}

// findStatus tells the state of the daemon: it serves where it has answered,
// else it is probed.
func (c *Collector) findStatus(ctx context.Context, l *look) error {
	if l.listError == nil {
		peer, err := c.client.Peer(ctx)
		if euid := os.Geteuid(); err == nil && euid != 0 && peer.UID != euid {
			l.status = pm2.Status{State: pm2.Foreign, PID: peer.PID, UID: peer.UID, Note: fmt.Sprintf("the daemon belongs to uid %d", peer.UID)}
			l.apps, l.listError = nil, errors.New("it is another user's")
			return nil
		}
		if err == nil {
			l.status = pm2.Status{State: pm2.Serving, PID: peer.PID, UID: peer.UID}
			l.elsewhere = elsewhere(peer.PID)
			return nil
		}
		l.listError = err
	}
	if ctx.Err() != nil { // a probe without time would call a busy daemon stuck
		return fmt.Errorf("PM2 daemon of %s: no time left to tell how it is: %w", c.Home, ctx.Err())
	}
	l.status = pm2.Probe(ctx, c.Home)
	if l.status.State == pm2.Unknown {
		return fmt.Errorf("PM2 daemon of %s: %s", c.Home, l.status.Note)
	}

	return nil
}

func (c *Collector) whyNoList(l look) string {
	if l.status.State == pm2.Serving {
		return fmt.Sprintf("the daemon of %s serves, but its list cannot be read: %v", c.Home, l.listError)
	}

	return fmt.Sprintf("the daemon of %s is %s: %s", c.Home, l.status.State, l.status.Note)
}

// lives tells whether PM2's pid of an app is a living process. Where PM2 runs in
// another pid namespace its pids mean nothing here, and it is believed.
func (c *Collector) lives(l look, app pm2.App) bool {
	if l.elsewhere {
		return app.PID > 0
	}
	process, found := l.table.Process(app.PID)

	return app.PID > 0 && found && process.State != 'Z'
}

// elsewhere tells whether the daemon runs in another pid namespace.
func elsewhere(daemon int) bool {
	if daemon == 0 {
		return false
	}
	its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", daemon))
	if err != nil {
		return false
	}
	ours, err := os.Readlink("/proc/self/ns/pid")

	return err == nil && its != ours
}
