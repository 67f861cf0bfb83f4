//go:build verify

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// planned is an emergency that begins at once and heals first in line before
// anything else.
const planned = `emergency: {
	hold:   "0s"
	settle: "3s"
	plan: [{backup: []}, {recover: "pm2/local/daemon"}, {recover: "pm2/local/process/first"}, {recover: "pm2/local/process"}]
}
budget: blast_radius: percent: 100
`

// (5) Of six processes four are broken. rr enters the emergency once, freezes
// what the plan has not come to, is killed with -9 in the middle of a step, goes
// on there, heals the four, leaves the two alone, and leaves the emergency once
// health has held.
func TestAnEmergencyIsRunToItsEndOverAKill(t *testing.T) {
	t.Parallel()
	names := []string{"first", "second", "third", "fourth"}
	var apps []fragile
	var all []pm2test.App
	for _, name := range names {
		apps = append(apps, newFragile(t, name))
		all = append(all, apps[len(apps)-1].app)
	}
	all = append(all, pm2test.Shell("well", "exec sleep 3600"), pm2test.Shell("fine", "exec sleep 3600"))
	p := pm2test.Start(t, "7", all...)
	for i, app := range apps {
		errored(t, p, names[i])
		app.mend()
		apps[i].before = app.starts()
	}
	before := pids(t, p)
	r := newRig(t, settings{home: p.Home, command: p.Bin, more: brisk + planned}.String())

	plain := r.env
	r.env = append(slices.Clone(plain), "RR_FAIL=acted")
	service := r.run()
	service.wait()
	if !service.killed() {
		t.Fatalf("rr was not killed: %s", service.log)
	}
	r.env = plain
	if got := r.rr("emergency", "status"); got.code != exitDue || !strings.Contains(got.stdout, "recover pm2/local/process/first") {
		t.Fatalf("after the kill: %s", got)
	}
	for _, name := range names[1:] {
		if held := heldOn(r.record(1), name); !slices.Contains(held, schemas.GuardFrozen) {
			t.Errorf("%s was held by %v, want %s", name, held, schemas.GuardFrozen)
		}
	}

	r.run()
	await(t, "the emergency to be over", func() bool {
		return slices.Contains(r.modes(), "recovering to normal")
	})
	r.turns(3)
	if got, want := r.modes(), []string{"normal to emergency", "emergency to recovering", "recovering to normal"}; !slices.Equal(got, want) {
		t.Errorf("modes %q, want %q", got, want)
	}
	for i, app := range apps {
		if starts := app.starts() - apps[i].before; starts != 1 {
			t.Errorf("%s was started %d times, want once", names[i], starts)
		}
	}
	after := pids(t, p)
	for _, name := range []string{"well", "fine"} {
		if before[name] == 0 || before[name] != after[name] {
			t.Errorf("%s had pid %d and has %d: what is healthy was touched", name, before[name], after[name])
		}
	}
	r.firstCameFirst()
}

// firstCameFirst holds that the other steps began after the first was verified.
func (r *rig) firstCameFirst() {
	r.t.Helper()
	h := r.history()
	first := h.of("first").Attempts
	if len(first) != 1 || first[0].Status != schemas.OutcomeUnknown || first[0].State != schemas.AttemptRecovered || first[0].VerifiedAt == nil {
		r.t.Fatalf("attempts on first: %+v, want one that is unknown and recovered", first)
	}
	for _, a := range h.Attempts {
		if a.Action.Target.Name() != "first" && a.BeganAt.Before(*first[0].VerifiedAt) {
			r.t.Errorf("%s was acted on before first was verified", a.Action.Target)
		}
	}
}

// heldOn are the guards that refused what was asked for one app.
func heldOn(record schemas.Record, name string) []string {
	var guards []string
	for _, o := range record.Outcomes {
		for _, held := range o.Withheld {
			if o.Action.Target.Name() == name {
				guards = append(guards, held.Guard)
			}
		}
	}

	return guards
}

// modes are the changes of the mode, oldest first.
func (r *rig) modes() []string {
	r.t.Helper()
	var got struct {
		Events []schemas.Event `json:"events"`
	}
	if err := json.Unmarshal([]byte(r.rr("history", "-n", "100", "-o", "json").stdout), &got); err != nil {
		r.t.Fatal(err)
	}
	var modes []string
	for _, e := range got.Events {
		if e.Kind == schemas.EventMode {
			modes = append(modes, e.Note)
		}
	}
	slices.Reverse(modes)

	return modes
}
