package schemas

// How bad a finding or an alert is.
const (
	SeverityInfo     = "info"
	SeverityWarning  = "warning"
	SeverityCritical = "critical"
)

// Finding is what one policy holds against one subject. A subject is as
// healthy as its worst finding, 100 with none.
type Finding struct {
	Subject  ID     `json:"subject"`
	Policy   string `json:"policy"` // package: policies.pm2.process.errored
	At       string `json:"at"`     // file:line:col of the rule
	Score    int    `json:"score"`  // 0 to 100
	Severity string `json:"severity"`
	Reason   string `json:"reason"`
	Cause    string `json:"cause,omitempty"`   // what it comes from, where several subjects may share it: cwd_missing /srv/app
	InWork   bool   `json:"in_work,omitempty"` // what was done about it still runs, so that it has not failed yet
}

// Alert is what a person is to be told. It is told once for as long as its
// subject's incident lasts.
type Alert struct {
	Subject   ID     `json:"subject,omitempty"` // absent where it is about the whole
	Policy    string `json:"policy"`
	At        string `json:"at"`
	Severity  string `json:"severity"`
	Reason    string `json:"reason"`
	Exhausted bool   `json:"exhausted,omitempty"` // the ladder has ended; rr acts no more until the subject recovers
}
