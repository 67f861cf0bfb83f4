package schemas

import "time"

// How an incident stands.
const (
	IncidentOpen      = "open"
	IncidentExhausted = "exhausted" // the ladder ended; a person was told
	IncidentRecovered = "recovered" // its subject was healthy for the settle time
	IncidentReopened  = "reopened"  // a person asked for another try; the next incident goes on
	IncidentGone      = "gone"      // its subject is no longer there
)

// Incident is a subject's time below healthy. Attempts belong to it: when it
// ends, the ladder starts from its first rung again.
type Incident struct {
	ID        int64      `json:"id"`
	Subject   ID         `json:"subject"`
	State     string     `json:"state"`
	Reason    string     `json:"reason"`          // of the worst finding that opened it
	Cause     string     `json:"cause,omitempty"` // of that finding
	Of        int64      `json:"of,omitempty"`    // number of the first incident of the same cause, which stands for all; absent where it is that one
	Needs     ID         `json:"needs,omitempty"` // what its subject needs and was unhealthy then; of is the number of that incident
	Acted     int        `json:"acted"`           // actions taken for it
	Flaps     int        `json:"flaps"`           // times its subject fell below healthy again
	OpenedAt  time.Time  `json:"opened_at"`
	OpenedMS  int64      `json:"opened_ms"`            // rr's clock
	HealthyMS *int64     `json:"healthy_ms,omitempty"` // rr's clock when its subject became healthy and has been since
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
	Alerts    []Alert    `json:"alerts,omitempty"` // told so far
}
