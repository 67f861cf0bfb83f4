package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (5) All of a small fleet is broken. rr enters the emergency, backs up and
// verifies, heals only then, and is back to normal; all of it is told.
func TestAnEmergencyBacksUpBeforeItHeals(t *testing.T) {
	t.Parallel()
	first, second := newFragile(t, "first"), newFragile(t, "second")
	p := pm2test.Start(t, "7", first.app, second.app)
	p.Run("save")
	errored(t, p, "first")
	errored(t, p, "second")
	first.mend()
	second.mend()
	r := newRig(t, settings{home: p.Home, command: p.Bin, more: short + keptPlain(p)}.String())
	r.run()
	r.turns(1)
	await(t, "the emergency to be over", func() bool { return slices.Contains(r.modes(), "recovering to normal") })

	if got, want := r.modes(), []string{"normal to emergency", "emergency to recovering", "recovering to normal"}; !slices.Equal(got, want) {
		t.Errorf("modes %q, want %q", got, want)
	}
	steps := r.events(schemas.EventStep)
	if len(steps) != 4 || !strings.Contains(steps[1].Note, "1 of 2 done: back up everything: 2 sets backed up and verified: apps/") || !strings.Contains(steps[2].Note, "2 of 2 begins") {
		t.Fatalf("steps %+v, want a backup that is done, then the second step", steps)
	}
	attempts := slices.DeleteFunc(r.history().Attempts, func(a schemas.Attempt) bool { return a.Action.Target.System() != "pm2" })
	if len(attempts) != 2 || slices.ContainsFunc(attempts, func(a schemas.Attempt) bool {
		return a.BeganAt.Before(steps[1].At) || a.State != schemas.AttemptRecovered
	}) {
		t.Errorf("attempts %+v, want two that were begun after the backup and recovered", attempts)
	}
	if got := r.rr("backup", "verify"); got.code != exitOK || strings.Count(got.stdout, "1 of 1 backups are whole") != len(plannedSets) {
		t.Errorf("the backups are not said to be good: %s", got)
	}
}

// short is an emergency of little patience.
const short = `interval: "200ms"
min_interval: "100ms"
settle: "500ms"
emergency: {hold: "0s", settle: "500ms", plan: [{backup: []}, {recover: "pm2/local/process"}]}
budget: blast_radius: percent: 100
shadow: [{verb: "backup.create"}, {verb: "backup.drill"}]
`

// plannedSets are those that the plan backs up.
var plannedSets = []string{"apps", "pm2-local"}

// keptPlain backs up the PM2 home and its ecosystem files, encrypted by nothing.
func keptPlain(p *pm2test.PM2) string { return kept(p, `encrypt: "none"`) }

func kept(p *pm2test.PM2, how string) string {
	return fmt.Sprintf("backup: {builtin: [\"pm2\"], sets: apps: {root: %q, paths: [\"apps-*.json\"], secret: true}, %s}\n", p.Home, how)
}

// plan is how far an emergency has come, by rr emergency status.
func (r *rig) plan() schemas.Standing {
	r.t.Helper()

	return decode[struct {
		Standing schemas.Standing `json:"standing"`
	}](r.t, r.rr("emergency", "status", "-o", "json")).Standing
}

// events are those of one kind, oldest first.
func (r *rig) events(kind string) []schemas.Event {
	r.t.Helper()
	var got struct {
		Events []schemas.Event `json:"events"`
	}
	if err := json.Unmarshal([]byte(r.rr("history", "-n", "100", "-o", "json").stdout), &got); err != nil {
		r.t.Fatal(err)
	}
	slices.Reverse(got.Events)

	return slices.DeleteFunc(got.Events, func(e schemas.Event) bool { return e.Kind != kind })
}

// modes are the changes of the mode, oldest first.
func (r *rig) modes() []string {
	r.t.Helper()
	var modes []string
	for _, e := range r.events(schemas.EventMode) {
		modes = append(modes, e.Note)
	}

	return modes
}
