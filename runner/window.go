package runner

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"rr/schemas"
)

// Windows lists the maintenance windows that are open at a time of the wall
// clock, which is what people plan by.
func Windows(c schemas.Config, at time.Time) []schemas.Window {
	var open []schemas.Window
	for _, m := range c.Maintenance {
		// The configuration was checked: neither can be wrong.
		zone, err := time.LoadLocation(m.Zone)
		if err != nil {
			continue
		}
		spec, err := schedule(m.Cron)
		if err != nil {
			continue
		}
		if began, found := lastStart(spec, at.In(zone), m.For.Of()); found {
			open = append(open, schemas.Window{Maintenance: m, Until: began.Add(m.For.Of()).UTC()})
		}
	}

	return open
}

// lastStart finds the last start before at, within a time that is shorter than
// the window.
func lastStart(spec *cron.SpecSchedule, at time.Time, within time.Duration) (time.Time, bool) {
	earliest := at.Add(-within)
	for minute := at.Truncate(time.Minute); minute.After(earliest); minute = minute.Add(-time.Minute) {
		if starts(spec, minute) {
			return minute, true
		}
	}

	return time.Time{}, false
}

// starts tells whether a window starts at a minute. Where clocks go forward, one
// that would have started in the hour that is left out starts when that hour
// would have; where they go back, only the first of two equal hours counts. A
// window of every hour follows the hours as they pass.
func starts(spec *cron.SpecSchedule, minute time.Time) bool {
	everyHour := spec.Hour&starBit != 0
	if matches(spec, wall(minute)) {
		return everyHour || !secondTime(minute)
	}
	if everyHour {
		return false
	}
	leftOut := offset(minute) - offset(minute.Add(-time.Minute))
	for ; leftOut > 0; leftOut -= time.Minute {
		if matches(spec, wall(minute).Add(-leftOut)) {
			return true
		}
	}

	return false
}

// longestShift is more than any clock was ever put back by.
const longestShift = 3 * time.Hour

// secondTime tells whether the same time of day was there before, since clocks
// went back.
func secondTime(minute time.Time) bool {
	back := offset(minute.Add(-longestShift)) - offset(minute)
	if back <= 0 {
		return false
	}

	return wall(minute.Add(-back)).Equal(wall(minute))
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()

	return time.Duration(seconds) * time.Second
}

// wall is what a clock on the wall shows, as a time without zone.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// starBit marks a field of a schedule that is *.
const starBit = 1 << 63

// matches tells whether a time of day is in a schedule. Of day of month and day
// of week both must be, or one of them where neither is *.
func matches(spec *cron.SpecSchedule, t time.Time) bool {
	has := func(field uint64, n int) bool { return field&(1<<uint(n)) != 0 }
	dom, dow := has(spec.Dom, t.Day()), has(spec.Dow, int(t.Weekday()))
	day := dom || dow
	if (spec.Dom|spec.Dow)&starBit != 0 {
		day = dom && dow
	}

	return day && has(spec.Minute, t.Minute()) && has(spec.Hour, t.Hour()) && has(spec.Month, int(t.Month()))
}

// schedule reads five fields. The zone has a field of its own.
func schedule(text string) (*cron.SpecSchedule, error) {
	if strings.Contains(text, "=") {
		return nil, fmt.Errorf("want five fields and no zone")
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(text)
	if err != nil {
		return nil, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("want five fields")
	}

	return spec, nil
}
