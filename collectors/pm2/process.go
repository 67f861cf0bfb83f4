package pm2

import (
	"slices"

	"rr/internal/pm2"
	"rr/schemas"
)

// ticksPerSecond is the unit of process times in /proc; Linux has it fixed.
const ticksPerSecond = 100

// processes makes the facts of every process that PM2 knows, and of every one
// that is expected and that it does not know.
func (c *Collector) processes(l look) map[schemas.ID]schemas.Process {
	facts := make(map[schemas.ID]schemas.Process, len(l.apps))
	known := map[string]bool{}
	instances := pm2.Instances(l.apps)
	for _, app := range l.apps {
		known[app.Name] = true
		id := schemas.NewID("pm2", c.Scope, "process", app.Name, instances[app.ID])
		facts[id] = c.process(id, app, instances[app.ID], l)
	}
	for _, name := range c.config.Load().Expect {
		if known[name] {
			continue
		}
		id := schemas.NewID("pm2", c.Scope, "process", name, 0)
		facts[id] = schemas.Process{Name: name, State: schemas.ProcessMissing, Expected: true, Autorestart: "unknown"}
	}
	c.forget(facts, l)

	return facts
}

func (c *Collector) process(id schemas.ID, app pm2.App, instance int, l look) schemas.Process {
	p := schemas.Process{
		Name: app.Name, Namespace: app.Namespace, Instance: instance,
		State: c.state(l, app), Status: app.Status, Expected: slices.Contains(c.config.Load().Expect, app.Name),
		PMID: &app.ID, Autorestart: yesNo(app.Autorestart), CronRestart: app.CronRestart,
		ExecMode: app.ExecMode, Script: app.ExecPath, Cwd: app.CWD,
		RunsRR: c.Self.inside(c.Home, app, l.table),
	}
	c.countRestarts(id, app, l.bootMS, &p)
	if limit := c.memoryLimit(app); limit > 0 {
		p.MemoryLimitBytes = &limit
	}
	if app.PID > 0 && c.lives(l, app) {
		p.PID = &app.PID
		c.measure(app, l, &p)
	}

	return p
}

// state derives what a process is in from what PM2 says and /proc shows.
func (c *Collector) state(l look, app pm2.App) string {
	switch app.Status {
	case "online":
		if !c.lives(l, app) {
			return schemas.ProcessPhantom
		}
		return schemas.ProcessOnline
	case "launching", "one-launch-status":
		return schemas.ProcessLaunching
	case "stopping":
		return schemas.ProcessStopping
	case "stopped":
		return schemas.ProcessStopped
	case "waiting restart":
		return schemas.ProcessWaiting
	case "errored":
		return schemas.ProcessErrored
	}

	return schemas.ProcessUnknown
}

func (c *Collector) memoryLimit(app pm2.App) int64 {
	if c.config.Load().Memory.Limit > 0 {
		return int64(c.config.Load().Memory.Limit)
	}

	return app.MaxMemory.Or(0)
}

func yesNo(b pm2.Bool) string {
	switch {
	case !b.Known:
		return "unknown"
	case b.B:
		return "yes"
	}

	return "no"
}

// forget drops what was remembered of processes that are gone.
func (c *Collector) forget(facts map[schemas.ID]schemas.Process, l look) {
	for id := range c.restarts {
		if _, there := facts[id]; !there {
			delete(c.restarts, id)
		}
	}
	for pid := range c.usage {
		if _, there := l.table.Process(pid); !there {
			delete(c.usage, pid)
		}
	}
}
