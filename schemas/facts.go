package schemas

import "time"

// Facts is what one collector saw in one sweep. It knows its own fields of a
// Snapshot, so that nothing between the collector and the policies has to.
type Facts interface {
	// Into puts the facts and the sources they came from into a snapshot.
	Into(*Snapshot)
}

// PM2Facts is what one PM2 home shows.
type PM2Facts struct {
	Scope      string
	TakenAt    time.Time
	Daemon     Daemon
	Processes  map[ID]Process
	Ecosystems map[ID]Ecosystem
	// ProcessError says why the list of processes is unknown, empty where it is
	// known. A daemon that is dead is known; its processes are not.
	ProcessError string
}

// Into puts the daemon, the processes, the ecosystem files and their sources
// into a snapshot.
func (f PM2Facts) Into(s *Snapshot) {
	s.Daemons[NewID("pm2", f.Scope, "daemon", "pm2", 0)] = f.Daemon
	s.Sources["pm2/"+f.Scope+"/daemon"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	s.Sources["pm2/"+f.Scope+"/ecosystem"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	for id, ecosystem := range f.Ecosystems {
		s.Ecosystems[id] = ecosystem
	}
	if f.ProcessError != "" {
		s.Sources["pm2/"+f.Scope+"/process"] = Source{State: SourceUnknown, Error: f.ProcessError, TakenAt: f.TakenAt}
		return
	}
	s.Sources["pm2/"+f.Scope+"/process"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	for id, process := range f.Processes {
		s.Processes[id] = process
	}
}
