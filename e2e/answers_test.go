package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rr/internal/control"
	"rr/internal/store"
	"rr/schemas"
)

// decode reads what a command prints with -o json.
func decode[T any](t *testing.T, r result) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil {
		t.Fatalf("decode: %v\n%s", err, r)
	}

	return v
}

// evaluated is what rr eval and rr run --once print.
type evaluated struct {
	Decision schemas.Decision  `json:"decision"`
	Outcomes []schemas.Outcome `json:"outcomes"`
	Recorded string            `json:"recorded"`
}

// collectedFacts is what rr collect prints.
type collectedFacts struct {
	Snapshot schemas.Snapshot `json:"snapshot"`
}

// recorded is what rr history show prints.
type recorded struct {
	Record schemas.Record `json:"record"`
}

// history is what rr history prints, newest first.
type history struct {
	Incidents []schemas.Incident `json:"incidents"`
	Attempts  []schemas.Attempt  `json:"attempts"`
	Turns     []store.Summary    `json:"turns"`
}

func (r *rig) history() history {
	r.t.Helper()
	got := r.rr("history", "--turns", "-n", "1000", "-o", "json")
	if got.code != exitOK && strings.Contains(got.stderr, "there is no journal") {
		return history{}
	}

	return decode[history](r.t, got)
}

// of keeps what is about one subject.
func (h history) of(name string) history {
	var some history
	id := schemas.NewID("pm2", "local", "process", name, 0)
	for _, i := range h.Incidents {
		if i.Subject == id {
			some.Incidents = append(some.Incidents, i)
		}
	}
	for _, a := range h.Attempts {
		if a.Action.Target == id {
			some.Attempts = append(some.Attempts, a)
		}
	}

	return some
}

// status is what rr status prints.
type status struct {
	Running   *control.Status    `json:"running"`
	Record    *schemas.Record    `json:"record"`
	Incidents []schemas.Incident `json:"incidents"`
}

func (r *rig) status() status {
	r.t.Helper()

	return decode[status](r.t, r.rr("status", "-o", "json"))
}

// turn is the number of the last turn, 0 before the first.
func (s status) turn() int64 {
	if s.Record == nil {
		return 0
	}

	return s.Record.Snapshot.Turn
}

// turns lets rr take so many more turns.
func (r *rig) turns(n int64) {
	r.t.Helper()
	from := r.status().turn()
	await(r.t, fmt.Sprintf("%d turns", n), func() bool { return r.status().turn() >= from+n })
}

// recovered tells whether an attempt on a subject is verified.
func (r *rig) recovered(name string) func() bool {
	return func() bool {
		of := r.history().of(name)

		return len(of.Attempts) > 0 && of.Attempts[0].State == schemas.AttemptRecovered
	}
}

// record is one turn as recorded.
func (r *rig) record(turn int64) schemas.Record {
	r.t.Helper()

	return decode[recorded](r.t, r.rr("history", "show", "-o", "json", fmt.Sprint(turn))).Record
}

// guardsOf are the guards that refused something in a turn.
func guardsOf(record schemas.Record) []string {
	var guards []string
	for _, o := range record.Outcomes {
		for _, held := range o.Withheld {
			guards = append(guards, held.Guard)
		}
	}

	return guards
}
