package control

import (
	"time"

	"rr/schemas"
)

// Status is how the rr that runs is.
type Status struct {
	PID       int             `json:"pid"`
	Version   string          `json:"version"`
	StartedAt time.Time       `json:"started_at"`
	Config    string          `json:"config"` // path of redundancy.cue
	DryRun    bool            `json:"dry_run"`
	Reload    Reload          `json:"reload"`
	Turn      string          `json:"turn,omitempty"`     // why the last turn could not be taken; empty where it was
	Journal   string          `json:"journal,omitempty"`  // why it cannot be written; empty where it can
	Repaired  string          `json:"repaired,omitempty"` // what was done to a damaged journal at the start
	Record    *schemas.Record `json:"record,omitempty"`   // the last turn; absent before the first
}

// Reload is how the last change of configuration or policies went. A bad one
// changes nothing: the one before stays in force.
type Reload struct {
	At    *time.Time `json:"at,omitempty"` // absent where nothing has changed since the start
	Error string     `json:"error,omitempty"`
}

// ActRequest asks for one action on a person's behalf.
type ActRequest struct {
	Verb   string     `json:"verb"`
	Target schemas.ID `json:"target"`
	Reason string     `json:"reason"`
	DryRun bool       `json:"dry_run"`
}

// refusal is the body of an answer that is not a success.
type refusal struct {
	Error string `json:"error"`
	Usage bool   `json:"usage,omitempty"` // the request itself was wrong
}
