package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"rr/schemas"
)

const (
	// minInterval is the shortest interval at which rr looks: below it, looking
	// is most of what the machine does.
	minInterval = schemas.Duration(100 * time.Millisecond)
	// minJournal is the smallest journal that holds some turns of a large fleet.
	minJournal = schemas.Size(1 << 20)
)

// check tells what fields must be to one another, and of single values what CUE
// would tell badly.
func check(config schemas.Config, p places) Errors {
	c := checks{config: config, places: p}
	c.looking()
	c.health()
	c.budget()
	for _, scope := range slices.Sorted(maps.Keys(config.PM2)) {
		c.pm2(scope, config.PM2[scope])
	}
	for _, scope := range slices.Sorted(maps.Keys(config.GitHub)) {
		c.github(scope, config.GitHub[scope])
	}
	for _, scope := range slices.Sorted(maps.Keys(config.Netlify)) {
		c.netlify(scope, config.Netlify[scope])
	}
	if config.Backup != nil {
		c.backup(*config.Backup)
	}
	c.operator()
	c.watchesSomething()
	c.homesDiffer()

	return c.found
}

// checks gathers the mistakes of one configuration.
type checks struct {
	config schemas.Config
	places places
	found  Errors
}

// unless notes a mistake at the first of the dotted fields that was written.
func (c *checks) unless(right bool, fields []string, format string, args ...any) {
	if right || len(c.found) > maxTold {
		return
	}
	split := make([][]string, len(fields))
	for i, field := range fields {
		split[i] = strings.Split(field, ".")
	}
	line, col := c.places.of(split...)
	c.found = append(c.found, Error{File: c.places.path, Line: line, Col: col, Message: fmt.Sprintf(format, args...)})
}

// positive wants a duration longer than 0.
func (c *checks) positive(field string, d schemas.Duration) {
	c.unless(d > 0, []string{field}, "%s must be longer than 0", field)
}

// notNegative wants a duration of 0 or longer.
func (c *checks) notNegative(field string, d schemas.Duration) {
	c.unless(d >= 0, []string{field}, "%s must not be negative", field)
}

// atLeast wants one duration to be no shorter than another.
func (c *checks) atLeast(field string, d schemas.Duration, than string, least schemas.Duration) {
	c.unless(d >= least, []string{field, than}, "%s (%s) must be at least %s (%s)", field, short(d), than, short(least))
}

func (c *checks) looking() {
	c.unless(c.config.Interval >= minInterval, []string{"interval"}, "interval must be at least %s", minInterval)
	c.positive("min_interval", c.config.MinInterval)
	c.positive("settle", c.config.Settle)
	c.positive("flap_window", c.config.FlapWindow)
}

func (c *checks) health() {
	health := c.config.Health
	c.unless(health.Critical < health.Healthy, []string{"health.critical", "health.healthy"},
		"health.critical (%d) must be below health.healthy (%d)", health.Critical, health.Healthy)
	c.unless(health.Weights.PM2+health.Weights.GitHub+health.Weights.Netlify+health.Weights.Backup > 0, []string{"health.weights.pm2"},
		"health.weights are all 0: there would be no score; give one a weight as in pm2: 33")
}

// budget also wants the journal to reach back as far as what is counted in it.
func (c *checks) budget() {
	keepFor := c.config.Journal.KeepFor
	c.positive("journal.keep_for", keepFor)
	for _, window := range []struct {
		field string
		is    schemas.Duration
	}{
		{"budget.target.window", c.config.Budget.Target.Window},
		{"budget.total.window", c.config.Budget.Total.Window},
		{"flap_window", c.config.FlapWindow},
	} {
		c.positive(window.field, window.is)
		c.atLeast("journal.keep_for", keepFor, window.field, window.is)
	}
	c.unless(c.config.Journal.MaxSize >= minJournal, []string{"journal.max_size"}, "journal.max_size must be at least 1M")
}

func (c *checks) pm2(scope string, pm2 schemas.PM2) {
	at := "pm2." + scope
	c.positive(at+".timeout", pm2.Timeout)
	c.atLeast(at+".stale_after", pm2.StaleAfter, at+".timeout", pm2.Timeout)
	c.notNegative(at+".dead_for", pm2.DeadFor)
	c.expect(at+".expect", pm2.Expect)
	c.memory(at+".memory", pm2.Memory)
	c.ladder(at+".ladder", pm2.Ladder)
}

func (c *checks) expect(field string, names []string) {
	seen := map[string]bool{}
	for i, name := range names {
		at := []string{fmt.Sprintf("%s.%d", field, i)}
		c.unless(name != "", at, "%s holds an empty name", field)
		c.unless(strings.TrimSpace(name) == name, at, "%s: %q begins or ends with white space", field, name)
		c.unless(!seen[name], at, "%s names %q twice", field, name)
		seen[name] = true
	}
}

func (c *checks) memory(at string, memory schemas.PM2Memory) {
	c.notNegative(at+".for", memory.For)
	c.unless(memory.RestartPct >= memory.WarnPct, []string{at + ".restart_pct", at + ".warn_pct"},
		"%s.restart_pct (%d) must be at least warn_pct (%d)", at, memory.RestartPct, memory.WarnPct)
}

// ladder checks the rungs of a ladder, by the names of their fields.
func (c *checks) ladder(at string, ladder any) {
	rungs := reflect.ValueOf(ladder)
	for i := range rungs.NumField() {
		name, _, _ := strings.Cut(rungs.Type().Field(i).Tag.Get("json"), ",")
		if rung, ok := rungs.Field(i).Interface().(schemas.Rung); ok {
			c.rung(at+"."+name, rung)
		}
	}
}

func (c *checks) rung(at string, rung schemas.Rung) {
	c.positive(at+".cooldown", rung.Cooldown)
	c.notNegative(at+".within", rung.Within)
	c.atLeast(at+".max_cooldown", rung.MaxCooldown, at+".cooldown", rung.Cooldown)
}

func (c *checks) watchesSomething() {
	c.unless(len(c.config.PM2)+len(c.config.GitHub)+len(c.config.Netlify) > 0, []string{"pm2"},
		"nothing is watched: name a PM2 home, as in pm2: local: {}, a repository in github:, or a site in netlify:")
}

func (c *checks) homesDiffer() {
	first := map[string]string{}
	for _, scope := range slices.Sorted(maps.Keys(c.config.PM2)) {
		home := c.config.PM2[scope].Home
		if home != "" {
			home = filepath.Clean(home)
		}
		if other, taken := first[home]; taken {
			c.unless(false, []string{"pm2." + scope + ".home", "pm2." + scope},
				"pm2.%s and pm2.%s have the same home: each process would be watched and acted on twice", other, scope)
			continue
		}
		first[home] = scope
	}
}

// short writes a duration as an operator does: 30m, not 30m0s.
func short(d schemas.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}

	return text
}
