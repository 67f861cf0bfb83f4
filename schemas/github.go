package schemas

// What becomes of a workflow file that rr mended or made.
const (
	ChangesLeave       = "leave"        // it is written into the checkout, for a person to commit
	ChangesPullRequest = "pull_request" // it is offered as a pull request, and the checkout stays as it is
	ChangesPush        = "push"         // it is committed to the default branch through the API
)

// GitHub configures one repository.
type GitHub struct {
	Repo       string       `json:"repo"`
	Checkout   string       `json:"checkout"`
	BaseURL    string       `json:"base_url,omitempty"`
	TokenEnv   string       `json:"token_env,omitempty"`
	TokenFile  string       `json:"token_file,omitempty"`
	GHToken    bool         `json:"gh_token"`
	App        *GitHubApp   `json:"app,omitempty"`
	Expect     []string     `json:"expect"`
	Include    []string     `json:"include"`
	Exclude    []string     `json:"exclude"`
	Interval   Duration     `json:"interval"`
	Timeout    Duration     `json:"timeout"`
	StaleAfter Duration     `json:"stale_after"`
	Changes    string       `json:"changes"`
	BrokenFor  Duration     `json:"broken_for"`
	Issues     bool         `json:"issues"`
	Runs       GitHubRuns   `json:"runs"`
	Warn       GitHubWarn   `json:"warn"`
	Ladder     GitHubLadder `json:"ladder"`
}

// Access tells whether rr has been given a way to ask the API.
func (g GitHub) Access() bool {
	return g.TokenEnv != "" || g.TokenFile != "" || g.GHToken || g.App != nil
}

// GitHubApp is how rr signs in as a GitHub App.
type GitHubApp struct {
	ID           int64  `json:"id"`
	Installation int64  `json:"installation"`
	KeyFile      string `json:"key_file"`
}

// GitHubRuns configures what is wrong with the runs of a workflow.
type GitHubRuns struct {
	Critical   int      `json:"critical"`
	QueuedFor  Duration `json:"queued_for"`
	RunningFor Duration `json:"running_for"`
	LateBy     Duration `json:"late_by"`
	Rerun      string   `json:"rerun"`
	MaxAttempt int      `json:"max_attempt"`
	MaxAge     Duration `json:"max_age"`
}

// GitHubWarn configures what a person is told before it breaks.
type GitHubWarn struct {
	InactiveDays    int      `json:"inactive_days"`
	TokenExpires    Duration `json:"token_expires"`
	APIRemainingPct int      `json:"api_remaining_pct"`
}

// GitHubLadder configures the rungs of a workflow file and of its runs.
type GitHubLadder struct {
	FixFile        Rung `json:"fix_file"`
	RestoreFile    Rung `json:"restore_file"`
	GenerateBackup Rung `json:"generate_backup"`
	Enable         Rung `json:"enable"`
	Cancel         Rung `json:"cancel"`
	RerunFailed    Rung `json:"rerun_failed"`
	Rerun          Rung `json:"rerun"`
	Dispatch       Rung `json:"dispatch"`
	DispatchBackup Rung `json:"dispatch_backup"`
	OpenIssue      Rung `json:"open_issue"`
}

// Of returns the rung of a verb, and whether there is one.
func (l GitHubLadder) Of(verb string) (Rung, bool) {
	rung, ok := map[string]Rung{
		"github.fix_file": l.FixFile, "github.restore_file": l.RestoreFile, "github.generate_backup": l.GenerateBackup,
		"github.enable": l.Enable, "github.cancel": l.Cancel, "github.rerun_failed": l.RerunFailed, "github.rerun": l.Rerun,
		"github.dispatch": l.Dispatch, "github.dispatch_backup": l.DispatchBackup, "github.open_issue": l.OpenIssue,
	}[verb]

	return rung, ok
}

// Rungs lists all rungs.
func (l GitHubLadder) Rungs() []Rung {
	return []Rung{
		l.FixFile, l.RestoreFile, l.GenerateBackup, l.Enable, l.Cancel, l.RerunFailed, l.Rerun, l.Dispatch, l.DispatchBackup, l.OpenIssue,
	}
}

// GitHubPolicyConfig is data.config for a policy of a GitHub subject: the entry
// of its scope, and what holds for all.
type GitHubPolicyConfig struct {
	GitHub   GitHub       `json:"github"`
	Health   HealthConfig `json:"health"`
	Interval Duration     `json:"interval"`
	Settle   Duration     `json:"settle"`
}

// ForGitHub returns what a policy of a GitHub subject in scope reads as
// data.config.
func (c Config) ForGitHub(scope string) GitHubPolicyConfig {
	entry := c.GitHub[scope]
	for _, list := range []*[]string{&entry.Expect, &entry.Include, &entry.Exclude} {
		if *list == nil { // null is no list: count of it is undefined
			*list = []string{}
		}
	}

	return GitHubPolicyConfig{GitHub: entry, Health: c.Health, Interval: c.Interval, Settle: c.Settle}
}
