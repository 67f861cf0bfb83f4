package functions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
)

// shorthands are the names for schedules that Netlify knows.
var shorthands = []string{"@hourly", "@daily", "@weekly", "@monthly", "@yearly"}

// checkCron tells why a schedule is none that Netlify takes: five fields, or
// one of its shorthands.
func checkCron(schedule string) error {
	text := strings.TrimSpace(schedule)
	if strings.HasPrefix(text, "@") {
		if slices.Contains(shorthands, text) {
			return nil
		}
		return fmt.Errorf("%q is no schedule that Netlify knows; there are %s and cron expressions of five fields", schedule, strings.Join(shorthands, ", "))
	}
	if fields := len(strings.Fields(text)); fields != 5 || strings.Contains(text, "=") {
		return fmt.Errorf("%q is no cron expression: it has %d fields, want minute, hour, day of month, month and day of week, as in \"*/5 * * * *\"", schedule, fields)
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	if _, err := parser.Parse(text); err != nil {
		return fmt.Errorf("%q is no cron expression: %w", schedule, err)
	}

	return nil
}
