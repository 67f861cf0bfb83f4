package schemas

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseSizeReadsWhatPM2Reads(t *testing.T) {
	for _, row := range []struct {
		does, text string
		want       Size
		refused    bool
	}{
		{"reads bytes", "1024", 1024, false},
		{"reads K", "2K", 2 << 10, false},
		{"reads M", "300M", 300 << 20, false},
		{"reads G", "1G", 1 << 30, false},
		{"refuses another unit", "1T", 0, true},
		{"refuses a fraction", "1.5G", 0, true},
		{"refuses less than nothing", "-1M", 0, true},
		{"refuses nothing", "", 0, true},
		{"refuses words", "much", 0, true},
		{"refuses what would overflow", "9999999999G", 0, true},
	} {
		got, err := ParseSize(row.text)
		if got != row.want || (err != nil) != row.refused {
			t.Errorf("it %s: ParseSize(%q) = %d, %v, want %d", row.does, row.text, got, err, row.want)
		}
	}
}

func TestDurationIsTextInTheFileAndSecondsForPolicies(t *testing.T) {
	for _, row := range []struct {
		does, read string
		want       time.Duration
		written    string
	}{
		{"reads minutes", `"5m"`, 5 * time.Minute, "300"},
		{"reads what it wrote", `300`, 5 * time.Minute, "300"},
		{"rounds up, so that it is never 0", `"500ms"`, 500 * time.Millisecond, "1"},
	} {
		var got Duration
		if err := json.Unmarshal([]byte(row.read), &got); err != nil || got.Of() != row.want {
			t.Errorf("it %s: read %s, %v, want %s", row.does, got, err, row.want)
		}
		if written, err := json.Marshal(got); err != nil || string(written) != row.written {
			t.Errorf("it %s: wrote %s, %v, want %s", row.does, written, err, row.written)
		}
	}
}
