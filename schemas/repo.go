package schemas

// What a repository may be in.
const (
	RepoActive   = "active"
	RepoArchived = "archived" // nobody can write to it, and nothing runs
	RepoDisabled = "disabled"
)

// Repo is what is known of a GitHub repository and of rr's access to it.
type Repo struct {
	Repo            string   `json:"repo"` // owner/name
	State           string   `json:"state"`
	DefaultBranch   string   `json:"default_branch"`
	Actions         string   `json:"actions"`                     // workflows may run: enabled, disabled or unknown
	InactiveDays    *int64   `json:"inactive_days,omitempty"`     // days since the last commit on the default branch; GitHub disables schedules after 60
	TokenExpiresS   *int64   `json:"token_expires_s,omitempty"`   // seconds
	WorkflowScope   string   `json:"workflow_scope"`              // the token may write workflow files: yes, no or unknown
	APILimit        *int64   `json:"api_limit,omitempty"`         // requests an hour
	APIRemaining    *int64   `json:"api_remaining,omitempty"`     // of them
	APIRemainingPct *int64   `json:"api_remaining_pct,omitempty"` // in whole percent
	APIResetS       *int64   `json:"api_reset_s,omitempty"`       // seconds until they are refilled
	Limited         string   `json:"limited"`                     // GitHub refuses further requests: no, primary or secondary
	Unreadable      []string `json:"unreadable"`                  // facts that the token may not read, with the permission that is missing
	Workflows       int      `json:"workflows"`                   // that GitHub knows
	Runners         *int     `json:"runners,omitempty"`           // self-hosted
	RunnersOffline  *int     `json:"runners_offline,omitempty"`   // of them
	SecretsMissing  []string `json:"secrets_missing"`             // names that workflows use and that neither repository nor organisation has, where the token may read them
	CacheBytes      *int64   `json:"cache_bytes,omitempty"`       // of the Actions cache
	BackupWorkflows int      `json:"backup_workflows"`            // generated workflows in the checkout that stand in for others
	StartupFailures int      `json:"startup_failures"`            // workflows whose newest run failed to start within the last hour
	Outage          string   `json:"outage"`                      // many workflows fail to start at once, so that it is GitHub: yes, no or unknown
	HeadAgrees      string   `json:"head_agrees"`                 // the workflow files of the default branch are those of the checkout: yes, no or unknown
}
