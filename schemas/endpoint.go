package schemas

// Endpoint is what a configured probe of a deployed function found.
type Endpoint struct {
	URL      string `json:"url"`                // without its query
	State    string `json:"state"`              // ok, failing (twice in a row or more) or suspect (once)
	Status   *int   `json:"status,omitempty"`   // of HTTP; absent where there was no answer
	Error    string `json:"error,omitempty"`    // why there was none
	TookMS   *int64 `json:"took_ms,omitempty"`  // milliseconds
	Failures int    `json:"failures"`           // in a row
	DeployS  *int64 `json:"deploy_s,omitempty"` // seconds since the site's published deploy
}
