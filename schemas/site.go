package schemas

// Site is what is known of a Netlify site from Netlify's API: what is published
// and how the newest production deploys fared.
type Site struct {
	Site             string   `json:"site"`  // as configured
	State            string   `json:"state"` // as Netlify has it
	PublishedID      string   `json:"published_id,omitempty"`
	PublishedAgeS    *int64   `json:"published_age_s,omitempty"` // seconds since it was published
	PublishedState   string   `json:"published_state"`           // ready, error, none …
	Locked           bool     `json:"locked"`                    // a person pinned the published deploy
	LatestID         string   `json:"latest_id,omitempty"`       // newest production deploy
	LatestState      string   `json:"latest_state"`              // ready, error, building …; none
	LatestError      string   `json:"latest_error,omitempty"`
	LatestAgeS       *int64   `json:"latest_age_s,omitempty"` // seconds since it changed
	InWork           bool     `json:"in_work"`                // a production deploy is neither ready nor failed
	StuckS           *int64   `json:"stuck_s,omitempty"`      // seconds that such a deploy has not moved
	StuckID          string   `json:"stuck_id,omitempty"`
	Streak           int      `json:"streak"`                   // failed production deploys since the last ready one
	RollbackID       string   `json:"rollback_id,omitempty"`    // newest ready production deploy older than the published one
	Unpublished      string   `json:"unpublished,omitempty"`    // newest ready production deploy that is newer than the published one
	CommitDrift      string   `json:"commit_drift"`             // the published deploy is of another commit than the checkout: yes, no or unknown
	Blocked          string   `json:"blocked"`                  // Netlify refuses deploys: no, credits or unknown
	FunctionsMissing []string `json:"functions_missing"`        // in the source, and not deployed
	FunctionsExtra   []string `json:"functions_extra"`          // deployed, and not in the source
	FunctionsLost    []string `json:"functions_lost"`           // in the source or expected, in the rollback deploy, and not in the published one
	FunctionsInvalid []string `json:"functions_invalid"`        // in the source, and invalid there
	FunctionsFailing []string `json:"functions_failing"`        // whose probe was answered, and wrongly, twice in a row or more
	SchedulesLost    []string `json:"schedules_lost"`           // with a schedule in the source, and without one as deployed
	SourceKnown      string   `json:"source_known"`             // the source is there to compare with: yes or no
	EnvMissing       []string `json:"env_missing"`              // variables that functions read and the site does not have
	CertExpiresS     *int64   `json:"cert_expires_s,omitempty"` // seconds
	APIRemaining     *int64   `json:"api_remaining,omitempty"`  // requests a minute
	Limited          bool     `json:"limited"`                  // Netlify refuses further requests for now
	Unreadable       []string `json:"unreadable"`               // facts that the token may not read
	ProbesFailing    int      `json:"probes_failing"`           // configured endpoints that fail, each twice in a row
}
