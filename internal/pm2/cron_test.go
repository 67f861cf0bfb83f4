package pm2_test

import (
	"testing"
	"time"

	"rr/internal/pm2"
)

func TestCronFiringsCountsWhatCameDue(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday
	for _, c := range []struct {
		name, schedule string
		minutes        int
		want           int
	}{
		{"it counts each minute", "* * * * *", 10, 10},
		{"it counts steps of minutes", "*/5 * * * *", 10, 2},
		{"it counts seconds where there are six fields", "*/10 * * * * *", 1, 6},
		{"it counts a list", "1,2,50 * * * *", 10, 2},
		{"it counts a range", "3-5 * * * *", 10, 3},
		{"it counts a range with steps", "1-9/4 * * * *", 10, 3},
		{"it counts nothing at another hour", "* 13 * * *", 10, 0},
		{"it counts on this day of the week", "* * * * 1", 10, 10},
		{"it counts nothing on another day of the week", "* * * * 2", 10, 0},
		{"one of two days is enough", "* * 17 * 1", 10, 10},
		{"it counts nothing in another month", "* * * 4 *", 10, 0},
		{"it counts nothing of no schedule", "", 10, 0},
		{"it counts nothing of what it does not know", "@daily", 10, 0},
	} {
		if got := pm2.CronFirings(c.schedule, noon, noon.Add(time.Duration(c.minutes)*time.Minute)); got != c.want {
			t.Errorf("%s: CronFirings(%q) = %d, want %d", c.name, c.schedule, got, c.want)
		}
	}
}
