package store

import (
	"bytes"
	"testing"
)

// FuzzDelta holds that a text is the same after it was written as a delta of
// another.
func FuzzDelta(f *testing.F) {
	for _, text := range []string{
		`{"a":1,"b":-20,"c":0,"d":-0,"e":1.5,"f":1e9,"g":"12 \" 13","h":[007,123456789012345678,1234567890123456789]}`,
		`-`, `--1`, `"`, `"\`, `1`, ``, `9223372036854775807`,
	} {
		f.Add([]byte(text), []byte(`{"a":7,"b":[1,2,3]}`))
	}
	f.Fuzz(func(t *testing.T, text, other []byte) {
		if bytes.IndexByte(text, numberMark) >= 0 || bytes.IndexByte(other, numberMark) >= 0 {
			return // not JSON
		}
		_, numbers := split(other)
		got, err := applyDelta(appendDelta(nil, text, numbers), numbers)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("applyDelta = %q, %v, want %q", got, err, text)
		}
		_, _ = applyDelta(other, numbers) // it must not panic
	})
}

func TestADeltaOfAnotherBaseIsRefused(t *testing.T) {
	delta := appendDelta(nil, []byte(`{"a":5}`), []int64{1})
	if got, err := applyDelta(delta, []int64{2}); err == nil {
		t.Errorf("applyDelta = %s, want an error", got)
	}
}
