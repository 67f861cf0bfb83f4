package schemas

import "time"

// Modes of the whole.
const (
	ModeNormal     = "normal"
	ModeEmergency  = "emergency"  // ordinary actions are frozen, and the plan is run
	ModeRecovering = "recovering" // the plan has ended; health must hold before the mode is left
)

// Emergency is how the whole stands with its mode. In mode normal it holds what
// the next one is decided by.
type Emergency struct {
	By            string     `json:"by,omitempty"`              // who put it into its mode: a person, or rr
	Reason        string     `json:"reason,omitempty"`          // why
	SinceAt       *time.Time `json:"since_at,omitempty"`        // absent where it was never in another mode
	ForcedUntilMS *int64     `json:"forced_until_ms,omitempty"` // rr's clock until which only a person changes the mode
	Once          bool       `json:"once,omitempty"`            // it is over when its plan is: a recovery by hand
	LowMS         *int64     `json:"low_ms,omitempty"`          // rr's clock since when policies have asked for emergency without a break
	HighMS        *int64     `json:"high_ms,omitempty"`         // and since when for normal
	LookedMS      int64      `json:"looked_ms,omitempty"`       // rr's clock at the last look
	Plan          []Step     `json:"plan,omitempty"`
}

// How a step of a plan stands.
const (
	StepWaiting = "waiting"
	StepRunning = "running"
	StepDone    = "done"
	StepFailed  = "failed"  // what it should have come to did not come; the plan goes on
	StepSkipped = "skipped" // there was nothing to do it to, or with
)

// Step is one step of a plan that is being run: it backs up, or lets the ladders
// of a part of the world act.
type Step struct {
	Backup   []string `json:"backup,omitempty"`  // sets; all where it recovers nothing and names none
	Recover  string   `json:"recover,omitempty"` // a system, system/scope, system/scope/kind or id
	Verbs    []string `json:"verbs,omitempty"`   // only these; all where there are none
	TimeoutS int64    `json:"timeout_s"`
	State    string   `json:"state"`
	SpentMS  int64    `json:"spent_ms,omitempty"` // in which rr was looking and not held back
	QuietMS  int64    `json:"quiet_ms,omitempty"` // of it, at the end: nothing was asked for and nothing in flight
	Note     string   `json:"note,omitempty"`
}

// Ended tells whether a step is over, however it went.
func (s Step) Ended() bool { return s.State != StepWaiting && s.State != StepRunning }

// Wish is the mode that policies ask for. Whether and when it is taken is for
// the runner to say.
type Wish struct {
	Mode   string `json:"mode"`
	Reason string `json:"reason"`
	Policy string `json:"policy"`
	At     string `json:"at"`
}
