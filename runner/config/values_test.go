package config

import (
	"encoding/json"
	"testing"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"

	"rr/schemas"
)

// compiled compiles every CUE file of package schemas together.
func compiled(t *testing.T) cue.Value {
	t.Helper()
	files, err := schemaFiles()
	if err != nil {
		t.Fatal(err)
	}
	instance := build.NewContext().NewInstance("schemas", nil)
	for _, file := range files {
		if err := instance.AddSyntax(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := instance.Complete(); err != nil {
		t.Fatal(err)
	}
	all := cuecontext.New().BuildInstance(instance)
	if err := all.Err(); err != nil {
		t.Fatal(errors.Details(err, nil))
	}

	return all
}

func ptr[T any](v T) *T { return &v }

// sample is a record with every field of every noun that it may hold.
func sample() schemas.Record {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	id := schemas.NewID("pm2", "local", "process", "api", 1)
	action := schemas.Action{
		Verb: "pm2.restart", Target: id, Subject: id, Rung: 1, Reason: "errored", Policy: "policies.pm2.process.errored",
		At: "errored.rego:12:1", ForS: 30,
	}
	finding := schemas.Finding{Subject: id, Policy: "policies.pm2.process.errored", At: "errored.rego:5:1", Severity: schemas.SeverityCritical, Reason: "PM2 gave up", Cause: "cwd_missing /srv/api"}
	alert := schemas.Alert{Subject: id, Policy: finding.Policy, At: finding.At, Severity: schemas.SeverityWarning, Reason: "told", Exhausted: true}
	moment := schemas.Moment{At: at, HostID: "h", BootID: "b", BootMS: 1, ClockMS: 2}

	snapshot := schemas.NewSnapshot("0.1.0", moment)
	snapshot.Turn = 7
	snapshot.Sources["pm2/local/process"] = schemas.Source{State: schemas.SourceUnknown, Error: "no answer", TakenAt: at, TookMS: 3}
	snapshot.Daemons["pm2/local/daemon/pm2"] = schemas.Daemon{
		State: schemas.DaemonServing, Note: "it answers", Home: "/h", Version: "6", NodeVersion: "22", PID: ptr(1), UptimeS: ptr(int64(2)),
		MemoryBytes: ptr(int64(3)), Dump: "present", SavedApps: ptr(4), Restorable: "yes", RestoreFrom: "backup pm2-local/1", Orphans: ptr(0), Events: "connected", RunsRR: true,
		DumpAgeS: ptr(int64(5)), Unsaved: []string{"a"}, Unstarted: []string{"b"}, Duplicates: ptr(0), Pidusage: "working", CommandVersion: "7.0.4",
		VersionSkew: "no", Logrotate: "online",
	}
	snapshot.Processes[id] = schemas.Process{
		Name: "api", Namespace: "default", Instance: 1, State: schemas.ProcessErrored, Status: "errored", Expected: true, PMID: ptr(0), PID: ptr(9),
		Restarts: 16, Restarts1m: 1, Restarts10m: 2, Restarts1h: 3, WatchedS: 4, UptimeS: ptr(int64(5)), MemoryBytes: ptr(int64(6)),
		MemoryLimitBytes: ptr(int64(7)), MemoryPct: ptr(int64(85)), CPUPct: ptr(int64(8)), TreeSize: ptr(2), Autorestart: "yes",
		CronRestart: "* * * * *", ExecMode: "fork_mode", Script: "/a.js", Cwd: "/", RunsRR: false,
		Wanted: "running", Cause: "cwd_missing", CausePath: "/srv/api", LastExitCode: ptr(int64(1)), LastExitSignal: "SIGKILL", LastExitS: ptr(int64(2)),
		InstancesWanted: ptr(2), InstancesOnline: 1, EventLoopP50MS: ptr(int64(1)), EventLoopP95MS: ptr(int64(2)), HeapPct: ptr(int64(50)),
		MemoryFullS: ptr(int64(600)), LogBytes: ptr(int64(1)), LogGrowthBytesM: ptr(int64(2)), DiskFreePct: ptr(int64(3)), LogDisk: "/var", StoppingS: ptr(int64(4)), KillTimeoutMS: ptr(int64(1600)), Saved: "yes", Restorable: "yes", RestoreFrom: "backup pm2-local/1", InEcosystem: "unknown",
	}
	snapshot.Ecosystems["pm2/local/ecosystem/ecosystem.config.cjs"] = schemas.Ecosystem{
		Path: "/srv/ecosystem.config.cjs", State: schemas.EcosystemOK, Note: "n", Apps: 2, Unstarted: []string{"b"},
	}
	snapshot.HeldUntilMS = 7
	snapshot.Attempts = append(snapshot.Attempts, schemas.Attempt{
		ID: "6-1", Incident: 1, Action: action, Status: schemas.OutcomeDone, State: schemas.AttemptPending, Note: "ok", BeganMS: 1, EndedMS: ptr(int64(2)),
		BeganAt: at, EndedAt: &at, VerifiedAt: &at,
	})
	snapshot.Incidents[id] = schemas.Incident{
		ID: 1, Subject: id, State: schemas.IncidentOpen, Reason: "errored", Acted: 1, Flaps: 2, OpenedAt: at, OpenedMS: 3, HealthyMS: ptr(int64(4)),
		Cause: "cwd_missing /srv/api", Of: 1, Needs: "pm2/local/process/db",
		ClosedAt: &at, Alerts: []schemas.Alert{alert},
	}
	snapshot.Flaps[id] = 2
	snapshot.Asked["k"] = schemas.AskedSince{ClockMS: 5}

	return schemas.Record{
		Snapshot: snapshot,
		Standing: everyStanding(moment), Alerts: []schemas.Alert{alert},
		Decision: schemas.Decision{
			Version: schemas.SnapshotVersion, SnapshotHash: "a", PoliciesHash: "b", ConfigHash: "c",
			Health: schemas.Health{
				Score: ptr(40), Status: schemas.StatusCritical, Confidence: 100,
				Components: map[string]schemas.ComponentHealth{"pm2": {Score: ptr(40), Status: schemas.StatusCritical, Weight: 33, Reason: "api"}},
				Subjects:   map[schemas.ID]schemas.SubjectHealth{id: {Score: ptr(0), Status: schemas.StatusCritical}},
			},
			Mode: schemas.ModeNormal, Findings: []schemas.Finding{finding}, Actions: []schemas.Action{action}, Alerts: []schemas.Alert{alert},
			Errors: []schemas.PolicyError{{Subject: id, Policy: "policies.pm2.process.x", At: "x.rego:1:1", Error: "conflict"}},
		},
		Outcomes: []schemas.Outcome{{
			Action: action, Attempt: "7-1", Status: schemas.OutcomeWithheld, Note: "n", BeganAt: &at, EndedAt: &at,
			Withheld: []schemas.Withheld{{Guard: schemas.GuardCooldown, Until: &at, Note: "30s"}, {Guard: schemas.GuardForS}},
		}},
		Asked: map[string]schemas.AskedSince{"k": {ClockMS: 6}},
	}
}

func TestValuesOfEveryNounAreWhatTheirDefinitionsSay(t *testing.T) {
	all := compiled(t)
	record := sample()
	empty := schemas.Record{
		Snapshot: schemas.NewSnapshot("0.1.0", schemas.Moment{}),
		Decision: schemas.Decision{
			Health: schemas.Health{Status: schemas.StatusUnknown, Components: map[string]schemas.ComponentHealth{}, Subjects: map[schemas.ID]schemas.SubjectHealth{}},
			Mode:   schemas.ModeNormal, Findings: []schemas.Finding{}, Actions: []schemas.Action{}, Alerts: []schemas.Alert{}, Errors: []schemas.PolicyError{},
		},
		Outcomes: []schemas.Outcome{}, Asked: map[string]schemas.AskedSince{}, Standing: schemas.Standing{Mode: schemas.ModeNormal},
	}
	id := record.Outcomes[0].Action.Target
	attempts := map[string]schemas.Attempts{
		"pm2.reload": {}, "pm2.restart": {Tried: 1}, "pm2.stop_start": {}, "pm2.recreate": {}, "pm2.resurrect": {}, "pm2.restore_app": {}, "pm2.start_ecosystem": {}, "pm2.stop": {}, "pm2.reset": {},
	}
	ofDaemon := map[string]schemas.Attempts{"pm2.resurrect": {}, "pm2.restore_dump": {}, "pm2.end_orphans": {}, "pm2.save": {}, "pm2.update_daemon": {}}
	for _, row := range []struct {
		does, definition string
		value            any
	}{
		{"holds a record with every field", "#Record", record},
		{"holds a record with nothing in it", "#Record", empty},
		{"holds the input about a process", "#ProcessInput", schemas.ProcessInput{
			SubjectInput: schemas.SubjectInput{
				ID: id, Needs: []schemas.Need{{ID: "pm2/local/process/db", State: schemas.ProcessErrored, UnhealthyS: 5}},
				Mode: schemas.ModeNormal, Source: schemas.Source{State: schemas.SourceOK},
			},
			Process: record.Snapshot.Processes[id], Attempts: attempts, Parent: record.Snapshot.Daemons["pm2/local/daemon/pm2"], Peers: schemas.ProcessPeers{Total: 1},
		}},
		{"holds the input about a daemon", "#DaemonInput", schemas.DaemonInput{
			SubjectInput: about("pm2/local/daemon/pm2"), Daemon: record.Snapshot.Daemons["pm2/local/daemon/pm2"], Attempts: ofDaemon,
		}},
		{"holds the input about an ecosystem file", "#EcosystemInput", schemas.EcosystemInput{
			SubjectInput: about("pm2/local/ecosystem/ecosystem.config.cjs"),
			Ecosystem:    record.Snapshot.Ecosystems["pm2/local/ecosystem/ecosystem.config.cjs"], Attempts: map[string]schemas.Attempts{},
			Parent: record.Snapshot.Daemons["pm2/local/daemon/pm2"],
		}},
		{"holds the input about the whole", "#OverallInput", schemas.OverallInput{
			Components: map[string]schemas.ComponentSums{"pm2": {UnknownSources: []string{}, Worst: []string{"api"}}}, Mode: schemas.ModeNormal,
		}},
		{"holds the answers", "#FindingAnswer", schemas.FindingAnswer{Score: 10, Severity: schemas.SeverityInfo, Reason: "r"}},
		{"holds an action asked for", "#ActionAnswer", schemas.ActionAnswer{Verb: "pm2.restart", Reason: "r", ForS: 3, Target: id}},
		{"holds an alert asked for", "#AlertAnswer", schemas.AlertAnswer{Severity: schemas.SeverityInfo, Reason: "r", Exhausted: true}},
		{"holds a component", "#ComponentAnswer", schemas.ComponentAnswer{Component: "pm2", Score: ptr(1), Status: schemas.StatusCritical, Weight: 33, Reason: "r"}},
		{"holds the health", "#HealthAnswer", schemas.HealthAnswer{Score: ptr(1), Status: schemas.StatusCritical, Confidence: 100}},
	} {
		t.Run("it "+row.does, func(t *testing.T) {
			if err := against(all, row.definition, row.value); err != nil {
				t.Errorf("%s: %s", row.definition, errors.Details(err, nil))
			}
		})
	}
}

func about(id schemas.ID) schemas.SubjectInput {
	return schemas.SubjectInput{ID: id, Needs: []schemas.Need{}, Mode: schemas.ModeNormal, Source: schemas.Source{State: schemas.SourceOK}}
}

func TestDefinitionsRefuseWhatNoNounMayBe(t *testing.T) {
	all := compiled(t)
	for _, row := range []struct {
		does, definition string
		value            any
	}{
		{"refuses a state that there is not", "#Source", schemas.Source{State: "fine"}},
		{"refuses a guard that there is not", "#Withheld", schemas.Withheld{Guard: "mood"}},
		{"refuses a score above 100", "#FindingAnswer", schemas.FindingAnswer{Score: 101, Severity: schemas.SeverityInfo, Reason: "r"}},
		{"refuses a finding without a reason", "#FindingAnswer", schemas.FindingAnswer{Score: 1, Severity: schemas.SeverityInfo}},
		{"refuses a field that there is not", "#Source", map[string]any{"state": "ok", "taken_at": "", "took_ms": 1, "tokens": 1}},
		{"refuses null", "#AskedSince", map[string]any{"clock_ms": nil}},
	} {
		t.Run("it "+row.does, func(t *testing.T) {
			if err := against(all, row.definition, row.value); err == nil {
				t.Errorf("%s took %v", row.definition, row.value)
			}
		})
	}
}

// against validates the JSON of a value, which is what rr writes and reads.
func against(all cue.Value, definition string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	read := all.Context().CompileBytes(text, cue.Filename("value.json"))

	return all.LookupPath(cue.ParsePath(definition)).Unify(read).Validate(cue.Concrete(true), cue.Final())
}

// everyStanding has every field of what stands.
func everyStanding(now schemas.Moment) schemas.Standing {
	return schemas.Standing{
		Mode: schemas.ModeEmergency,
		Emergency: schemas.Emergency{
			By: "ana", Reason: "r", SinceAt: &now.At, ForcedUntilMS: ptr(int64(1)), Once: true, LowMS: ptr(int64(2)), HighMS: ptr(int64(3)), LookedMS: 4,
			Plan: []schemas.Step{{
				Backup: []string{"pm2"}, Recover: "pm2", Verbs: []string{"pm2.restart"}, TimeoutS: 5, State: schemas.StepRunning, SpentMS: 6, QuietMS: 7, Note: "n",
			}},
		},
		Operator: schemas.Operator{
			Frozen:    &schemas.Freeze{By: "ana", Reason: "r", SinceAt: now.At},
			Pauses:    []schemas.Pause{{On: "pm2", By: "ana", Reason: "r", SinceAt: now.At, UntilMS: 8}},
			Approvals: []schemas.Approval{{Verb: "pm2.stop", Target: "pm2/local/process/api", Facts: "f", By: "ana", Reason: "r", GivenAt: now.At, UntilMS: 9}},
		},
	}
}
