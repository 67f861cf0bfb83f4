package pm2

import (
	"rr/internal/pm2"
	"rr/schemas"
)

// lastExit tells how a process last ended. Only the daemon's log says so, which
// the bus carries; of what ended before rr listened nothing is known.
func (c *Collector) lastExit(app pm2.App, l *look, p *schemas.Process) {
	exit, seen := c.exits.Last(app)
	if !seen {
		return
	}
	if exit.Code.Known {
		p.LastExitCode = &exit.Code.N
	}
	p.LastExitSignal = exit.Signal
	if !exit.At.IsZero() {
		since := max(0, int64(l.at.Sub(exit.At).Seconds()))
		p.LastExitS = &since
	}
}
