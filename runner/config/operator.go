package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"rr/schemas"
)

// longestWindow bounds a maintenance window: rr looks back for its start with
// every turn.
const longestWindow = schemas.Duration(7 * 24 * time.Hour)

// operator checks what is about persons.
func (c *checks) operator() {
	for i, m := range c.config.Maintenance {
		at := fmt.Sprintf("maintenance.%d", i)
		err := schedule(m.Cron)
		c.unless(err == nil, []string{at + ".cron", at}, "%s.cron: %v; want minute, hour, day of month, month and day of week, as in \"0 3 * * 0\"", at, err)
		c.unless(m.For > 0 && m.For <= longestWindow, []string{at + ".for", at}, "%s.for must be longer than 0 and at most 168h", at)
		_, err = time.LoadLocation(m.Zone)
		c.unless(err == nil && m.Zone != "Local", []string{at + ".zone", at}, "%s.zone: there is no time zone %q; want one as in \"Europe/Berlin\"", at, m.Zone)
	}
	c.emergency(c.config.Emergency)
	c.positive("approval.expires", c.config.Approval.Expires)
	c.selectors("approval.required", c.config.Approval.Required)
	c.selectors("shadow", c.config.Shadow)
}

func (c *checks) emergency(e schemas.EmergencyConfig) {
	c.unless(e.Enter < e.Leave, []string{"emergency.enter", "emergency.leave"}, "emergency.enter (%d) must be below emergency.leave (%d)", e.Enter, e.Leave)
	c.notNegative("emergency.hold", e.Hold)
	c.positive("emergency.settle", e.Settle)
	c.positive("emergency.forced_for", e.ForcedFor)
	for i, step := range e.Plan {
		at := fmt.Sprintf("emergency.plan.%d", i)
		c.unless(step.Recover == "" || len(step.Backup) == 0, []string{at}, "%s must either back up or recover: make two steps of it", at)
		c.unless(step.Recover != "" || len(step.Verbs) == 0, []string{at}, "%s has verbs and recovers nothing", at)
		c.positive(at+".timeout", step.Timeout)
		if step.Recover == "" {
			c.setsOf(at+".backup", step.Backup)
		} else if len(step.Backup) == 0 {
			c.partOf(at+".recover", step.Recover)
		}
	}
}

// setsOf wants sets that there are: a plan would find out in an emergency.
func (c *checks) setsOf(at string, names []string) {
	there := c.config.SetNames()
	for i, name := range names {
		c.unless(slices.Contains(there, name), []string{fmt.Sprintf("%s.%d", at, i), at}, "%s: no set is called %q%s", at, name, setsThatAre(name, there))
	}
}

func setsThatAre(name string, there []string) string {
	if len(there) == 0 {
		return ": nothing is backed up; write backup: {}"
	}
	if meant := nearest(name, there); meant != "" {
		return "; did you mean " + meant + "?"
	}

	return "; there are " + strings.Join(there, ", ")
}

// partOf wants something that is watched, or that may be a subject of it.
func (c *checks) partOf(at, on string) {
	sources := slices.Collect(c.config.Sources())
	watched := slices.ContainsFunc(sources, func(source string) bool { return schemas.ID(source).In(on) || schemas.ID(on).In(source) })
	c.unless(watched, []string{at}, "%s: nothing that is watched is called %q; there are %s", at, on, strings.Join(sources, ", "))
}

func (c *checks) selectors(field string, selectors []schemas.Selector) {
	for i, s := range selectors {
		at := fmt.Sprintf("%s.%d", field, i)
		c.unless(s != schemas.Selector{}, []string{at, field}, "%s picks everything: give it a verb, a policy or on", at)
	}
}

// schedule wants five fields. The zone has a field of its own.
func schedule(text string) (err error) {
	if strings.Contains(text, "=") {
		return fmt.Errorf("a zone is written into zone")
	}
	_, err = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(text)

	return err
}
