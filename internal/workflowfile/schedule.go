package workflowfile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhysd/actionlint"
	"github.com/robfig/cron/v3"
)

// ShortestInterval is how often GitHub starts a schedule at most.
const ShortestInterval = 5 * time.Minute

// Schedule is one entry of on: schedule.
type Schedule struct {
	Cron     string `json:"cron"`
	Timezone string `json:"timezone,omitempty"` // IANA name; empty for UTC
	Line     int    `json:"line"`
	Err      string `json:"error,omitempty"` // why it never runs
}

func readSchedule(entry *actionlint.ScheduleEntry) Schedule {
	s := Schedule{Cron: text(entry.Cron), Timezone: text(entry.Timezone)}
	if entry.Cron != nil && entry.Cron.Pos != nil {
		s.Line = entry.Cron.Pos.Line
	}
	if _, err := s.parse(); err != nil {
		s.Err = err.Error()
	}

	return s
}

// clockwork is a schedule in its time zone.
type clockwork struct {
	runs cron.Schedule
	zone *time.Location
}

// parse reads the five fields of POSIX that GitHub takes, and none of the
// shorthands and prefixes that other programs add to them.
func (s Schedule) parse() (clockwork, error) {
	if fields := strings.Fields(s.Cron); len(fields) != 5 || strings.Contains(s.Cron, "=") || strings.Contains(s.Cron, "?") || strings.HasPrefix(fields[0], "@") {
		return clockwork{}, fmt.Errorf("%q: want five fields, minute hour day month weekday", s.Cron)
	}
	runs, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(s.Cron)
	if err != nil {
		return clockwork{}, fmt.Errorf("%q: %w", s.Cron, err)
	}
	zone := time.UTC
	if s.Timezone != "" {
		zone, err = time.LoadLocation(s.Timezone)
		if err == nil && strings.EqualFold(s.Timezone, "local") {
			err = errors.New("the time zone of no place")
		}
		if err != nil {
			return clockwork{}, fmt.Errorf("time zone %q: want a name as Europe/Berlin", s.Timezone)
		}
	}
	if runs.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return clockwork{}, fmt.Errorf("%q: no such day", s.Cron)
	}

	return clockwork{runs, zone}, nil
}

// Next is the first time after the given one at which the schedule is due, in
// UTC; zero for a schedule that never runs. GitHub starts runs later than this,
// and none within ShortestInterval of another.
func (s Schedule) Next(after time.Time) time.Time {
	c, err := s.parse()
	if err != nil {
		return time.Time{}
	}

	return c.next(after)
}

func (c clockwork) next(after time.Time) time.Time {
	next := c.runs.Next(after.In(c.zone))
	if next.IsZero() {
		return time.Time{}
	}

	return next.UTC()
}

// longest is how far two runs of a schedule can be apart: a 29 February around
// a year that is no leap year.
const longest = 9 * 366 * 24 * time.Hour

// Last is the newest time, not after the given one, at which the schedule was
// due, in UTC; zero for a schedule that never runs.
func (s Schedule) Last(at time.Time) time.Time {
	c, err := s.parse()
	if err != nil {
		return time.Time{}
	}
	for span := time.Hour; span <= 2*longest; span *= 2 {
		last := time.Time{}
		for run := c.next(at.Add(-span)); !run.IsZero() && !run.After(at); run = c.next(run) {
			last = run
		}
		if !last.IsZero() {
			return last
		}
	}

	return time.Time{}
}

// NextRun is when the file is due next by any of its schedules, zero where it
// never is.
func NextRun(f File, after time.Time) time.Time {
	var first time.Time
	for _, s := range f.Schedules {
		if next := s.Next(after); !next.IsZero() && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}

	return first
}

// LastRun is when the file was due last by any of its schedules, zero where it
// never was.
func LastRun(f File, at time.Time) time.Time {
	var last time.Time
	for _, s := range f.Schedules {
		if run := s.Last(at); run.After(last) {
			last = run
		}
	}

	return last
}
