package schemas

import "time"

// What a source may be in.
const (
	SourceOK      = "ok"
	SourceUnknown = "unknown"
)

// Source says how the facts of one kind in one scope were come by. Its key is
// system/scope/kind, as in pm2/local/process. Where State is not ok nothing is
// known of the subjects behind it, and nothing is done to them.
type Source struct {
	State   string    `json:"state"`           // ok or unknown
	Error   string    `json:"error,omitempty"` // why it is unknown
	TakenAt time.Time `json:"taken_at"`        // when its facts were taken
	AgeMS   int64     `json:"age_ms"`          // how old they are, in milliseconds that the host was up
	TookMS  int64     `json:"took_ms"`         // how long that took, in milliseconds
}
