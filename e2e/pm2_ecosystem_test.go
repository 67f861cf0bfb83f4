package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (1) An app that PM2 lost is started from the ecosystem file that names it, or
// from dump.pm2, and nothing else is touched. A file that PM2 would not
// understand is found with what to do, and nothing is started twice for it.
func TestWhatPM2LostIsStartedFromWhereItIsDeclared(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			f := startDeclared(t, version)
			t.Run("finds what is wrong with a file", f.found)

			f.pm2.Run("delete", "declared", "saved", "badly-named")
			for _, name := range []string{"declared", "saved", "badly-named"} {
				await(t, name+" to be recovered", f.rig.recovered(name))
			}
			f.rig.turns(10)
			t.Run("starts an app from its ecosystem file", func(t *testing.T) { f.broughtBack(t, "declared", "pm2.start_ecosystem") })
			t.Run("starts an app from a file of a wrong name", func(t *testing.T) { f.broughtBack(t, "badly-named", "pm2.start_ecosystem") })
			t.Run("starts an app from dump.pm2", func(t *testing.T) { f.broughtBack(t, "saved", "pm2.resurrect") })
			t.Run("touches nothing else", f.untouched)
		})
	}
}

type declared struct {
	t      *testing.T
	pm2    *pm2test.PM2
	rig    *rig
	before map[string]int
}

// startDeclared is a home with apps of a good file, of one of a wrong name, and
// of none, all of them running, and with rr.
func startDeclared(t *testing.T, version string) *declared {
	t.Helper()
	p := pm2test.Start(t, version, pm2test.Sleeper("declared"), pm2test.Sleeper("sibling"), pm2test.Sleeper("badly-named"), pm2test.Sleeper("saved"))
	p.Run("save")
	r := newRig(t, settings{
		home: p.Home, command: p.Bin, expect: []string{"saved"},
		more: brisk + "pm2: local: {ecosystem: [\"good.config.cjs\", \"ecosystem.cjs\", \"broken.config.cjs\", \"broken.json\"], ladder: start_ecosystem: cooldown: \"1s\"}\n",
	}.String())
	r.write("good.config.cjs", declares("declared", "sibling"))
	r.write("ecosystem.cjs", declares("badly-named"))
	r.write("broken.config.cjs", "module.exports = {\n  apps: [{name: 'a',, script: 'b'}]\n};\n")
	r.write("broken.json", "{\n  \"apps\": [\n    {\"name\": \"a\",, \"script\": \"b\"}\n  ]\n}\n")
	f := &declared{t: t, pm2: p, rig: r, before: pids(t, p)}
	r.run()
	r.turns(3)

	return f
}

// declares is an ecosystem file of apps that sleep.
func declares(names ...string) string {
	var apps []string
	for _, name := range names {
		apps = append(apps, fmt.Sprintf("  {name: %q, script: '/bin/sleep', args: ['3600'], interpreter: 'none'},\n", name))
	}

	return "module.exports = {apps: [\n" + strings.Join(apps, "") + "]};\n"
}

func (f *declared) found(t *testing.T) {
	decision := f.rig.status().Record.Decision
	for _, row := range []struct {
		file, policy, reason string
	}{
		{"ecosystem.cjs", "misnamed", "rename it to ecosystem.config.cjs"},
		{"broken.config.cjs", "invalid", "2:21: "},
		{"broken.json", "invalid", "3:18: "},
	} {
		id := schemas.NewID("pm2", "local", "ecosystem", row.file, 0)
		if !slices.ContainsFunc(decision.Findings, func(found schemas.Finding) bool {
			return found.Subject == id && strings.HasSuffix(found.Policy, "."+row.policy) && strings.Contains(found.Reason, row.reason) && found.Score < 80
		}) {
			t.Errorf("no finding of %s about %s says %q: %+v", row.policy, row.file, row.reason, decision.Findings)
		}
	}
	good := schemas.NewID("pm2", "local", "ecosystem", "good.config.cjs", 0)
	if score := decision.Health.Subjects[good].Score; score == nil || *score != 100 {
		t.Errorf("good.config.cjs is %+v, want 100", decision.Health.Subjects[good])
	}
}

