package pm2

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// daemon makes the facts of the daemon.
func (c *Collector) daemon(ctx context.Context, l look) schemas.Daemon {
	d := schemas.Daemon{
		State: string(l.status.State), Note: l.status.Note, Home: c.Home,
		Events: c.events(), RunsRR: c.Self.under(c.Home, l.status.PID, l.table),
	}
	if l.status.PID > 0 {
		d.PID = &l.status.PID
	}
	if process, found := l.table.Process(l.status.PID); found && l.status.PID > 0 {
		uptime := l.bootMS/1000 - int64(process.Start)/ticksPerSecond
		d.UptimeS, d.MemoryBytes = &uptime, &process.RSS
	}
	if l.status.State == pm2.Serving {
		c.versions(ctx, &d, l.status.PID)
	}
	if l.status.State == pm2.Dead {
		orphans := len(pm2.Orphans(l.table, c.Home, 0))
		d.Orphans = &orphans
	}
	c.dump(&d)

	return d
}

// versions asks a daemon for its versions once: they stay as long as its pid.
func (c *Collector) versions(ctx context.Context, d *schemas.Daemon, pid int) {
	if c.reportOf != pid {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		report, err := c.client.Report(ctx)
		if err != nil {
			return
		}
		c.report, c.reportOf = report, pid
	}
	d.Version, d.NodeVersion = c.report.Version, c.report.NodeVersion
}

// dump tells what `pm2 save` left, which is all that a dead daemon can be
// brought back from.
func (c *Collector) dump(d *schemas.Daemon) {
	dump, err := pm2.ReadDump(c.Home)
	switch {
	case err == nil:
		saved := len(dump.Entries)
		d.Dump, d.SavedApps = "present", &saved
	case errors.Is(err, fs.ErrNotExist):
		d.Dump = "missing"
	case errors.Is(err, fs.ErrPermission):
		d.Dump = "unknown"
	default:
		d.Dump = "invalid"
	}
}
