package runner_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

// needing is a world in which worker needs api, and whatever else is said.
func needing(t *testing.T, more map[string][]string) *world {
	w := newWorld(t)
	config := testConfig()
	config.Needs = map[string][]string{"pm2/*/process/work*": {string(api)}}
	for id, needs := range more {
		config.Needs[id] = needs
	}
	w.runner.Use(w.setup(config))
	w.states = map[schemas.ID]string{api: "errored", worker: "errored"}

	return w
}

func TestWhatNeedsSomethingUnhealthyIsNotHealedForItself(t *testing.T) {
	w := needing(t, nil)
	w.onAct = func(a schemas.Action) {
		if a.Target != api {
			t.Errorf("acted on %s before api was healthy", a.Target)
		}
	}
	report := w.turn()
	var note string
	for _, o := range report.Record.Outcomes {
		if o.Action.Target == worker && len(o.Withheld) == 1 && o.Withheld[0].Guard == schemas.GuardNeeds {
			note = o.Withheld[0].Note
		}
	}
	if !strings.Contains(note, string(api)) || len(w.acted) != 1 {
		t.Fatalf("worker is held by %q, acted %v; want needs, and api alone", note, w.acted)
	}
	w.states[api] = "online"
	w.onAct = nil
	w.pass(5 * time.Second)
	w.turn()
	if len(w.acted) != 2 || w.acted[1].Target != worker {
		t.Errorf("acted %v, want worker once api is healthy", w.acted)
	}
}

func TestWhatNeedsSomethingUnhealthyIsOfItsIncidentAndToldOfOnlyAfterwards(t *testing.T) {
	w := needing(t, nil)
	told := map[schemas.ID]int{}
	turns := func(n int) {
		for range n {
			for _, alert := range w.turn().Told {
				told[alert.Subject]++
			}
			w.pass(5 * time.Second)
		}
	}
	turns(60)
	incidents := w.turns[len(w.turns)-1].Record.Snapshot.Incidents
	if incidents[worker].Of != incidents[api].ID || incidents[worker].Needs != api || incidents[api].Of != 0 {
		t.Errorf("incidents %+v, want that of worker to be of that of api", incidents)
	}
	if told[api] != 1 || told[worker] != 0 {
		t.Errorf("told %v, want of api once", told)
	}
	w.states[api], w.actError = "online", errors.New("no")
	turns(100)
	incidents = w.turns[len(w.turns)-1].Record.Snapshot.Incidents
	if incidents[worker].Of != 0 || told[worker] != 1 {
		t.Errorf("incident %+v, told %v; want worker told of for itself once api is healthy", incidents[worker], told)
	}
}

func TestSubjectsThatNeedEachOtherAreHealedAllTheSame(t *testing.T) {
	w := needing(t, map[string][]string{string(api): {string(worker)}})
	w.turn()
	var acted []string
	for _, a := range w.acted {
		acted = append(acted, a.Target.Name())
	}
	slices.Sort(acted)
	if !slices.Equal(acted, []string{"api", "worker"}) {
		t.Errorf("acted on %v, want both", acted)
	}
}

func TestWhatIsUnknownOrNotThereKeepsNothingFromBeingHealed(t *testing.T) {
	w := needing(t, map[string][]string{string(worker): {"github/web/workflow/gone.yml"}})
	delete(w.states, api)
	if w.turn(); len(w.acted) != 1 || w.acted[0].Target != worker {
		t.Errorf("acted %v, want worker", w.acted)
	}
}

func TestOfAChainTheRootAloneIsHealed(t *testing.T) {
	third := schemas.NewID("pm2", "local", "process", "third", 0)
	w := needing(t, map[string][]string{string(third): {string(worker)}})
	w.states[third] = "errored"
	w.turn()
	w.pass(time.Second)
	snapshot := w.turn().Record.Snapshot
	if len(w.acted) != 1 || w.acted[0].Target != api {
		t.Errorf("acted %v, want api alone", w.acted)
	}
	if root := snapshot.Incidents[api].ID; snapshot.Incidents[third].Of != root || snapshot.Incidents[worker].Of != root {
		t.Errorf("incidents %+v, want all of that of api", snapshot.Incidents)
	}
}
