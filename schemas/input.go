package schemas

import "time"

// SubjectInput is what every policy about one subject is asked with, beside the
// facts of its kind and the attempts on it.
type SubjectInput struct {
	ID         ID        `json:"id"`
	UnhealthyS int64     `json:"unhealthy_s"` // seconds since its incident opened, 0 with none
	Flaps      int       `json:"flaps"`       // times it fell below healthy within `flap_window`
	Exhausted  bool      `json:"exhausted"`   // its ladder has ended
	Needs      []Need    `json:"needs"`       // what the configuration says that it needs, in order of id; at most 100, those in trouble first
	Mode       string    `json:"mode"`
	Source     Source    `json:"source"`
	TakenAt    time.Time `json:"taken_at"`
}

// Need is a subject that another one needs, as it is seen.
type Need struct {
	ID         ID     `json:"id"`
	State      string `json:"state"`       // as its own facts say; unknown where they are, and where it was not seen
	UnhealthyS int64  `json:"unhealthy_s"` // seconds since its incident opened, 0 with none
}

// ProcessInput is what a policy of pm2/process is asked with, about one
// subject.
type ProcessInput struct {
	SubjectInput

	Process  Process             `json:"process"`
	Attempts map[string]Attempts `json:"attempts"` // every verb of the kind, zeros where never tried
	Parent   Daemon              `json:"parent"`   // the daemon it belongs to
	Peers    ProcessPeers        `json:"peers"`
}

// ProcessPeers counts the processes of the same scope by state, the subject
// among them.
type ProcessPeers struct {
	Total         int `json:"total"`
	Online        int `json:"online"`
	Launching     int `json:"launching"`
	Stopping      int `json:"stopping"`
	Stopped       int `json:"stopped"`
	Finished      int `json:"finished"`
	Waiting       int `json:"waiting"`
	CrashLoop     int `json:"crash_loop"`
	Errored       int `json:"errored"`
	HiddenErrored int `json:"hidden_errored"`
	Phantom       int `json:"phantom"`
	Missing       int `json:"missing"`
	Unknown       int `json:"unknown"`
}

// DaemonInput is what a policy of pm2/daemon is asked with, about one subject.
type DaemonInput struct {
	SubjectInput

	Daemon   Daemon              `json:"daemon"`
	Attempts map[string]Attempts `json:"attempts"`
}

// EcosystemInput is what a policy of pm2/ecosystem is asked with, about one
// ecosystem file.
type EcosystemInput struct {
	SubjectInput

	Ecosystem Ecosystem           `json:"ecosystem"`
	Attempts  map[string]Attempts `json:"attempts"`
	Parent    Daemon              `json:"parent"`
}

// WorkflowInput is what a policy of github/workflow is asked with, about one
// workflow file.
type WorkflowInput struct {
	SubjectInput

	Workflow Workflow            `json:"workflow"`
	Attempts map[string]Attempts `json:"attempts"`
}

// RunsInput is what a policy of github/runs is asked with, about the runs of
// one workflow.
type RunsInput struct {
	SubjectInput

	Runs     Runs                `json:"runs"`
	Attempts map[string]Attempts `json:"attempts"`
	Parent   Repo                `json:"parent"` // the repository
	Peers    RunsPeers           `json:"peers"`
}

// RunsPeers counts the workflows of the same scope by how their newest finished
// run ended, the subject among them.
type RunsPeers struct {
	Total          int `json:"total"`
	Success        int `json:"success"`
	Failure        int `json:"failure"` // timed out ones among them
	StartupFailure int `json:"startup_failure"`
	Cancelled      int `json:"cancelled"`
	None           int `json:"none"`
	Other          int `json:"other"`
	Queued         int `json:"queued"` // workflows with a run that waits for a runner
}

// RepoInput is what a policy of github/repo is asked with, about one
// repository.
type RepoInput struct {
	SubjectInput

	Repo     Repo                `json:"repo"`
	Attempts map[string]Attempts `json:"attempts"`
}

// FunctionInput is what a policy of netlify/function is asked with, about the
// source of one function.
type FunctionInput struct {
	SubjectInput

	Function Function            `json:"function"`
	Attempts map[string]Attempts `json:"attempts"`
	Parent   Manifest            `json:"parent"`         // the list of functions
	Site     *Site               `json:"site,omitempty"` // what is deployed, where that is known
}

// ManifestInput is what a policy of netlify/manifest is asked with, about the
// list of a site's functions.
type ManifestInput struct {
	SubjectInput

	Manifest Manifest            `json:"manifest"`
	Attempts map[string]Attempts `json:"attempts"`
}

// SiteInput is what a policy of netlify/site is asked with, about one site.
type SiteInput struct {
	SubjectInput

	Site     Site                `json:"site"`
	Attempts map[string]Attempts `json:"attempts"`
}

// EndpointInput is what a policy of netlify/endpoint is asked with, about one
// configured probe.
type EndpointInput struct {
	SubjectInput

	Endpoint Endpoint            `json:"endpoint"`
	Attempts map[string]Attempts `json:"attempts"`
}

// BackupSetInput is what a policy of backup/set is asked with, about one set of
// files that is backed up.
type BackupSetInput struct {
	SubjectInput

	Set      BackupSet           `json:"set"`
	Attempts map[string]Attempts `json:"attempts"`
}

// OverallInput is what policies.overall is asked with, once a turn, after every
// subject has been judged.
type OverallInput struct {
	Components map[string]ComponentSums `json:"components"`       // by system; only those that are configured
	Health     *HealthAnswer            `json:"health,omitempty"` // how the whole was judged; only where mode is asked for
	Mode       string                   `json:"mode"`
	TakenAt    time.Time                `json:"taken_at"`
}

// ComponentSums is what rr keeps of one system's subjects for policies.overall.
type ComponentSums struct {
	Subjects       int      `json:"subjects"`        // judged, the unknown ones not among them
	Sum            int      `json:"sum"`             // of their scores
	Min            int      `json:"min"`             // of their scores; 100 with none
	Healthy        int      `json:"healthy"`         // subjects
	Warning        int      `json:"warning"`         // subjects
	Critical       int      `json:"critical"`        // subjects
	Unknown        int      `json:"unknown"`         // subjects that a policy failed on
	UnknownSources []string `json:"unknown_sources"` // system/scope/kind, sorted
	Worst          []string `json:"worst"`           // reasons of the worst subjects, worst first, at most 3
}
