package schemas

// What the health of a subject, a component or the whole may be called.
const (
	StatusHealthy  = "healthy"
	StatusWarning  = "warning"
	StatusCritical = "critical"
	StatusUnknown  = "unknown"
)

// Decision is the policies' answer to one Snapshot. The same snapshot, policies
// and configuration give the same decision, byte for byte.
type Decision struct {
	Version      int    `json:"version"`
	SnapshotHash string `json:"snapshot_hash"`
	PoliciesHash string `json:"policies_hash"`
	ConfigHash   string `json:"config_hash"`

	Health   Health        `json:"health"`
	Mode     string        `json:"mode"`           // of the snapshot
	Wish     *Wish         `json:"wish,omitempty"` // the mode that policies ask for; absent where they ask for none
	Findings []Finding     `json:"findings"`
	Actions  []Action      `json:"actions"`
	Alerts   []Alert       `json:"alerts"`
	Errors   []PolicyError `json:"errors"`
}

// Health is how well the whole is.
type Health struct {
	Score      *int                       `json:"score,omitempty"` // 0 to 100; absent where nothing is known
	Status     string                     `json:"status"`
	Confidence int                        `json:"confidence"` // percent of the weight that is known
	Components map[string]ComponentHealth `json:"components"` // by system
	Subjects   map[ID]SubjectHealth       `json:"subjects"`
}

// ComponentHealth is how well one system is.
type ComponentHealth struct {
	Score  *int   `json:"score,omitempty"` // absent where unknown
	Status string `json:"status"`
	Weight int    `json:"weight"`
	Reason string `json:"reason"`
}

// SubjectHealth is how well one subject is: its worst finding. It is unknown
// where a policy failed on it.
type SubjectHealth struct {
	Score  *int   `json:"score,omitempty"`
	Status string `json:"status"`
}

// PolicyError is an answer that could not be had or not be accepted. It is
// never taken for an empty answer.
type PolicyError struct {
	Subject ID     `json:"subject,omitempty"` // absent where it is about the whole
	Policy  string `json:"policy"`
	At      string `json:"at,omitempty"`
	Error   string `json:"error"`
}
