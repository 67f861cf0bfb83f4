package schemas

import (
	"errors"
	"time"
)

// Action is one verb on one target, as a policy or a person asked for it.
type Action struct {
	Verb    string `json:"verb"`    // pm2.restart
	Target  ID     `json:"target"`  // what is acted on
	Subject ID     `json:"subject"` // what it is meant to heal; the target, unless the policy said otherwise
	Rung    int    `json:"rung"`    // place of the verb in the configured ladder, from 0
	Reason  string `json:"reason"`
	Policy  string `json:"policy"`          // package that asked, or operator
	At      string `json:"at"`              // file:line:col of the rule, empty for an operator
	ForS    int64  `json:"for_s,omitempty"` // seconds for which the policy must have asked without a break
	With    string `json:"with,omitempty"`  // what a person said beside the target: the backup to restore
}

// PolicyOperator stands for a person in Action.Policy.
const PolicyOperator = "operator"

// Guards, in the order in which they are told.
const (
	GuardSourceUnknown = "source_unknown" // the facts of the target are unknown or stale
	GuardFrozen        = "frozen"         // rr was shut down, or is in an emergency of whose plan this is no part
	GuardPaused        = "paused"         // a person or a maintenance window keeps rr from acting there
	GuardSelfHarm      = "self_harm"      // the target runs rr itself
	GuardInFlight      = "in_flight"      // an action on the target is running or awaits its verification
	GuardNeeds         = "needs"          // what the subject needs is unhealthy, and is healed first
	GuardForS          = "for_s"          // the policy has not asked for long enough
	GuardCooldown      = "cooldown"       // too soon after the last action on the target
	GuardBudgetTarget  = "budget_target"  // too many actions on the target within the window
	GuardBudgetTotal   = "budget_total"   // too many actions within the window
	GuardBlastRadius   = "blast_radius"   // too many of the same kind and scope in work at once
	GuardNeedsApproval = "needs_approval" // a person has to approve it first
	GuardJournal       = "journal"        // the intent could not be recorded
	GuardShadow        = "shadow"         // it is told and never done
	GuardDryRun        = "dry_run"        // rr was told to act on nothing
)

// Withheld is one guard that refuses an action.
type Withheld struct {
	Guard string     `json:"guard"`
	Until *time.Time `json:"until,omitempty"` // absent where no time ends it
	Note  string     `json:"note"`
}

// What may become of an action.
const (
	OutcomeWithheld = "withheld"
	OutcomeBegun    = "begun"
	OutcomeDone     = "done"    // performed; whether it worked is verified by the next sweeps
	OutcomeFailed   = "failed"  // could not be performed
	OutcomeRefused  = "refused" // not performed: its target was no longer what had been seen
	OutcomeUnknown  = "unknown" // rr cannot tell whether it was performed
)

// Outcome is an action and how it stands.
type Outcome struct {
	Action   Action     `json:"action"`
	Attempt  string     `json:"attempt,omitempty"` // id of the attempt, absent where withheld
	Status   string     `json:"status"`
	Withheld []Withheld `json:"withheld,omitempty"`
	Note     string     `json:"note,omitempty"`
	BeganAt  *time.Time `json:"began_at,omitempty"`
	EndedAt  *time.Time `json:"ended_at,omitempty"`
}

// ErrOutcomeUnknown marks an action of which it is not known whether it was
// performed: a connection that broke in the call, a deadline that passed. It
// is not repeated before the target has been looked at.
var ErrOutcomeUnknown = errors.New("outcome unknown")

// ErrRefused marks an action that was not begun, because its target was no
// longer what had been seen. It counts for budgets and cooldown, and not as a
// try of its rung.
var ErrRefused = errors.New("refused")
