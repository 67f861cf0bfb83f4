package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"rr/schemas"
)

const dayMS = 24 * 60 * 60 * 1000

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, opened, err := Open(dir, Options{RR: "test"})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if opened.Quarantined != "" {
		t.Fatalf("Open put %s aside: %s", opened.Quarantined, opened.Reason)
	}
	t.Cleanup(func() { s.Close() })

	return s
}

func mustWrite(t testing.TB, s *Store, turns ...Turn) {
	t.Helper()
	for _, turn := range turns {
		if err := s.WriteTurn(context.Background(), turn); err != nil {
			t.Fatalf("WriteTurn: %v", err)
		}
	}
}

// fleetTurn is a turn over some processes whose cpu, memory and uptime change
// each turn, 5 s apart.
func fleetTurn(n int64, processes int) Turn {
	moment := schemas.Moment{At: start.Add(time.Duration(n) * 5 * time.Second), HostID: "host", BootID: "boot", BootMS: n * 5000, ClockMS: n * 5000}
	snapshot := schemas.NewSnapshot("test", moment)
	snapshot.Turn = n
	snapshot.Sources["pm2/local/process"] = schemas.Source{State: schemas.SourceOK, TakenAt: moment.At, TookMS: n % 7}
	health := schemas.Health{Score: new(100), Status: schemas.StatusHealthy, Confidence: 100,
		Components: map[string]schemas.ComponentHealth{"pm2": {Score: new(100), Status: schemas.StatusHealthy, Weight: 33, Reason: "all well"}},
		Subjects:   map[schemas.ID]schemas.SubjectHealth{}}
	for i := range processes {
		id := schemas.NewID("pm2", "local", "process", fmt.Sprintf("service-%03d", i), 0)
		snapshot.Processes[id] = fleetProcess(n, int64(i))
		health.Subjects[id] = schemas.SubjectHealth{Score: new(100), Status: schemas.StatusHealthy}
	}
	hash, err := schemas.Hash(snapshot)
	if err != nil {
		panic(err)
	}
	decision := schemas.Decision{Version: 1, SnapshotHash: hash, PoliciesHash: "p1", ConfigHash: "c1", Health: health, Mode: schemas.ModeNormal,
		Findings: []schemas.Finding{}, Actions: []schemas.Action{}, Alerts: []schemas.Alert{}, Errors: []schemas.PolicyError{}}

	return Turn{
		Record:   schemas.Record{Snapshot: snapshot, Decision: decision, Outcomes: []schemas.Outcome{}, Asked: map[string]schemas.AskedSince{}},
		Policies: Bundle{Hash: "p1", Files: map[string][]byte{"pm2/process/errored.rego": []byte("package policies.pm2.process.errored\n")}},
		Config:   Bundle{Hash: "c1", Files: map[string][]byte{"redundancy.cue": []byte("interval: \"5s\"\n")}},
	}
}

func fleetProcess(n, i int64) schemas.Process {
	random := rand.New(rand.NewPCG(uint64(n), uint64(i)))
	name := fmt.Sprintf("service-%03d", i)

	return schemas.Process{
		Name: name, Namespace: "default", State: schemas.ProcessOnline, Status: "online", Expected: true,
		PMID: new(int(i)), PID: new(int(20000 + i*13)), WatchedS: n * 5, UptimeS: new(n*5 + i*17),
		MemoryBytes: new(80<<20 + i<<16 + random.Int64N(4096)*4096), CPUPct: new(random.Int64N(12)), TreeSize: new(1),
		Autorestart: "yes", ExecMode: "fork_mode", Script: "/srv/app/" + name + "/server.js", Cwd: "/srv/app/" + name,
	}
}

// smallTurn is a turn over one process.
func smallTurn(n int64) Turn { return fleetTurn(n, 1) }

func begun(turn int64, incident int64) schemas.Attempt {
	id := schemas.NewID("pm2", "local", "process", "api", 0)

	return schemas.Attempt{
		ID: fmt.Sprintf("%d-1", turn), Incident: incident,
		Action: schemas.Action{Verb: "pm2.restart", Target: id, Subject: id, Reason: "errored", Policy: "policies.pm2.process.errored"},
		Status: schemas.OutcomeBegun, State: schemas.AttemptPending,
		BeganMS: turn * 5000, BeganAt: start.Add(time.Duration(turn) * 5 * time.Second),
	}
}

func settled(attempt schemas.Attempt, state string) schemas.Attempt {
	attempt.Status, attempt.State = schemas.OutcomeDone, state
	attempt.EndedMS = new(attempt.BeganMS + 100)

	return attempt
}

func incident(id int64, state string, openedMS int64) schemas.Incident {
	return schemas.Incident{ID: id, Subject: schemas.NewID("pm2", "local", "process", "api", 0), State: state,
		Reason: "errored", OpenedAt: start, OpenedMS: openedMS}
}

func journal(dir string) string { return filepath.Join(dir, fileName) }
