package pm2

import (
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// usage is what the tree of a process had used at earlier looks.
type usage struct {
	start  uint64 // of the process, so that a pid used again is not taken for it
	cpu    time.Duration
	bootMS int64
	memory trend
}

// measure reads memory and CPU of the tree of a living process from /proc.
// PM2's own figures are those of the first process alone, and 0 for all of
// them while one app is a phantom.
func (c *Collector) measure(app pm2.App, l *look, p *schemas.Process) {
	if life, known := l.lifeMS(app); known {
		life /= 1000
		p.UptimeS = &life
	}
	process, found := l.table.Process(app.PID)
	if l.elsewhere || !found {
		return
	}
	tree, _ := l.table.Tree(app.PID)
	p.MemoryBytes, p.TreeSize = &tree.RSS, &tree.Count
	if p.MemoryLimitBytes != nil {
		pct := tree.RSS * 100 / *p.MemoryLimitBytes
		p.MemoryPct = &pct
	}

	before, seen := c.usage[app.PID]
	if !seen || before.start != process.Start {
		before = &usage{start: process.Start, cpu: tree.CPU, bootMS: l.bootMS}
		c.usage[app.PID] = before
	}
	if passed := l.bootMS - before.bootMS; passed > 0 {
		pct := max(0, (tree.CPU-before.cpu).Milliseconds()*100/passed)
		p.CPUPct = &pct
	}
	before.cpu, before.bootMS = tree.CPU, l.bootMS
	before.memory.see(l.bootMS, tree.RSS)
	if p.MemoryLimitBytes != nil {
		p.MemoryFullS = before.memory.fullIn(*p.MemoryLimitBytes, tree.RSS)
	}
}
