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
	With   string     `json:"with,omitempty"` // what is said beside the target: the backup to restore
}

// What a person may order.
const (
	OrderPause    = "pause"
	OrderResume   = "resume"
	OrderApprove  = "approve"
	OrderShutdown = "shutdown"
	OrderEnter    = "enter"
	OrderExit     = "exit"
	OrderRecover  = "recover"
)

// OrderRequest is what a person asks for besides an act. Fields that an order
// does not need are empty.
type OrderRequest struct {
	Order  string           `json:"order"`
	On     string           `json:"on,omitempty"` // a system, scope, kind or id; empty for everything
	Verb   string           `json:"verb,omitempty"`
	For    schemas.Duration `json:"for,omitempty"` // in whole seconds
	Reason string           `json:"reason"`
	By     string           `json:"by"` // name of the user
}

// OrderResult is what stands after an order.
type OrderResult struct {
	Standing schemas.Standing `json:"standing"`
	Moment   schemas.Moment   `json:"moment"` // against which rr's clock is read
}

// refusal is the body of an answer that is not a success.
type refusal struct {
	Error string `json:"error"`
	Usage bool   `json:"usage,omitempty"` // the request itself was wrong
}
