package netlify

import (
	"encoding/json"
	"time"
)

// Time is a time as the API gives it. Zero is unknown: it was null, empty or
// not a time, which makes no answer unreadable.
type Time struct{ time.Time }

func (t *Time) UnmarshalJSON(raw []byte) error {
	t.Time = time.Time{}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		t.Time = at.UTC()
	}

	return nil
}
