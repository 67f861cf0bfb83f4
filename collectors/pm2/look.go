package pm2

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// look is what one look gathers before facts are made of it. What every process
// needs is asked once here, and not once per process.
type look struct {
	at        time.Time
	bootMS    int64
	config    *settings
	table     *procfs.Table
	status    pm2.Status
	apps      []pm2.App
	listError error
	elsewhere bool         // the daemon runs in another pid namespace: its pids mean nothing here
	phantoms  map[int]bool // by pm_id: PM2 says online, and twice there was no such process
	self      presence
	dump      dump
	files     []reading // of the configured ecosystem files
	desired   desired
	disks     *disks
}

// look gathers what PM2, /proc and the files say.
func (c *Collector) look(ctx context.Context) (*look, error) {
	l := &look{at: time.Now().UTC(), bootMS: procfs.Boottime(), config: c.config.Load()}
	l.apps, l.listError = c.list(ctx, l)
	table, err := c.Proc.Table()
	if err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	l.table = table
	if err := c.findStatus(ctx, l); err != nil {
		return nil, err
	}
	l.elsewhere = l.status.PID > 0 && c.Proc.Elsewhere(l.status.PID)
	if l.listError == nil {
		l.listError = c.confirm(ctx, l)
	}
	l.self = c.Self.in(c.Home, l.table)
	l.dump = c.dumps.read(c.Home)
	l.files = c.readFiles(ctx, l)
	l.desired = desiredBy(l.files, l.config.Expect)
	l.disks = newDisks()

	return l, nil
}

// list asks for all processes with a part of the time that one look has, so
// that enough is left to find out why it was not answered.
func (c *Collector) list(ctx context.Context, l *look) ([]pm2.App, error) {
	ctx, cancel := context.WithTimeout(ctx, l.config.Timeout.Of()/2)
	defer cancel()

	return c.client.List(ctx)
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

// secondLook is how long PM2 is given to notice that a process ended. It polls
// every 100 ms.
const secondLook = 150 * time.Millisecond

// soonLook is when it is asked for the first time whether it has.
const soonLook = 20 * time.Millisecond

// confirm asks again where PM2 says online and /proc shows no such process:
// between the two looks it may have died and been started anew, which is not
// what a phantom is. One that was confirmed before and was not started since is
// believed at once.
func (c *Collector) confirm(ctx context.Context, l *look) error {
	suspects := l.suspects()
	if c.confirmed(l, suspects) {
		l.phantoms = phantoms(l.apps, suspects)
		return nil
	}
	for _, pause := range []time.Duration{soonLook, secondLook - soonLook} {
		if err := c.lookAgain(ctx, l, pause); err != nil {
			return err
		}
		if l.phantoms = phantoms(l.apps, suspects); len(l.phantoms) == 0 {
			break // PM2 has noticed meanwhile, as it mostly does at once
		}
	}
	c.phantoms = map[int]int64{}
	for _, app := range l.apps {
		if l.phantoms[app.ID] {
			c.phantoms[app.ID] = app.StartedAt.N
		}
	}

	return nil
}

// lookAgain asks PM2 and /proc once more after a pause.
func (c *Collector) lookAgain(ctx context.Context, l *look, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
	}
	apps, err := c.list(ctx, l)
	if err != nil {
		return err
	}
	table, err := c.Proc.Table()
	if err != nil {
		return fmt.Errorf("read processes: %w", err)
	}
	l.apps, l.table = apps, table

	return nil
}

// suspects are the apps that PM2 says are online and that do not live: their
// pid by their pm_id.
func (l *look) suspects() map[int]int {
	suspects := map[int]int{}
	for _, app := range l.apps {
		if app.Status == "online" && !l.lives(app) {
			suspects[app.ID] = app.PID
		}
	}

	return suspects
}

// confirmed tells whether all suspects were found to be phantoms before.
func (c *Collector) confirmed(l *look, suspects map[int]int) bool {
	for _, app := range l.apps {
		if _, suspect := suspects[app.ID]; !suspect {
			continue
		}
		if started, known := c.phantoms[app.ID]; !known || !app.StartedAt.Known || started != app.StartedAt.N {
			return false
		}
	}

	return true
}

// phantoms are the suspects that PM2 still says are online under the same pid.
func phantoms(apps []pm2.App, suspects map[int]int) map[int]bool {
	found := map[int]bool{}
	for _, app := range apps {
		if pid, suspect := suspects[app.ID]; suspect && app.Status == "online" && app.PID == pid {
			found[app.ID] = true
		}
	}

	return found
}

// lives tells whether PM2's pid of an app is a living process. Where PM2 runs in
// another pid namespace it is believed.
func (l *look) lives(app pm2.App) bool {
	if l.elsewhere {
		return app.PID > 0
	}
	process, found := l.table.Process(app.PID)

	return app.PID > 0 && found && process.State != 'Z'
}

// lifeMS is for how long the process of an app has lived; false where it does
// not live or that cannot be told.
func (l *look) lifeMS(app pm2.App) (int64, bool) {
	if !l.lives(app) {
		return 0, false
	}
	if l.elsewhere {
		return max(0, l.at.UnixMilli()-app.StartedAt.N), app.StartedAt.Known
	}
	process, _ := l.table.Process(app.PID)

	return max(0, l.bootMS-int64(process.Start)*1000/ticksPerSecond), true
}

// processID names an instance of an app.
func (c *Collector) processID(name string, instance int) schemas.ID {
	return schemas.NewID("pm2", c.Scope, "process", name, instance)
}
