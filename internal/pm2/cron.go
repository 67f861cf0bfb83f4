package pm2

import (
	"strconv"
	"strings"
	"time"
)

// validCron says whether the value of cron_restart is none or a schedule that
// every PM2 takes: five or six fields of numbers, ranges, lists and steps. PM2
// takes some more, and a schedule that it does not take ends the daemon.
func validCron(value []byte) bool {
	if falsy(value) {
		return true
	}
	fields := strings.Fields(stringValue(value))
	limits := cronLimits()
	if len(fields) == len(limits)-1 {
		limits = limits[1:]
	}
	if len(fields) != len(limits) {
		return false
	}
	for i, field := range fields {
		if strings.Contains(field, ",") && strings.Contains(field, "/") {
			return false // "0-6/2,12": PM2 does not take it
		}
		for item := range strings.SplitSeq(field, ",") {
			if !validCronItem(item, limits[i]) {
				return false
			}
		}
	}
	return true
}

// CronFirings counts how often the schedule of a cron_restart comes due after
// one time and not after another. It is 0 for what validCron does not take. PM2
// reckons in the daemon's zone of time; the zone of these two is taken for it.
func CronFirings(schedule string, after, until time.Time) int {
	if schedule == "" || !validCron([]byte(`"`+schedule+`"`)) {
		return 0
	}
	fields := strings.Fields(schedule)
	if len(fields) == len(cronLimits())-1 {
		fields = append([]string{"0"}, fields...)
	}
	n := 0
	for at := after.Truncate(time.Second).Add(time.Second); !at.After(until); at = at.Add(time.Second) {
		if cronDue(fields, at) {
			n++
		}
	}

	return n
}

// cronDue tells whether a schedule of six fields comes due in this second. Where
// both days are limited one of them is enough.
func cronDue(fields []string, at time.Time) bool {
	now := [...]int{at.Second(), at.Minute(), at.Hour(), at.Day(), int(at.Month()), int(at.Weekday())}
	holds := func(i int) bool { return cronHolds(fields[i], now[i], cronLimits()[i]) }
	for _, i := range []int{0, 1, 2, 4} {
		if !holds(i) {
			return false
		}
	}
	if fields[3] != "*" && fields[5] != "*" {
		return holds(3) || holds(5)
	}

	return holds(3) && holds(5)
}

// cronHolds tells whether a field holds a number.
func cronHolds(field string, n int, limits [2]int) bool {
	for item := range strings.SplitSeq(field, ",") {
		span, by, stepped := strings.Cut(item, "/")
		low, high, step := limits[0], limits[1], 1
		if span != "*" {
			from, to, isRange := strings.Cut(span, "-")
			if !isRange {
				to = from
			}
			low, _ = cronNumber(from)
			high, _ = cronNumber(to)
		}
		if stepped {
			step, _ = cronNumber(by)
		}
		if low <= n && n <= high && (n-low)%step == 0 {
			return true
		}
	}

	return false
}

// cronLimits are the lowest and highest number of each field, seconds first,
// which may be left out.
func cronLimits() [][2]int {
	return [][2]int{{0, 59}, {0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}
}

func validCronItem(item string, limits [2]int) bool {
	item, step, stepped := strings.Cut(item, "/")
	if stepped {
		if n, ok := cronNumber(step); !ok || n < 1 || n > limits[1] {
			return false
		}
	}
	if item == "*" {
		return true
	}
	from, to, isRange := strings.Cut(item, "-")
	if !isRange {
		to = from
	}
	low, okLow := cronNumber(from)
	high, okHigh := cronNumber(to)
	if stepped && !isRange {
		return false // "5/10": not all take it
	}
	return okLow && okHigh && limits[0] <= low && low <= high && high <= limits[1]
}

func cronNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 8)
	return int(n), err == nil
}
