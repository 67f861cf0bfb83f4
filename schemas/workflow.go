package schemas

// What a workflow file may be in.
const (
	WorkflowValid   = "valid"   // GitHub can run it, whatever its warnings
	WorkflowInvalid = "invalid" // GitHub cannot run it
	WorkflowMissing = "missing" // expected, and not there
)

// Workflow is the definition of a GitHub Actions workflow, as a file of the
// checkout has it. Its runs are a subject of their own, since they are known
// from elsewhere.
type Workflow struct {
	Path         string   `json:"path"` // below the checkout, .github/workflows/ci.yml
	State        string   `json:"state"`
	Expected     bool     `json:"expected"`                // named in expect:
	Name         string   `json:"name,omitempty"`          // name: of the file
	Problem      string   `json:"problem,omitempty"`       // the first thing that makes it invalid, as line:column: text
	Problems     int      `json:"problems"`                // that make it invalid
	Warnings     int      `json:"warnings"`                // that do not
	Warning      string   `json:"warning,omitempty"`       // the first of them, as line:column: text
	Triggers     []string `json:"triggers"`                // push, schedule, workflow_dispatch …, sorted
	Crons        []string `json:"crons"`                   // with their time zone, where they have one
	Dispatchable bool     `json:"dispatchable"`            // a person or rr can start it
	Permissions  string   `json:"permissions"`             // of its token: default, none, read_all, write_all, custom
	Hollow       bool     `json:"hollow"`                  // its steps do nothing, or swallow every failure
	Unresolved   []string `json:"unresolved"`              // local actions and workflows that it uses and that are not there
	Generated    bool     `json:"generated"`               // rr made it, as the backup of another
	BackupOf     string   `json:"backup_of,omitempty"`     // file name of that other one
	BackedUpBy   string   `json:"backed_up_by,omitempty"`  // file name of the generated workflow that stands in for this one
	Committed    string   `json:"committed"`               // the checkout's last commit has it like this: yes, no or unknown
	Fixable      string   `json:"fixable"`                 // a known corruption that rr can mend: yes or no
	Restorable   string   `json:"restorable"`              // a valid version that differs is at hand: yes, no or unknown
	RestoreFrom  string   `json:"restore_from,omitempty"`  // where: the commit, or the backup
	UnknownKeys  int      `json:"unknown_keys"`            // warnings that GitHub may know better than rr; never a reason to restore
	SizeBytes    int64    `json:"size_bytes"`              // of the file, 0 where it is missing
	ChangedAgeS  *int64   `json:"changed_age_s,omitempty"` // seconds since it was last written
}