func (f *declared) broughtBack(t *testing.T, name, verb string) {
	f.rig.wasDone(t, name, verb+" recovered")
	now := pids(t, f.pm2)[name]
	if lives := livesOf(t, f.pm2.Home, name); now == f.before[name] || !slices.Equal(lives, []int{now}) {
		t.Errorf("%s runs as %v, want as one new process, %d", name, lives, now)
	}
}

func (f *declared) untouched(t *testing.T) {
	now := pids(t, f.pm2)
	if lives := livesOf(t, f.pm2.Home, "sibling"); !slices.Equal(lives, []int{f.before["sibling"]}) {
		t.Errorf("sibling runs as %v, want only as before, %d", lives, f.before["sibling"])
	}
	if len(list(t, f.pm2)) != 4 {
		t.Errorf("PM2 has %v, want the four apps", now)
	}
	if attempts := f.rig.history().Attempts; len(attempts) != 3 {
		t.Errorf("attempts = %+v, want three", attempts)
	}
	entries, err := os.ReadDir(f.rig.dir)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, entry := range entries {
		there = append(there, entry.Name())
	}
	if want := []string{".rr", "broken.config.cjs", "broken.json", "ecosystem.cjs", "good.config.cjs", "home", "redundancy.cue"}; !slices.Equal(there, want) {
		t.Errorf("beside the ecosystem files lie %v, want %v", there, want)
	}
}

// (1) Ecosystem files of every kind that PM2 starts name an app each that PM2
// does not know. rr reads them all and starts each app from its file, with the
// settings that it has there.
func TestEcosystemFilesOfEveryKindStartWhatTheyName(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, version, pm2test.Sleeper("well"))
			r := newRig(t, settings{
				home: p.Home, command: p.Bin, more: brisk + unlimited + "pm2: local: ladder: start_ecosystem: cooldown: \"1s\"\n",
			}.String())
			var paths []string
			for _, kind := range kinds {
				r.write(kind.file, kind.text)
				paths = append(paths, fmt.Sprintf("%q", kind.file))
			}
			r.write("names.json", `{"required": "required"}`)
			r.write("module.config.mjs", "export default {apps: [{name: 'module', script: '/bin/sleep', args: '3600', interpreter: 'none'}]}\n")
			r.configure(r.read("redundancy.cue") + "pm2: local: ecosystem: [" + strings.Join(append(paths, `"module.config.mjs"`), ", ") + "]\n")
			before := pids(t, p)["well"]
			r.run()
			for _, kind := range kinds {
				await(t, kind.app+" to be recovered", r.recovered(kind.app))
				r.wasDone(t, kind.app, "pm2.start_ecosystem recovered")
				apps := appsOf(t, p, kind.app)
				if len(apps) != 1 || apps[0].Status != "online" || !slices.Equal(livesOf(t, p.Home, kind.app), []int{apps[0].PID}) {
					t.Errorf("%s: PM2 has %+v, want one that is online and runs once", kind.file, apps)
				}
			}
			if now := pids(t, p)["well"]; now != before {
				t.Errorf("well was started anew: its pid was %d and is %d", before, now)
			}
			id := schemas.NewID("pm2", "local", "ecosystem", "module.config.mjs", 0)
			if findings := r.status().Record.Decision.Findings; !slices.ContainsFunc(findings, func(f schemas.Finding) bool {
				return f.Subject == id && strings.HasSuffix(f.Policy, ".unsupported")
			}) {
				t.Errorf("nothing says that PM2 cannot start an ES module: %+v", findings)
			}
		})
	}
}

var kinds = []struct{ app, file, text string }{
	{"plain", "plain.config.js", declares("plain")},
	{"required", "required.config.cjs", "const {required} = require('./names.json');\n" + strings.Replace(declares("x"), `"x"`, "required", 1)},
	{"from-env", "env.config.cjs", strings.Replace(declares("x"), `"x"`, "process.env.HOME ? 'from-env' : 'nothing'", 1)},
	{"commented", "commented.json", "// what runs here\n{apps: [{name: 'commented', /* sleeps */ \"script\": \"/bin/sleep\", args: [\"3600\"], interpreter: \"none\",},]}\n"},
	{"strict", "strict.json", `{"apps": [{"name": "strict", "script": "/bin/sleep", "args": ["3600"], "interpreter": "none"}]}`},
	{"yaml", "eco.yaml", "apps:\n  - name: yaml\n    script: /bin/sleep\n    args: ['3600']\n    interpreter: none\n"},
}
