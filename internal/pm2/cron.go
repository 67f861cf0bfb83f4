package pm2

import (
	"strconv"
	"strings"
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
