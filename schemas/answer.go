package schemas

// FindingAnswer is one element of a policy's findings.
type FindingAnswer struct {
	Score    int    `json:"score"` // 0 to 100, whole
	Severity string `json:"severity"`
	Reason   string `json:"reason"`
	Cause    string `json:"cause,omitempty"`   // what it comes from, the same text for all subjects that share it
	InWork   bool   `json:"in_work,omitempty"` // what was done about it still runs: it is not yet told whether it worked
}

// ActionAnswer is one element of a policy's actions.
type ActionAnswer struct {
	Verb   string `json:"verb"`
	Reason string `json:"reason"`
	ForS   int64  `json:"for_s,omitempty"`  // seconds for which it must have been asked without a break
	Target ID     `json:"target,omitempty"` // the subject, unless said
}

// AlertAnswer is one element of a policy's alerts.
type AlertAnswer struct {
	Severity  string `json:"severity"`
	Reason    string `json:"reason"`
	Exhausted bool   `json:"exhausted,omitempty"` // the ladder has ended
}

// ComponentAnswer is one element of components in policies.overall.
type ComponentAnswer struct {
	Component string `json:"component"`       // system
	Score     *int   `json:"score,omitempty"` // absent where unknown
	Status    string `json:"status"`
	Weight    int    `json:"weight"`
	Reason    string `json:"reason"`
}

// ModeAnswer is one element of mode in policies.overall. Emergency outranks
// normal.
type ModeAnswer struct {
	Mode   string `json:"mode"` // emergency or normal
	Reason string `json:"reason"`
}

// HealthAnswer is the one element of health in policies.overall.
type HealthAnswer struct {
	Score      *int   `json:"score,omitempty"` // absent where nothing is known
	Status     string `json:"status"`
	Confidence int    `json:"confidence"` // percent of the weight that is known
}
