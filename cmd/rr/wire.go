package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // maintenance windows have a zone, also where the host knows none

	actpm2 "rr/actions/pm2"
	seenetlify "rr/collectors/netlify"
	seepm2 "rr/collectors/pm2"
	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/policies"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// verbs is every verb that rr has, with its rung in the ladder of each kind
// that it may act on.
func verbs() []schemas.Verb {
	return slices.Concat(pm2Verbs(), githubVerbs(), netlifyVerbs(), backupVerbs())
}

func pm2Verbs() []schemas.Verb {
	process := func(name string, rung int) schemas.Verb {
		return schemas.Verb{Name: name, Rungs: map[string]int{"pm2/process": rung}}
	}
	daemon := func(name string) schemas.Verb {
		return schemas.Verb{Name: name, Rungs: map[string]int{"pm2/daemon": 0}}
	}
	update := daemon("pm2.update_daemon")
	update.ByHand = true

	return []schemas.Verb{
		process("pm2.reload", 0), process("pm2.restart", 1), process("pm2.stop_start", 2), process("pm2.recreate", 3),
		process("pm2.start_ecosystem", 4), {Name: "pm2.resurrect", Rungs: map[string]int{"pm2/process": 5, "pm2/daemon": 0}},
		process("pm2.restore_app", 6), process("pm2.stop", 7), process("pm2.reset", 0),
		{Name: "pm2.restore_dump", Rungs: map[string]int{"pm2/daemon": 1}},
		daemon("pm2.end_orphans"), daemon("pm2.save"), update,
	}
}

// actors is who performs each verb.
func actors(homes actpm2.Homes, files actpm2.Files, dumps actpm2.Dumps) map[string]runner.Actor {
	return map[string]runner.Actor{
		"pm2.reload":          actpm2.Reload{Homes: homes},
		"pm2.restart":         actpm2.Restart{Homes: homes},
		"pm2.stop_start":      actpm2.StopStart{Homes: homes},
		"pm2.recreate":        actpm2.Recreate{Homes: homes},
		"pm2.resurrect":       actpm2.Resurrect{Homes: homes},
		"pm2.restore_dump":    actpm2.RestoreDump{Homes: homes, Dumps: dumps},
		"pm2.restore_app":     actpm2.RestoreApp{Homes: homes, Dumps: dumps},
		"pm2.start_ecosystem": actpm2.StartEcosystem{Homes: homes, Files: files},
		"pm2.stop":            actpm2.Stop{Homes: homes},
		"pm2.reset":           actpm2.Reset{Homes: homes},
		"pm2.end_orphans":     actpm2.EndOrphans{Homes: homes, Files: files},
		"pm2.save":            actpm2.Save{Homes: homes},
		"pm2.update_daemon":   actpm2.UpdateDaemon{Homes: homes},
	}
}

// collectorKey is what a collector cannot change while it is kept.
type collectorKey struct {
	scope, home string
	events      bool
}

// wiring makes setups of configurations. It keeps collectors over a reload,
// since they remember what they saw.
type wiring struct {
	main  *Main
	state string // directory
	holds bool   // this rr holds the state, so that it may write there

	readers *ecosystemReaders // of what is backed up

	mu         sync.Mutex
	collectors map[collectorKey]*watched
	kept       kept                                  // of the other systems
	listen     func(*seepm2.Collector) (stop func()) // how to listen to events; nil does not

	boarding sync.Mutex
	boards   map[string]*seenetlify.Board // by scope
}

// watched is a collector that is in use, and how to end listening to it.
type watched struct {
	*seepm2.Collector
	stop func()
}

func (m *Main) newWiring(state string) *wiring {
	return &wiring{main: m, state: state, readers: newEcosystemReaders(), collectors: map[collectorKey]*watched{}, boards: map[string]*seenetlify.Board{}}
}

func engineOptions(loaded config.Loaded) policies.Options {
	return policies.Options{Config: loaded.Config, Dir: loaded.PolicyDir(), Verbs: verbs(), ConfigHash: loaded.Hash}
}

// engine compiles the policies of a configuration.
func engine(loaded config.Loaded) (*policies.Engine, error) {
	e, err := policies.Load(engineOptions(loaded))
	if err != nil {
		return nil, usage(err)
	}

	return e, usage(selectorsMean(loaded.Config, e))
}

