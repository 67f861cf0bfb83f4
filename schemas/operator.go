package schemas

import "time"

// Operator is what persons have asked for and still holds.
type Operator struct {
	Frozen    *Freeze    `json:"frozen,omitempty"` // rr was shut down: nothing is done until somebody resumes it
	Pauses    []Pause    `json:"pauses,omitempty"`
	Approvals []Approval `json:"approvals,omitempty"` // given and not yet used
}

// Freeze is a stop of all automation that no time ends.
type Freeze struct {
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	SinceAt time.Time `json:"since_at"`
}

// Pause keeps rr from acting on a part of the world for a while.
type Pause struct {
	On      string    `json:"on"` // a system, system/scope, system/scope/kind or id; empty for everything
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	SinceAt time.Time `json:"since_at"`
	UntilMS int64     `json:"until_ms"` // rr's clock
}

// Approval lets one action pass that waits for it, for as long as the facts
// are those that it was given for.
type Approval struct {
	Verb    string    `json:"verb"`
	Target  ID        `json:"target"`
	Facts   string    `json:"facts"` // hash of what it was given for
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	GivenAt time.Time `json:"given_at"`
	UntilMS int64     `json:"until_ms"` // rr's clock
}

// Standing is what holds from one turn to the next, whatever is seen: the mode,
// and what persons asked for.
type Standing struct {
	Mode      string    `json:"mode"`
	Emergency Emergency `json:"emergency"`
	Operator  Operator  `json:"operator"`
}

// What may happen to a standing.
const (
	EventPaused       = "paused"
	EventPauseOver    = "pause_over"
	EventResumed      = "resumed"
	EventShutdown     = "shutdown"
	EventMode         = "mode" // of the whole: normal, emergency, recovering
	EventStep         = "step" // of the emergency plan
	EventApproved     = "approved"
	EventApprovalUsed = "approval_used"
	EventApprovalVoid = "approval_void" // its time was over, or the facts that it was given for changed
)

// Event is a change of what stands: who changed it, why, and to what.
type Event struct {
	Kind    string    `json:"kind"`
	By      string    `json:"by"`           // a person, or rr
	On      string    `json:"on,omitempty"` // what it is about; absent for everything
	Reason  string    `json:"reason,omitempty"`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
	ClockMS int64     `json:"clock_ms"`
}

// ByRR stands for rr itself in Event.By.
const ByRR = "rr"

// Any tells whether anything stands.
func (s Standing) Any() bool {
	return s.Mode != ModeNormal || s.Emergency.ForcedUntilMS != nil || s.Operator.Frozen != nil || len(s.Operator.Pauses)+len(s.Operator.Approvals) > 0
}

// Window is a maintenance window that is open.
type Window struct {
	Maintenance Maintenance `json:"maintenance"`
	Until       time.Time   `json:"until"`
}
