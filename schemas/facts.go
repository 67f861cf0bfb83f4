package schemas

import (
	"maps"
	"time"
)

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

// WorkflowFacts is what a checkout shows of workflow files.
type WorkflowFacts struct {
	Scope     string
	TakenAt   time.Time
	Workflows map[ID]Workflow
}

// Into puts the workflow files and their source into a snapshot.
func (f WorkflowFacts) Into(s *Snapshot) {
	s.Sources["github/"+f.Scope+"/workflow"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	for id, w := range f.Workflows {
		noNull(&w.Triggers, &w.Crons, &w.Unresolved)
		s.Workflows[id] = w
	}
}

// RepoFacts is what GitHub's API shows of a repository and its runs.
type RepoFacts struct {
	Scope   string
	TakenAt time.Time
	Repo    Repo
	Runs    map[ID]Runs
	// RunsError says why the runs are unknown, empty where they are known.
	RunsError string
}

// Into puts the repository, the runs and their sources into a snapshot.
func (f RepoFacts) Into(s *Snapshot) {
	s.Sources["github/"+f.Scope+"/repo"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	noNull(&f.Repo.Unreadable, &f.Repo.SecretsMissing)
	s.Repos[NewID("github", f.Scope, "repo", f.Scope, 0)] = f.Repo
	if f.RunsError != "" {
		s.Sources["github/"+f.Scope+"/runs"] = Source{State: SourceUnknown, Error: f.RunsError, TakenAt: f.TakenAt}
		return
	}
	s.Sources["github/"+f.Scope+"/runs"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	maps.Copy(s.Runs, f.Runs)
}

// FunctionFacts is what a site's folder shows of its functions.
type FunctionFacts struct {
	Scope     string
	TakenAt   time.Time
	Functions map[ID]Function
	Manifest  Manifest
}

// Into puts the functions, their list and the sources into a snapshot.
func (f FunctionFacts) Into(s *Snapshot) {
	s.Sources["netlify/"+f.Scope+"/function"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	s.Sources["netlify/"+f.Scope+"/manifest"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	for id, function := range f.Functions {
		noNull(&function.Routes, &function.Env)
		s.Functions[id] = function
	}
	noNull(&f.Manifest.Ghosts, &f.Manifest.Orphans, &f.Manifest.Drift, &f.Manifest.HeadersMissing)
	s.Manifests[NewID("netlify", f.Scope, "manifest", "functions", 0)] = f.Manifest
}

// SiteFacts is what Netlify's API shows of a site.
type SiteFacts struct {
	Scope   string
	TakenAt time.Time
	Site    Site
}

// Into puts the site and its source into a snapshot.
func (f SiteFacts) Into(s *Snapshot) {
	s.Sources["netlify/"+f.Scope+"/site"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	noNull(
		&f.Site.FunctionsMissing, &f.Site.FunctionsExtra, &f.Site.FunctionsLost, &f.Site.FunctionsInvalid, &f.Site.FunctionsFailing,
		&f.Site.SchedulesLost, &f.Site.EnvMissing, &f.Site.Unreadable,
	)
	s.Sites[NewID("netlify", f.Scope, "site", f.Scope, 0)] = f.Site
}

// EndpointFacts is what the configured probes of a site found.
type EndpointFacts struct {
	Scope     string
	TakenAt   time.Time
	Endpoints map[ID]Endpoint
}

// Into puts the endpoints and their source into a snapshot.
func (f EndpointFacts) Into(s *Snapshot) {
	s.Sources["netlify/"+f.Scope+"/endpoint"] = Source{State: SourceOK, TakenAt: f.TakenAt}
	maps.Copy(s.Endpoints, f.Endpoints)
}

// noNull makes lists that hold nothing lists still: of null a policy can count
// nothing.
func noNull(lists ...*[]string) {
	for _, list := range lists {
		if *list == nil {
			*list = []string{}
		}
	}
}

// BackupFacts is what the store of backups and the files of its sets show.
type BackupFacts struct {
	TakenAt time.Time
	Sets    map[ID]BackupSet
}

// Into puts the sets and their source into a snapshot.
func (f BackupFacts) Into(s *Snapshot) {
	s.Sources[SetID("").Source()] = Source{State: SourceOK, TakenAt: f.TakenAt}
	maps.Copy(s.BackupSets, f.Sets)
}
