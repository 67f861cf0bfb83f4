package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// acted is what rr act prints.
type acted struct {
	Outcome schemas.Outcome `json:"outcome"`
}

func (r *rig) act(verb, target string) schemas.Outcome {
	r.t.Helper()

	return decode[acted](r.t, r.rr("act", "-o", "json", verb, target)).Outcome
}

func guardsOn(o schemas.Outcome) []string {
	return guardsOf(schemas.Record{Outcomes: []schemas.Outcome{o}})
}

const unlimited = "budget: {total: {max: 1000, window: \"1m\"}, blast_radius: {max: 1000, percent: 100}}\n"

// (4) Two persons restart one app at the same time: one does, the other is
// told that the first is not verified yet.
func TestTwoOperatorsAtOnceRestartAnAppOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		runs bool
	}{{"beside an rr that runs", true}, {"without one", false}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, "7", pm2test.Sleeper("api"), pm2test.Sleeper("well"))
			r := newRig(t, settings{home: p.Home, more: strings.ReplaceAll(brisk, `settle: "2s"`, `settle: "10s"`)}.String())
			if row.runs {
				r.run()
				r.turns(1)
			}
			before := restartsOf(t, p, "api")
			results := make([]result, 2)
			var both sync.WaitGroup
			for i := range results {
				both.Go(func() { results[i] = r.rr("act", "-o", "json", "pm2.restart", "pm2/local/process/api") })
			}
			both.Wait()

			slices.SortFunc(results, func(a, b result) int { return a.code - b.code })
			if results[0].code != exitOK {
				t.Errorf("neither restarted it: %s\n%s", results[0], results[1])
			}
			second := results[1]
			if second.code == exitLocked && !row.runs {
				second = r.rr("act", "-o", "json", "pm2.restart", "pm2/local/process/api")
			}
			if guards := guardsOn(decode[acted](t, second).Outcome); second.code != exitDue || !slices.Contains(guards, schemas.GuardInFlight) {
				t.Errorf("the other was held by %v, want %s: %s", guards, schemas.GuardInFlight, second)
			}
			if n := restartsOf(t, p, "api") - before; n != 1 {
				t.Errorf("PM2 restarted it %d times, want once", n)
			}
			if attempts := r.history().of("api").Attempts; len(attempts) != 1 || attempts[0].Status != schemas.OutcomeDone {
				t.Errorf("attempts = %+v, want one that is done", attempts)
			}
			if lives := livesOf(t, p.Home, "api"); len(lives) != 1 {
				t.Errorf("api runs as %v, want one", lives)
			}
		})
	}
}

// (4) Every verb is asked for twice. The second time is withheld while the
// first is not verified, and afterwards refused or without harm: nothing runs
// twice, and nothing is lost.
func TestEveryVerbTwiceDoesNoHarm(t *testing.T) {
	t.Parallel()
	h := startHands(t)
	firsts, seconds, thirds := make([]schemas.Outcome, len(hands)), make([]schemas.Outcome, len(hands)), make([]schemas.Outcome, len(hands))
	for i, row := range hands {
		firsts[i], seconds[i] = h.rig.act(row.verb, row.target), h.rig.act(row.verb, row.target)
	}
	await(t, "all to be verified and their pauses over", h.rig.quiet)
	for i, row := range hands {
		thirds[i] = h.rig.act(row.verb, row.target)
	}

	for i, row := range hands {
		t.Run(row.verb+" of "+row.target, func(t *testing.T) {
			if got := firsts[i]; got.Status != row.first {
				t.Errorf("first: %s (%s), want %s", got.Status, got.Note, row.first)
			}
			if got := seconds[i]; got.Status != schemas.OutcomeWithheld || !slices.Contains(guardsOn(got), schemas.GuardInFlight) {
				t.Errorf("second, at once: %s by %v (%s), want withheld by %s", got.Status, guardsOn(got), got.Note, schemas.GuardInFlight)
			}
			if got := thirds[i]; got.Status != row.again {
				t.Errorf("second, later: %s by %v (%s), want %s", got.Status, guardsOn(got), got.Note, row.again)
			}
		})
	}
	h.intact(t)
}

var hands = []struct{ verb, target, first, again string }{
	{"pm2.reload", "pm2/local/process/reload", "done", "done"},
	{"pm2.restart", "pm2/local/process/restart", "done", "done"},
	{"pm2.stop_start", "pm2/local/process/stop-start", "done", "done"},
	{"pm2.recreate", "pm2/local/process/recreate", "done", "done"},
	{"pm2.reset", "pm2/local/process/reset", "done", "done"},
	{"pm2.stop", "pm2/local/process/stop", "done", "refused"},
	{"pm2.resurrect", "pm2/local/process/resurrect", "done", "refused"},
	{"pm2.start_ecosystem", "pm2/local/process/start-ecosystem", "done", "refused"},
}

type hand struct {
	t   *testing.T
	pm2 *pm2test.PM2
	rig *rig
}

