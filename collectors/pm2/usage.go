package pm2

import (
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// usage is what the tree of a process had used at an earlier look.
type usage struct {
	start  uint64 // of the process, so that a pid used again is not taken for it
	cpu    time.Duration
	bootMS int64
}

// measure reads memory and CPU of the tree of a living process from /proc.
// PM2's own figures are those of the first process alone, and 0 for all of
// them while one app is a phantom.
func (c *Collector) measure(app pm2.App, l look, p *schemas.Process) {
	if l.elsewhere {
		return
	}
	process, found := l.table.Process(app.PID)
	tree, _ := l.table.Tree(app.PID)
	if !found {
		return
	}
	uptime := l.bootMS/1000 - int64(process.Start)/ticksPerSecond
	p.UptimeS, p.MemoryBytes, p.TreeSize = &uptime, &tree.RSS, &tree.Count
	if p.MemoryLimitBytes != nil {
		pct := tree.RSS * 100 / *p.MemoryLimitBytes
		p.MemoryPct = &pct
	}

	before, seen := c.usage[app.PID]
	c.usage[app.PID] = usage{start: process.Start, cpu: tree.CPU, bootMS: l.bootMS}
	if passed := l.bootMS - before.bootMS; seen && before.start == process.Start && passed > 0 {
		pct := max(0, (tree.CPU-before.cpu).Milliseconds()*100/passed)
		p.CPUPct = &pct
	}
}