// setup makes what a runner works with. Nothing of what is in use changes
// before the setup is put in force.
func (w *wiring) setup(loaded config.Loaded, e *policies.Engine) (runner.Setup, error) {
	saved := w.backups(loaded)
	setup := runner.Setup{
		Config: loaded.Config, Decider: e, Actors: actors(w.main.homes(loaded), ecosystemFiles(loaded), saved.dumps()),
		Policies: schemas.Bundle{Hash: e.Hash(), Files: e.Files()},
		Source:   schemas.Bundle{Hash: loaded.Hash, Files: map[string][]byte{config.FileName: loaded.Text}},
	}
	use := map[collectorKey]*watched{}
	for _, scope := range slices.Sorted(maps.Keys(loaded.Config.PM2)) {
		entry := located(loaded, scope)
		home, err := w.main.pm2Home(loaded, entry)
		if err != nil {
			return runner.Setup{}, fmt.Errorf("pm2: %s: %w", scope, err)
		}
		key := collectorKey{scope, home, entry.Events}
		use[key] = w.collector(key, entry, loaded.Config.Settle.Of())
		setup.Watches = append(setup.Watches, runner.Watch{
			Name: "pm2/" + scope, Sources: []string{"pm2/" + scope + "/daemon", "pm2/" + scope + "/process", "pm2/" + scope + "/ecosystem"},
			Collector: use[key].Collector, Timeout: entry.Timeout.Of(), StaleAfter: entry.StaleAfter.Of(),
		})
	}
	others := kept{}
	github, err := w.githubWatches(loaded, others)
	if err != nil {
		return runner.Setup{}, err
	}
	setup.Watches = append(setup.Watches, github...)
	netlify, err := w.netlifyWatches(loaded, others)
	if err != nil {
		return runner.Setup{}, err
	}
	setup.Watches = append(setup.Watches, netlify...)
	setup.Watches = append(setup.Watches, w.backupWatches(loaded, others)...)
	maps.Copy(setup.Actors, githubActors(w.repositories(loaded), saved))
	maps.Copy(setup.Actors, netlifyActors(w.sites(loaded), saved))
	withBackups(setup.Actors, saved)
	if loaded.Config.Backup != nil {
		maps.Copy(setup.Actors, backupActors(saved))
		setup.Backups = saved
	}
	setup.OnUse = func() {
		w.use(use, loaded)
		w.useOthers(others, loaded)
	}

	return setup, nil
}

// collector returns the one in use, or a new one that nothing uses yet.
func (w *wiring) collector(key collectorKey, entry schemas.PM2, settle time.Duration) *watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	if kept := w.collectors[key]; kept != nil {
		return kept
	}

	return &watched{Collector: seepm2.New(key.scope, key.home, entry, settle, seepm2.FindSelf(w.main.Getenv))}
}

// hear makes collectors that are in use, and those that will be, listened to.
func (w *wiring) hear(listen func(*seepm2.Collector) (stop func())) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = listen
	for key, collector := range w.collectors {
		if key.events && collector.stop == nil {
			collector.stop = listen(collector.Collector)
		}
	}
}

// use takes collectors into use with their configuration, and lets go of the
// others.
func (w *wiring) use(collectors map[collectorKey]*watched, loaded config.Loaded) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, old := range w.collectors {
		if collectors[key] == nil {
			old.end()
		}
	}
	w.collectors = collectors
	for key, collector := range collectors {
		collector.Configure(located(loaded, key.scope), loaded.Config.Settle.Of())
		collector.Remember(w.backups(loaded).seenDumps())
		if key.events && w.listen != nil && collector.stop == nil {
			collector.stop = w.listen(collector.Collector)
		}
	}
}

// useOthers takes the collectors of other systems into use.
func (w *wiring) useOthers(others kept, loaded config.Loaded) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = others
	for _, collector := range others {
		collector.configure(loaded)
	}
}

// close lets go of everything.
func (w *wiring) close() { w.use(nil, config.Loaded{}) }

func (c *watched) end() {
	if c.stop != nil {
		c.stop()
	}
	_ = c.Close()
}

// located is the entry of a scope with the paths of its ecosystem files made
// absolute.
func located(loaded config.Loaded, scope string) schemas.PM2 {
	entry := loaded.Config.PM2[scope]
	entry.Ecosystem = ecosystemFiles(loaded)(scope)

	return entry
}

// ecosystemFiles gives the ecosystem files of a scope, absolute.
func ecosystemFiles(loaded config.Loaded) actpm2.Files {
	return func(scope string) []string {
		var files []string
		for _, file := range loaded.Config.PM2[scope].Ecosystem {
			files = append(files, loaded.Resolve(file))
		}

		return files
	}
}

// homes finds the PM2 home of a scope.
func (m *Main) homes(loaded config.Loaded) actpm2.Homes {
	return func(scope string) (string, schemas.PM2, bool) {
		entry, found := loaded.Config.PM2[scope]
		if !found {
			return "", schemas.PM2{}, false
		}
		home, err := m.pm2Home(loaded, entry)

		return home, entry, err == nil
	}
}

// pm2Home is where PM2 keeps its sockets: as configured, relative to the
// configuration's folder, else as PM2 finds it.
func (m *Main) pm2Home(loaded config.Loaded, entry schemas.PM2) (string, error) {
	if entry.Home != "" {
		return loaded.Resolve(entry.Home), nil
	}

	return pm2.DefaultHome()
}

// now tells the time in every way but rr's own clock, which the runner keeps.
func (m *Main) now() (func() schemas.Moment, error) {
	if m.moment != nil {
		return m.moment, nil
	}
	fs := procfs.FS{}
	host, err := fs.HostID()
	if err != nil {
		return nil, fmt.Errorf("tell the host: %w", err)
	}
	boot, err := fs.BootID()
	if err != nil {
		return nil, fmt.Errorf("tell the boot: %w", err)
	}

	return func() schemas.Moment {
		return schemas.Moment{At: m.Now().UTC(), HostID: host, BootID: boot, BootMS: procfs.Boottime()}
	}, nil
}

// stateDir is where the journal is.
func (m *Main) stateDir(flag, configPath string) string {
	switch {
	case flag != "":
		return flag
	case m.Getenv("RR_STATE") != "":
		return m.Getenv("RR_STATE")
	}

	return filepath.Join(filepath.Dir(configPath), ".rr")
}

// workingDir is where commands look for redundancy.cue.
func workingDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}

	return dir
}