// startHands is a home with an app for each verb, in the state in which that
// verb is of use, and an rr whose policies do nothing.
func startHands(t *testing.T) *hand {
	t.Helper()
	script := filepath.Join(t.TempDir(), "idle.js")
	var apps []pm2test.App
	for _, row := range hands {
		app := pm2test.Sleeper(schemas.ID(row.target).Name())
		if app.Name == "reload" {
			app = pm2test.App{Name: app.Name, Script: script, Interpreter: "node", Instances: 1, ExecMode: "cluster"}
		}
		apps = append(apps, app)
	}
	h := &hand{t: t, pm2: pm2test.New(t, "7")}
	h.rig = newRig(t, settings{
		home: h.pm2.Home, command: h.pm2.Bin,
		more: strings.ReplaceAll(brisk, `settle: "2s"`, `settle: "4s"`) + unlimited + "pm2: local: {ecosystem: [\"good.config.cjs\"], ladder: {start_ecosystem: {attempts: 0, cooldown: \"1s\"}, recreate: cooldown: \"1s\", stop: cooldown: \"1s\", reload: cooldown: \"1s\", upkeep: cooldown: \"1s\"}}\n",
	}.String())
	h.rig.write("good.config.cjs", declares("start-ecosystem"))
	writeIdle(t, script)
	h.pm2.StartApps(apps...)
	h.pm2.Run("save")
	h.pm2.Run("delete", "start-ecosystem")
	h.pm2.Run("save")
	h.pm2.Run("delete", "resurrect")
	h.rig.edit("redundancy.cue", "expect: []", `expect: ["resurrect"]`)
	h.rig.edit("redundancy.cue", `resurrect: {attempts: 1`, `resurrect: {attempts: 0`)
	h.rig.run()
	h.rig.turns(1)

	return h
}

// quiet tells whether no attempt awaits its verification, nor a pause its end.
func (r *rig) quiet() bool {
	turn := r.status().Record
	if turn == nil || len(turn.Snapshot.Attempts) == 0 {
		return false
	}
	for _, a := range r.history().Attempts {
		if a.State == schemas.AttemptPending || a.EndedAt == nil || turn.Snapshot.Moment.At.Sub(*a.EndedAt).Seconds() < 4 {
			return false
		}
	}

	return true
}

func (h *hand) intact(t *testing.T) {
	t.Helper()
	said := statuses(t, h.pm2)
	if len(list(t, h.pm2)) != len(hands) {
		t.Errorf("PM2 has %v, want one of each", said)
	}
	for _, row := range hands {
		name, want, lives := schemas.ID(row.target).Name(), "online", 1
		if name == "stop" {
			want, lives = "stopped", 0
		}
		if said[name] != want {
			t.Errorf("PM2 says %q of %s, want %s", said[name], name, want)
		}
		if name == "reload" {
			continue // a cluster worker's environment is written over by its title
		}
		if got := livesOf(t, h.pm2.Home, name); len(got) != lives {
			t.Errorf("%s runs as %v, want %d", name, got, lives)
		}
	}
}

// (4) What is done to a daemon by hand is done, and done twice without harm. A
// policy may not ask to replace one.
func TestDaemonIsUpdatedByHandOnly(t *testing.T) {
	t.Parallel()
	p := pm2test.Start(t, "7", pm2test.Sleeper("api"), pm2test.Sleeper("stopped"))
	p.Run("stop", "stopped")
	r := newRig(t, settings{home: p.Home, command: p.Bin, more: brisk + unlimited + "pm2: local: ladder: upkeep: cooldown: \"1s\"\n"}.String())
	r.run()
	r.turns(1)
	for _, row := range []struct{ verb, status string }{
		{"pm2.end_orphans", schemas.OutcomeRefused},
		{"pm2.save", schemas.OutcomeDone},
		{"pm2.save", schemas.OutcomeDone},
		{"pm2.update_daemon", schemas.OutcomeDone},
		{"pm2.update_daemon", schemas.OutcomeDone},
	} {
		before := p.DaemonPID()
		var got schemas.Outcome
		await(t, row.verb+" to be let through", func() bool {
			got = r.act(row.verb, string(daemonID))
			return got.Status != schemas.OutcomeWithheld
		})
		if got.Status != row.status {
			t.Errorf("%s: %s (%s), want %s", row.verb, got.Status, got.Note, row.status)
		}
		replaced := p.DaemonPID() != before
		if replaced != (row.verb == "pm2.update_daemon") {
			t.Errorf("after %s the daemon is %d and was %d", row.verb, p.DaemonPID(), before)
		}
	}
	if said := statuses(t, p); len(said) != 2 || said["api"] != "online" || said["stopped"] != "stopped" {
		t.Errorf("PM2 has %v, want api online and stopped stopped", said)
	}
	if lives := livesOf(t, p.Home, "api"); len(lives) != 1 {
		t.Errorf("api runs as %v, want one", lives)
	}

	for _, name := range []string{`"pm2.update_daemon"`, `concat("", ["pm2.update", "_daemon"])`} {
		asks := newRig(t, settings{home: p.Home, command: p.Bin, more: brisk + "policies: dir: \"policies\"\n"}.String())
		asks.mkdir("policies/pm2/daemon")
		asks.write("policies/pm2/daemon/mine.rego", fmt.Sprintf(updates, name))
		asks.write("policies/pm2/daemon/mine_test.rego", "package policies.pm2.daemon.mine_test\n\nimport data.policies.pm2.daemon.mine\n\ntest_it if count(mine.actions) >= 0\n")
		daemon := p.DaemonPID()
		got := asks.rr("run", "--once", "-o", "json")
		if !strings.Contains(got.stdout+got.stderr, "pm2.update_daemon is for a person to ask for") || got.code == exitOK {
			t.Errorf("a policy that asks for %s is not told wrong: %s", name, got)
		}
		if p.DaemonPID() != daemon {
			t.Errorf("a policy that asks for %s replaced the daemon", name)
		}
	}
}

const updates = `# METADATA
# title: mine
# description: mine
package policies.pm2.daemon.mine

# METADATA
# description: update it
actions contains action if {
	input.daemon.state == "serving"

	action := {"verb": %s, "reason": "mine"}
}
`
