package schemas

import "time"

// How an attempt stands with its verification.
const (
	AttemptPending   = "pending"   // not yet verified
	AttemptRecovered = "recovered" // its subject was healthy for the settle time
	AttemptRefused   = "refused"   // it was not begun, and says nothing of its rung
	AttemptFailed    = "failed"    // it could not be performed, or its subject did not stay healthy
)

// Attempt is an earlier Outcome as the next Snapshot remembers it. Its times
// are rr's clock (Moment.ClockMS), which no change of the wall clock moves.
type Attempt struct {
	ID         string     `json:"id"` // turn-number, as in 42-1
	Incident   int64      `json:"incident,omitempty"`
	Action     Action     `json:"action"`
	Status     string     `json:"status"` // of its Outcome: begun, done, failed, refused or unknown
	State      string     `json:"state"`  // pending, recovered, failed or refused
	Note       string     `json:"note,omitempty"`
	BeganMS    int64      `json:"began_ms"`
	EndedMS    *int64     `json:"ended_ms,omitempty"`
	BeganAt    time.Time  `json:"began_at"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
}

// Attempts is what a policy reads of one verb on its subject, counted since the
// subject was last healthy for its settle time.
type Attempts struct {
	Tried      int   `json:"tried"`
	Failed     int   `json:"failed"`
	Recovered  int   `json:"recovered"`
	Pending    int   `json:"pending"`
	Unfinished int   `json:"unfinished"` // those that broke off: it is not known how far they got
	LastS      int64 `json:"last_s"`     // seconds since the last one; 0 where never tried

	Efficacy Efficacy `json:"efficacy"` // of the verb on every subject of the kind
}

// Efficacy is how the attempts of one verb turned out, on all subjects of a
// kind and within the longest window of the configuration.
type Efficacy struct {
	Tried     int `json:"tried"`     // times; more than recovered and failed while some are not yet verified
	Recovered int `json:"recovered"` // times its subject was healthy for the settle time afterwards
	Failed    int `json:"failed"`    // times it could not be performed, or its subject did not stay healthy
}
