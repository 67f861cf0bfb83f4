package pm2

import (
	"math"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/schemas"
)

// ticksPerSecond is the unit of process times in /proc; Linux has it fixed.
const ticksPerSecond = 100

// processes makes the facts of every watched process that PM2 knows, and of
// every one that should be there and that it does not know.
func (c *Collector) processes(l *look) map[schemas.ID]schemas.Process {
	facts := make(map[schemas.ID]schemas.Process, len(l.apps))
	online := map[string]int{}
	instances := pm2.Instances(l.apps)
	for _, app := range l.apps {
		if !watches(l.config.PM2, app.Name, app.Namespace) {
			continue
		}
		id := c.processID(app.Name, instances[app.ID])
		p := c.process(id, app, instances[app.ID], l)
		if p.State == schemas.ProcessOnline {
			online[app.Name]++
		}
		facts[id] = p
	}
	for id, p := range facts {
		if n := online[p.Name]; n > 0 {
			p.InstancesOnline = n
			facts[id] = p
		}
	}
	c.missing(l, facts)
	c.forget(facts, l)

	return facts
}

// process makes the facts of one process that PM2 knows.
func (c *Collector) process(id schemas.ID, app pm2.App, instance int, l *look) schemas.Process {
	p := schemas.Process{
		Name: app.Name, Namespace: app.Namespace, Instance: instance,
		Status: app.Status, PMID: &app.ID,
		Autorestart: yesNo(app.Autorestart), CronRestart: app.CronRestart,
		Wanted: l.desired.wantedOf(app), ExecMode: app.ExecMode, Script: app.ExecPath, Cwd: app.CWD,
		Module: app.Module.B, RunsRR: l.self.inside(app),
	}
	c.declare(l, &p)
	c.countRestarts(id, app, l.bootMS, &p)
	p.State = l.state(app, p.Restarts10m)
	p.Cause, p.CausePath = l.cause(app, p.State)
	c.countStopping(id, app, l.bootMS, &p)
	if limit := l.memoryLimit(app); limit > 0 {
		p.MemoryLimitBytes = &limit
	}
	if app.PID > 0 && l.lives(app) {
		p.PID = &app.PID
		c.measure(app, l, &p)
		readMetrics(app, &p)
		if l.mayBeRestarted(p) {
			p.Cause, p.CausePath = l.obstacle(app, p.State)
		}
	}
	c.lastExit(app, l, &p)
	c.measureLogs(app, l, &p)

	return p
}

// declare tells what expect:, ecosystem files and the dump say of a name.
func (c *Collector) declare(l *look, p *schemas.Process) {
	p.Expected = l.desired.expected(p.Name)
	p.InEcosystem, p.InstancesWanted = l.desired.inEcosystem(p.Name), l.desired.instances(p.Name)
	p.Saved = l.dump.holds(p.Name)
}

// missing adds what should be there and what PM2 does not know. That some of an
// app's instances are missing, the number of those that are online tells.
func (c *Collector) missing(l *look, facts map[schemas.ID]schemas.Process) {
	known := namesOf(l.apps)
	for _, name := range l.desired.names() {
		declared := l.desired.apps[name]
		if known[name] || !watches(l.config.PM2, name, declared.Namespace) {
			continue
		}
		p := schemas.Process{
			Name: name, Namespace: declared.Namespace, State: schemas.ProcessMissing, Wanted: l.desired.wanted(name),
			Autorestart: unknown, CronRestart: declared.CronRestart,
			ExecMode: declared.ExecMode, Script: declared.Script, Cwd: declared.CWD,
		}
		if l.desired.inEcosystem(name) == yes {
			p.Autorestart = yesNo(pm2.Bool{B: declared.Autorestart, Known: true})
		}
		c.declare(l, &p)
		p.Cause, p.CausePath = l.cause(asApp(declared), p.State)
		facts[c.processID(name, 0)] = p
	}
}

// asApp is what PM2 would know of an app of an ecosystem file.
func asApp(declared ecosystem.App) pm2.App {
	return pm2.App{ExecPath: declared.Script, CWD: declared.CWD, ExecMode: declared.ExecMode, Interpreter: declared.Interpreter}
}

// mayBeRestarted tells of a process that runs and uses so much memory that it
// may be restarted for it, which must not end what could not start again.
func (l *look) mayBeRestarted(p schemas.Process) bool {
	return p.State == schemas.ProcessOnline && p.MemoryPct != nil && *p.MemoryPct >= int64(l.config.Memory.RestartPct)
}

func (l *look) memoryLimit(app pm2.App) int64 {
	if l.config.Memory.Limit > 0 {
		return int64(l.config.Memory.Limit)
	}

	return app.MaxMemory.Or(0)
}

// readMetrics tells what a node app reports of itself.
func readMetrics(app pm2.App, p *schemas.Process) {
	p.EventLoopP50MS, p.EventLoopP95MS, p.HeapPct = whole(app.EventLoopP50), whole(app.EventLoopP95), whole(app.HeapUsage)
}

// whole rounds a number that an app gave; nil for one that means nothing.
func whole(f pm2.Float) *int64 {
	if !f.Known || !(f.N >= 0 && f.N < math.MaxInt32) {
		return nil
	}
	n := int64(math.Round(f.N))

	return &n
}

func yesNo(b pm2.Bool) string {
	switch {
	case !b.Known:
		return unknown
	case b.B:
		return yes
	}

	return no
}

// forget drops what was remembered of processes that are gone.
func (c *Collector) forget(facts map[schemas.ID]schemas.Process, l *look) {
	for id := range c.restarts {
		if _, there := facts[id]; !there {
			delete(c.restarts, id)
		}
	}
	for id := range c.stopping {
		if _, there := facts[id]; !there {
			delete(c.stopping, id)
		}
	}
	for pid := range c.usage {
		if _, there := l.table.Process(pid); !there {
			delete(c.usage, pid)
		}
	}
	c.logs = l.disks.sizes(l.bootMS)
}
