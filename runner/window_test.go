package runner

import (
	"testing"
	"time"

	"rr/schemas"
)

func TestWindowsOpenAsClocksOnTheWallSay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// In Berlin clocks go from 02:00 to 03:00 on 29 March 2026 (01:00 UTC), and
	// from 03:00 back to 02:00 on 25 October 2026 (01:00 UTC).
	for _, row := range []struct {
		does, cron string
		length     time.Duration
		at         string // UTC
		until      string // UTC; empty where it is closed
	}{
		{"is closed before it", "0 3 * * 0", 2 * time.Hour, "2026-06-07T00:59:00Z", ""},
		{"is open from its first minute on", "0 3 * * 0", 2 * time.Hour, "2026-06-07T01:00:00Z", "2026-06-07T03:00:00Z"},
		{"is open until its last second", "0 3 * * 0", 2 * time.Hour, "2026-06-07T02:59:59Z", "2026-06-07T03:00:00Z"},
		{"is closed at its end", "0 3 * * 0", 2 * time.Hour, "2026-06-07T03:00:00Z", ""},
		{"is closed on another day", "0 3 * * 0", 2 * time.Hour, "2026-06-08T01:30:00Z", ""},
		{"takes a day of the month or of the week where both are given", "0 3 8 * 0", time.Hour, "2026-06-08T01:30:00Z", "2026-06-08T02:00:00Z"},
		{"is an hour earlier in UTC in winter", "0 3 * * *", time.Hour, "2026-01-07T02:30:00Z", "2026-01-07T03:00:00Z"},
		{"opens when an hour is left out that it would have begun in", "30 2 * * *", time.Hour, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
		{"is closed before that hour would have begun", "30 2 * * *", time.Hour, "2026-03-29T00:59:00Z", ""},
		{"lasts as long where clocks go forward within it", "0 1 * * *", 3 * time.Hour, "2026-03-29T02:30:00Z", "2026-03-29T03:00:00Z"},
		{"opens in the first of two equal hours", "30 2 * * *", 20 * time.Minute, "2026-10-25T00:35:00Z", "2026-10-25T00:50:00Z"},
		{"does not open again in the second", "30 2 * * *", 20 * time.Minute, "2026-10-25T01:35:00Z", ""},
		{"opens in every hour that passes where it is of every hour", "30 * * * *", 20 * time.Minute, "2026-10-25T01:35:00Z", "2026-10-25T01:50:00Z"},
		{"opens no more often where an hour is left out", "30 * * * *", 20 * time.Minute, "2026-03-29T01:05:00Z", ""},
	} {
		t.Run("it "+row.does, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, row.at)
			if err != nil {
				t.Fatal(err)
			}
			open := Windows(schemas.Config{Maintenance: []schemas.Maintenance{{Cron: row.cron, For: schemas.Duration(row.length), Zone: berlin.String()}}}, at)
			until := ""
			if len(open) > 0 {
				until = open[0].Until.Format(time.RFC3339)
			}
			if until != row.until {
				t.Errorf("open until %q, want %q", until, row.until)
			}
		})
	}
}

// TestNoWindowIsLost counts the starts of a daily window in a year of every zone
// that shifts its clocks by an hour, by half of one, or by none.
func TestNoWindowIsLost(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"30 2 * * *", "0 0 * * *", "45 1 * * *"} {
			spec, err := schedule(text)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			first := time.Date(2026, 1, 1, 12, 0, 0, 0, zone)
			for minute := first; minute.Before(first.AddDate(1, 0, 0)); minute = minute.Add(time.Minute) {
				if minute.Hour() < 5 && starts(spec, minute) {
					n++
				}
			}
			if n != 365 {
				t.Errorf("%s opens %d times a year in %s, want 365", text, n, name)
			}
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, seed := range []string{"0 3 * * 0", "*/5 1-3,7 * JAN mon", "TZ=UTC 0 3 * * *", "@daily", "99 0 * * *", "* * * *", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := schedule(text)
		if err == nil {
			starts(spec, time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC))
		}
	})
}
