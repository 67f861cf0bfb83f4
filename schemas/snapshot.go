package schemas

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"
)

// Moment is when something was, in every way that rr tells time. ClockMS is
// rr's own clock: milliseconds of this state directory's life while its host
// was up, suspend included. It never goes back and no change of the wall clock
// moves it, so windows, cooldowns and budgets are measured on it.
type Moment struct {
	At      time.Time `json:"at"` // wall clock, UTC
	HostID  string    `json:"host_id"`
	BootID  string    `json:"boot_id"`
	BootMS  int64     `json:"boot_ms"`  // since boot, suspend included
	ClockMS int64     `json:"clock_ms"` // rr's clock
}

// Snapshot is everything that a decision reads, at one instant.
type Snapshot struct {
	Version int    `json:"version"`
	RR      string `json:"rr"` // version of rr that took it
	Turn    int64  `json:"turn"`
	Moment  Moment `json:"moment"`
	Mode    string `json:"mode"`

	Operator  Operator  `json:"operator"`  // what persons asked for, as of the turn before
	Emergency Emergency `json:"emergency"` // how it stands with the mode, as of the turn before

	Sources    map[string]Source `json:"sources"` // by system/scope/kind
	Daemons    map[ID]Daemon     `json:"daemons"`
	Processes  map[ID]Process    `json:"processes"`
	Ecosystems map[ID]Ecosystem  `json:"ecosystems"`
	Workflows  map[ID]Workflow   `json:"workflows"`
	Runs       map[ID]Runs       `json:"runs"`
	Repos      map[ID]Repo       `json:"repos"`
	Functions  map[ID]Function   `json:"functions"`
	Manifests  map[ID]Manifest   `json:"manifests"`
	Sites      map[ID]Site       `json:"sites"`
	Endpoints  map[ID]Endpoint   `json:"endpoints"`
	BackupSets map[ID]BackupSet  `json:"backup_sets"`

	Attempts  []Attempt             `json:"attempts"`  // of open incidents, and all within the budgets' windows; oldest first
	Incidents map[ID]Incident       `json:"incidents"` // open or exhausted, by subject
	Flaps     map[ID]int            `json:"flaps"`     // times a subject fell below healthy within flap_window, where not 0
	Asked     map[string]AskedSince `json:"asked"`     // by target, verb and policy, as of the turn before

	DryRun bool    `json:"dry_run,omitempty"` // rr was told to act on nothing
	Hand   *Action `json:"hand,omitempty"`    // what a person asked for; then nothing else is considered

	HeldUntilMS int64 `json:"held_until_ms,omitempty"` // rr's clock until which nothing is done, since an earlier journal was lost
}

// AskedSince is since when a policy has asked for an action without a break.
type AskedSince struct {
	ClockMS int64 `json:"clock_ms"`
}

// NewSnapshot returns a snapshot with nothing in it, ready to be filled.
func NewSnapshot(rr string, moment Moment) Snapshot {
	return Snapshot{
		Version:    SnapshotVersion,
		RR:         rr,
		Moment:     moment,
		Mode:       ModeNormal,
		Sources:    map[string]Source{},
		Daemons:    map[ID]Daemon{},
		Processes:  map[ID]Process{},
		Ecosystems: map[ID]Ecosystem{},
		Workflows:  map[ID]Workflow{}, Runs: map[ID]Runs{}, Repos: map[ID]Repo{},
		Functions: map[ID]Function{}, Manifests: map[ID]Manifest{}, Sites: map[ID]Site{}, Endpoints: map[ID]Endpoint{},
		BackupSets: map[ID]BackupSet{},
		Attempts:   []Attempt{},
		Incidents:  map[ID]Incident{},
		Flaps:      map[ID]int{},
		Asked:      map[string]AskedSince{},
	}
}

// kept is the subjects of one kind, whatever their facts are.
type kept interface {
	facts(id ID) (any, bool)
	ids() iter.Seq[ID]
}

type subjects[F any] map[ID]F

func (all subjects[F]) facts(id ID) (any, bool) {
	facts, ok := all[id]
	return facts, ok
}

func (all subjects[F]) ids() iter.Seq[ID] { return maps.Keys(all) }

// kinds lists the subjects of every kind.
func (s Snapshot) kinds() []kept {
	return []kept{
		subjects[Daemon](s.Daemons), subjects[Process](s.Processes), subjects[Ecosystem](s.Ecosystems),
		subjects[Workflow](s.Workflows), subjects[Runs](s.Runs), subjects[Repo](s.Repos),
		subjects[Function](s.Functions), subjects[Manifest](s.Manifests), subjects[Site](s.Sites), subjects[Endpoint](s.Endpoints),
		subjects[BackupSet](s.BackupSets),
	}
}

// Facts returns what is known of a subject: a Process, a Workflow, …
func (s Snapshot) Facts(id ID) (any, bool) {
	for _, kind := range s.kinds() {
		if facts, ok := kind.facts(id); ok {
			return facts, true
		}
	}

	return nil, false
}

// Has tells whether the snapshot holds a subject.
func (s Snapshot) Has(id ID) bool {
	_, ok := s.Facts(id)
	return ok
}

// RunsRR tells whether rr itself runs under a subject.
func (s Snapshot) RunsRR(id ID) bool {
	return s.Daemons[id].RunsRR || s.Processes[id].RunsRR
}

// Subjects lists every subject, sorted.
func (s Snapshot) Subjects() []ID {
	var all []ID
	for _, kind := range s.kinds() {
		all = slices.AppendSeq(all, kind.ids())
	}
	slices.Sort(all)

	return all
}

// Complete fills in what a snapshot of an earlier rr, or one written by hand,
// does not say: it is unknown, or nothing of the kind was found.
func (s Snapshot) Complete() {
	for id, p := range s.Processes {
		p.Autorestart = cmp.Or(p.Autorestart, "unknown")
		if p.Expected {
			p.Wanted = cmp.Or(p.Wanted, "running")
		}
		p.Wanted = cmp.Or(p.Wanted, "either")
		p.Cause = cmp.Or(p.Cause, "none")
		p.Saved = cmp.Or(p.Saved, "unknown")
		p.Restorable = cmp.Or(p.Restorable, "unknown")
		p.InEcosystem = cmp.Or(p.InEcosystem, "unknown")
		s.Processes[id] = p
	}
	for id, d := range s.Daemons {
		d.Dump = cmp.Or(d.Dump, "unknown")
		d.Restorable = cmp.Or(d.Restorable, "unknown")
		d.Events = cmp.Or(d.Events, "off")
		d.Pidusage = cmp.Or(d.Pidusage, "unknown")
		d.VersionSkew = cmp.Or(d.VersionSkew, "unknown")
		d.Logrotate = cmp.Or(d.Logrotate, "unknown")
		s.Daemons[id] = d
	}
}
