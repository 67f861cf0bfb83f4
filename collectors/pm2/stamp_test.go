package pm2

import (
	"path/filepath"
	"testing"
	"time"
)

func TestAStampIsSureOnceTheClockOfTheFileSystemHasGoneOn(t *testing.T) {
	for _, c := range []struct {
		name  string
		stamp stamp
		want  bool
	}{
		{"it was just written to", stamp{there: true, changed: time.Now()}, false},
		{"it was written to before", stamp{there: true, changed: time.Now().Add(-time.Second)}, true},
		{"its time is yet to come", stamp{there: true, changed: time.Now().Add(time.Hour)}, false},
		{"it is not there", stampOf(filepath.Join(t.TempDir(), "none")), false},
	} {
		if got := c.stamp.sure(); got != c.want {
			t.Errorf("%s: sure = %v, want %v", c.name, got, c.want)
		}
	}
}
