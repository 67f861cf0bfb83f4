package pm2

import (
	"context"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// daemon makes the facts of the daemon.
func (c *Collector) daemon(ctx context.Context, l *look) schemas.Daemon {
	d := schemas.Daemon{
		State: string(l.status.State), Note: l.status.Note, Home: c.Home,
		Pidusage: unknown, VersionSkew: unknown, Logrotate: unknown,
		Events: c.events(), RunsRR: l.self.under(l.status.PID),
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
	if l.listError == nil {
		d.Pidusage, d.Logrotate = l.pidusage(), logrotate(l)
	}
	c.skew(ctx, l, &d)
	c.leftovers.into(&d, c.Home, l)
	l.readDumpInto(&d)
	c.restorableInto(ctx, l, &d)

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

// pidusage tells whether PM2 can measure its apps. It measures all of them in
// one go and shows 0 for each when that fails, as while one is a phantom; its
// own limits of memory are off then.
func (l *look) pidusage() string {
	state := unknown
	for _, app := range l.apps {
		if app.Status != "online" || !app.MonitoredMemory.Known || !l.lives(app) {
			continue
		}
		if app.MonitoredMemory.N > 0 {
			return "working"
		}
		state = "broken"
	}

	return state
}

// logrotate tells how the module is that keeps logs from filling the disk.
func logrotate(l *look) string {
	module, found := pm2.LogRotate(l.apps)
	switch {
	case !found:
		return "missing"
	case module.Status == "online" && l.lives(module):
		return "online"
	}

	return "stopped"
}
