package pm2

import (
	"rr/internal/pm2"
	"rr/schemas"
)

// stopping is when PM2 was first seen stopping a process, and which.
type stopping struct {
	sinceMS int64 // boot clock
	pid     int
}

// countStopping tells for how long PM2 has been stopping a process, as far as
// rr has seen it. Another process of the app begins anew.
func (c *Collector) countStopping(id schemas.ID, app pm2.App, nowMS int64, p *schemas.Process) {
	if app.KillTimeout.Known && app.KillTimeout.N >= 0 {
		p.KillTimeoutMS = &app.KillTimeout.N
	}
	if p.State != schemas.ProcessStopping {
		delete(c.stopping, id)
		return
	}
	before, known := c.stopping[id]
	if !known || before.pid != app.PID {
		before = stopping{sinceMS: nowMS, pid: app.PID}
		c.stopping[id] = before
	}
	passed := (nowMS - before.sinceMS) / 1000
	p.StoppingS = &passed
}
