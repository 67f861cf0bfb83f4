package pm2

import (
	"slices"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
)

// What is wanted of a process. A person may stop anything, so that it is to run
// only where that is declared.
const (
	wantRunning = "running"
	wantEither  = "either"
)

// Yes, no and what could not be told.
const (
	yes     = "yes"
	no      = "no"
	unknown = "unknown"
)

// desired is what ecosystem files and expect: say should be there.
type desired struct {
	apps   map[string]ecosystem.App // by name, of all files that could be read
	named  bool                     // there are files
	blank  bool                     // some of them could not be read
	expect []string
}

func desiredBy(files []reading, expect []string) desired {
	d := desired{apps: map[string]ecosystem.App{}, named: len(files) > 0, expect: expect}
	for _, file := range files {
		if !file.known {
			d.blank = true
		}
		for _, app := range file.apps {
			if _, twice := d.apps[app.Name]; app.Name != "" && !twice {
				d.apps[app.Name] = app
			}
		}
	}

	return d
}

// expected tells whether expect: names it.
func (d desired) expected(name string) bool { return slices.Contains(d.expect, name) }

// wanted is what an ecosystem file says of a name, else what expect: says.
func (d desired) wanted(name string) string {
	app, declared := d.apps[name]
	switch {
	case declared && runsForGood(app):
		return wantRunning
	case !declared && d.expected(name):
		return wantRunning
	}

	return wantEither
}

// wantedOf is what is wanted of an app that PM2 knows. One that PM2 is not to
// restart when it ends, or that a schedule starts, may be between two runs.
func (d desired) wantedOf(app pm2.App) string {
	if _, declared := d.apps[app.Name]; !declared && (doesNotRestart(app) || app.CronRestart != "") {
		return wantEither
	}

	return d.wanted(app.Name)
}

// runsForGood tells whether an app that an ecosystem file declares is to run
// all the time, and not by a schedule, once, or when somebody starts it.
func runsForGood(app ecosystem.App) bool {
	return app.Autorestart && app.Autostart && app.CronRestart == ""
}

// inEcosystem tells whether an ecosystem file names an app.
func (d desired) inEcosystem(name string) string {
	_, declared := d.apps[name]
	switch {
	case declared:
		return yes
	case !d.named || d.blank:
		return unknown
	}

	return no
}

// instances is how many of an app there should be, nil where no file says so.
func (d desired) instances(name string) *int {
	app, declared := d.apps[name]
	if !declared {
		return nil
	}

	return &app.Instances
}

// names are all that should be there, each once: those expected, and those that
// an ecosystem file wants running.
func (d desired) names() []string {
	names := slices.Clone(d.expect)
	for name := range d.apps {
		if d.wanted(name) == wantRunning {
			names = append(names, name)
		}
	}
	slices.Sort(names)

	return slices.Compact(names)
}
