package schemas

// Record is one turn as journalled. Its outcomes are those of the moment it was
// written, before anything was performed; how they ended is in the attempts.
type Record struct {
	Snapshot Snapshot  `json:"snapshot"`
	Decision Decision  `json:"decision"`
	Outcomes []Outcome `json:"outcomes"`
	// Asked is what the next snapshot reads: since when each action has been
	// asked for, this turn included.
	Asked map[string]AskedSince `json:"asked"`
	// Standing is what the next snapshot reads of what persons asked for.
	Standing Standing `json:"standing"`
	// Alerts are those of rr itself, as of an action that waits for a person.
	Alerts []Alert `json:"alerts,omitempty"`
}
