package pm2

import (
	"testing"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/schemas"
)

func TestWanted(t *testing.T) {
	forGood := ecosystem.App{Name: "api", Autorestart: true, Autostart: true, Instances: 2}
	once, timed, byHand := forGood, forGood, forGood
	once.Autorestart, timed.CronRestart, byHand.Autostart = false, "0 4 * * *", false
	for _, c := range []struct {
		name     string
		expected bool
		declared []ecosystem.App
		app      pm2.App
		want     string
	}{
		{"it is either where nobody says: a person may stop anything", false, nil, pm2.App{Autorestart: is(true)}, "either"},
		{"it is running where an ecosystem file names it", false, []ecosystem.App{forGood}, pm2.App{}, "running"},
		{"it is running where it is expected", true, nil, pm2.App{}, "running"},
		{"it is either where an ecosystem file has it run once", false, []ecosystem.App{once}, pm2.App{}, "either"},
		{"it is either where an ecosystem file gives it a schedule", false, []ecosystem.App{timed}, pm2.App{}, "either"},
		{"it is either where an ecosystem file does not start it", false, []ecosystem.App{byHand}, pm2.App{}, "either"},
		{"an ecosystem file says more than expect:", true, []ecosystem.App{once}, pm2.App{}, "either"},
		{"an ecosystem file says more than PM2", false, []ecosystem.App{forGood}, pm2.App{Autorestart: is(false)}, "running"},
		{"it is either where PM2 is not to restart it, though it is expected", true, nil, pm2.App{Autorestart: is(false)}, "either"},
		{"it is either where PM2 starts it by a schedule, though it is expected", true, nil, pm2.App{CronRestart: "0 4 * * *"}, "either"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := schemas.PM2{}
			if c.expected {
				config.Expect = []string{"api"}
			}
			c.app.Name, c.app.Status = "api", "stopped"
			l := lookNow(t, config, c.app)
			if c.declared != nil {
				l.declares(c.declared...)
			}
			p := newCollector(t, config).processes(l)["pm2/local/process/api"]
			if p.Wanted != c.want || p.Expected != c.expected {
				t.Errorf("wanted = %q, expected = %v; want %q, %v", p.Wanted, p.Expected, c.want, c.expected)
			}
		})
	}
}

func TestMissingIsWhatShouldRunAndPM2DoesNotKnow(t *testing.T) {
	config := schemas.PM2{Expect: []string{"api", "worker"}}
	l := lookNow(t, config, pm2.App{Name: "api", Status: "stopped"}, pm2.App{Name: "extra", ID: 1, Status: "stopped"}).declares(
		ecosystem.App{Name: "api", Autorestart: true, Autostart: true, Instances: 4},
		ecosystem.App{Name: "web", Autorestart: true, Autostart: true, Instances: 2, Script: "/nowhere/web.js", CWD: "/", Namespace: "shop"},
		ecosystem.App{Name: "job", Autostart: true, Instances: 1},
	)
	facts := newCollector(t, config).processes(l)
	for id, want := range map[schemas.ID]struct {
		state, wanted, inEcosystem, cause string
		expected                          bool
		instances                         any
	}{
		"pm2/local/process/api":    {schemas.ProcessStopped, "running", "yes", "none", true, 4},
		"pm2/local/process/extra":  {schemas.ProcessStopped, "either", "no", "none", false, nil},
		"pm2/local/process/worker": {schemas.ProcessMissing, "running", "no", "none", true, nil},
		"pm2/local/process/web":    {schemas.ProcessMissing, "running", "yes", "script_missing", false, 2},
	} {
		got := facts[id]
		if got.State != want.state || got.Wanted != want.wanted || got.InEcosystem != want.inEcosystem ||
			got.Cause != want.cause || got.Expected != want.expected || deref(got.InstancesWanted) != want.instances {
			t.Errorf("%s = %+v, want %+v", id, got, want)
		}
	}
	if len(facts) != 4 {
		t.Errorf("%d processes, want 4: what is to run once is not missing", len(facts))
	}
}

func TestInEcosystem(t *testing.T) {
	file := reading{known: true, apps: []ecosystem.App{{Name: "api"}}}
	for _, c := range []struct {
		name  string
		files []reading
		app   string
		want  string
	}{
		{"it is unknown where no file is named", nil, "api", "unknown"},
		{"it is yes where one names it", []reading{file}, "api", "yes"},
		{"it is no where none does", []reading{file}, "web", "no"},
		{"it is yes where one names it and another cannot be read", []reading{file, {}}, "api", "yes"},
		{"it is unknown where one cannot be read", []reading{file, {}}, "web", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := desiredBy(c.files, nil).inEcosystem(c.app); got != c.want {
				t.Errorf("in_ecosystem of %s = %q, want %q", c.app, got, c.want)
			}
		})
	}
}
