package schemas

// Turn is everything that one turn adds to the journal, written at once and
// before anything is performed. It never leaves rr, so it has no CUE.
type Turn struct {
	Record    Record
	Begun     []Attempt  // intents
	Verified  []Attempt  // earlier attempts that changed
	Incidents []Incident // new or changed
	Falls     []Fall
	Events    []Event // of the standing
	Policies  Bundle
	Config    Bundle
}

// Memory is what the journal tells a runner at its start. It never leaves rr,
// so it has no CUE.
type Memory struct {
	Turn         int64                 // last one, 0 with none
	Moment       Moment                // of the last turn, zero with none: rr's clock goes on from here
	Attempts     []Attempt             // pending, of open incidents, or begun within the window; oldest first
	Incidents    []Incident            // open or exhausted, oldest first
	Falls        []Fall                // within the window, oldest first
	Asked        map[string]AskedSince // as of the last turn
	Alerts       []Alert               // that stood in the last turn
	Standing     Standing
	NextIncident int64 // from 1; a number is never used twice
	// LostMS is when, on rr's clock, attempts were lost with a damaged journal:
	// budgets count as spent until a whole window has passed since.
	LostMS *int64
}

// Fall is a moment at which a subject fell below healthy.
type Fall struct {
	Subject ID
	ClockMS int64
}

// Bundle is a set of texts that decisions were made with, known by its hash.
type Bundle struct {
	Hash  string
	Files map[string][]byte
}
