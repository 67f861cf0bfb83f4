package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"rr/policies"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// stuck is a world in which nothing that rr does helps.
type stuck struct {
	now  schemas.Moment
	into func(*schemas.Snapshot)
	acts []string
}

func (s *stuck) Collect(context.Context) (schemas.Facts, error) { return s, nil }

// Into shows the same ill subject at every look.
func (s *stuck) Into(snapshot *schemas.Snapshot) {
	for _, source := range stuckSources {
		snapshot.Sources[source] = schemas.Source{State: schemas.SourceOK, TakenAt: s.now.At}
	}
	snapshot.Daemons["pm2/local/daemon/pm2"] = schemas.Daemon{State: schemas.DaemonServing, Home: "/h", Dump: "present", Restorable: "unknown", Pidusage: "working", VersionSkew: "no", Logrotate: "online", Events: "connected"}
	snapshot.Repos["github/web/repo/web"] = schemas.Repo{
		Repo: "acme/web", State: schemas.RepoActive, DefaultBranch: "main", Actions: "enabled", WorkflowScope: "yes", Limited: "no",
		Unreadable: []string{}, SecretsMissing: []string{}, Outage: "no", HeadAgrees: "yes",
	}
	snapshot.Manifests["netlify/shop/manifest/functions"] = stuckManifest()
	s.into(snapshot)
}

var stuckSources = []string{
	"pm2/local/daemon", "pm2/local/process", "pm2/local/ecosystem", "github/web/workflow", "github/web/runs", "github/web/repo",
	"netlify/shop/function", "netlify/shop/manifest", "netlify/shop/site",
}

func stuckManifest() schemas.Manifest {
	return schemas.Manifest{
		Path: "m.json", Wanted: true, State: schemas.ManifestOK, Shape: "version_1", Ghosts: []string{}, Orphans: []string{}, Drift: []string{},
		Directory: "netlify/functions", DirectoryFound: "present", DirectoryFrom: "default", TomlState: "ok", HeadersMissing: []string{}, BuildConfigured: true,
	}
}

// Act is every verb: it says that it did it, and nothing changes.
func (s *stuck) Act(_ context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	s.acts = append(s.acts, a.Verb)
	return "did it", nil
}

func (s *stuck) WriteTurn(context.Context, schemas.Turn) error     { return nil }
func (s *stuck) EndAttempt(context.Context, schemas.Attempt) error { return nil }

const stuckText = `
pm2: local: {expect: ["gone"], ladder: stop: attempts: 1}
github: web: {repo: "acme/web", token_env: "T", expect: ["ci.yml"], broken_for: "0s"}
netlify: shop: {
	site: "shop", token_env: "T", expect: ["hello"], broken_for: "0s"
	manifest: path: "m.json"
	build: command: ["make"]
	ladder: {deploy: attempts: 1, trigger_build: attempts: 1}
	deploy: by: "rr"
}
budget: {target: {max: 100, window: "10m"}, total: {max: 1000, window: "10m"}}
`

func process(state string, change func(*schemas.Process)) func(*schemas.Snapshot) {
	return func(s *schemas.Snapshot) {
		id := 1
		p := schemas.Process{
			Name: "api", State: state, Status: state, Expected: true, Autorestart: "yes", Wanted: "running", Cause: "none", Saved: "yes", Restorable: "no", InEcosystem: "yes",
			ExecMode: "fork_mode", PMID: &id, WatchedS: 3600,
		}
		if change != nil {
			change(&p)
		}
		s.Processes["pm2/local/process/api"] = p
	}
}

func heldByABackup(p *schemas.Process) { p.Restorable, p.RestoreFrom = "yes", "backup pm2-local/1" }

func workflowIn(state, fixable, restorable string) func(*schemas.Snapshot) {
	return func(s *schemas.Snapshot) {
		s.Workflows["github/web/workflow/ci.yml"] = schemas.Workflow{
			Path: ".github/workflows/ci.yml", State: state, Expected: true, Problems: 1, Problem: "1:1: broken", Triggers: []string{}, Crons: []string{},
			Permissions: "default", Unresolved: []string{}, Committed: "yes", Fixable: fixable, Restorable: restorable, BackedUpBy: "b.yml",
		}
	}
}

func runsOf(change func(*schemas.Runs)) func(*schemas.Snapshot) {
	return func(s *schemas.Snapshot) {
		id, attempt, age := int64(42), 1, int64(60)
		r := schemas.Runs{
			Workflow: "ci.yml", State: "active", Definition: "valid", Dispatchable: "yes", Conclusion: schemas.RunFailure, Failure: schemas.FailureInfrastructure,
			RunID: &id, RunAttempt: &attempt, JobAttempt: &attempt, RunAgeS: &age, Rerun: "yes", Streak: 3, Finished: 10, Flaky: "no", FileRejected: "no", BackupWorkflow: "b.yml",
		}
		change(&r)
		s.Runs["github/web/runs/ci.yml"] = r
	}
}

func deadDaemon(dump, restorable string) func(*schemas.Snapshot) {
	return func(s *schemas.Snapshot) {
		s.Daemons["pm2/local/daemon/pm2"] = schemas.Daemon{State: schemas.DaemonDead, Home: "/h", Dump: dump, Restorable: restorable, Pidusage: "unknown", VersionSkew: "unknown", Logrotate: "unknown", Events: "off"}
		s.Sources["pm2/local/process"] = schemas.Source{State: schemas.SourceUnknown, Error: "no daemon"}
	}
}

// Every ladder of the built-in policies ends: where nothing helps, rr acts and
// gives up, or gives up at once, and a person is told.
func TestEveryLadderEndsInAnAlert(t *testing.T) {
	loaded, engine := stuckEngine(t)
	for _, row := range []struct {
		is   string
		into func(*schemas.Snapshot)
		acts bool
	}{
		{"an errored process", process(schemas.ProcessErrored, nil), true},
		{"a process that PM2 hides that it gave up on", process(schemas.ProcessHiddenErrored, nil), true},
		{"a phantom", process(schemas.ProcessPhantom, nil), true},
		{"a missing process", process(schemas.ProcessMissing, func(p *schemas.Process) { p.PMID, p.Status = nil, "" }), true},
		{"a crash loop", process(schemas.ProcessCrashLoop, func(p *schemas.Process) { p.Restarts10m = 50 }), true},
		{"an errored process that a backup holds", process(schemas.ProcessErrored, heldByABackup), true},
		{"one that PM2 hides, that a backup holds", process(schemas.ProcessHiddenErrored, heldByABackup), true},
		{"a phantom that a backup holds", process(schemas.ProcessPhantom, heldByABackup), true},
		{"a crash loop that a backup holds", process(schemas.ProcessCrashLoop, func(p *schemas.Process) {
			heldByABackup(p)
			p.Restarts10m = 50
		}), true},
		{"a missing process that only a backup holds", process(schemas.ProcessMissing, func(p *schemas.Process) {
			heldByABackup(p)
			p.PMID, p.Status, p.Saved, p.InEcosystem = nil, "", "no", "no"
		}), true},
		{"a missing process that nothing holds", process(schemas.ProcessMissing, func(p *schemas.Process) {
			p.PMID, p.Status, p.Saved, p.InEcosystem = nil, "", "no", "no"
		}), false},
		{"a dead daemon", deadDaemon("present", "no"), true},
		{"a dead daemon whose dump is lost", deadDaemon("invalid", "yes"), true},
		{"a dead daemon that nothing brings back", deadDaemon("missing", "no"), false},
		{"a corrupted workflow file", workflowIn(schemas.WorkflowInvalid, "yes", "yes"), true},
		{"one that nothing can mend", workflowIn(schemas.WorkflowInvalid, "no", "no"), false},
		{"one in a shallow clone", workflowIn(schemas.WorkflowInvalid, "no", "unknown"), false},
		{"a deleted workflow file", workflowIn(schemas.WorkflowMissing, "no", "yes"), true},
		{"a run that fails of a runner", runsOf(func(*schemas.Runs) {}), true},
		{"a run that fails of its code", runsOf(func(r *schemas.Runs) { r.Failure = schemas.FailureDeterministic }), false},
		{"a workflow that GitHub disabled", runsOf(func(r *schemas.Runs) {
			r.State, r.Conclusion, r.Streak, r.Failure = "disabled_inactivity", "success", 0, "none"
		}), true},
		{"a run that does not end", runsOf(func(r *schemas.Runs) {
			id, long := int64(43), int64(86400)
			r.Conclusion, r.Streak, r.Failure, r.Active, r.ActiveRunID, r.RunningS, r.InWork = "success", 0, "none", 1, &id, &long, true
		}), true},
		{"a list of functions that is wrong", func(s *schemas.Snapshot) {
			m := stuckManifest()
			m.State, m.Ghosts = schemas.ManifestDrifted, []string{"ghost"}
			s.Manifests["netlify/shop/manifest/functions"] = m
		}, true},
		{"a function that does not parse", func(s *schemas.Snapshot) {
			s.Functions["netlify/shop/function/hello"] = schemas.Function{
				Name: "hello", State: schemas.FunctionInvalid, Expected: true, Cause: "syntax", Problems: 1, Problem: "hello.js:1:1: broken", Runtime: "js", Handler: "unknown",
				ScheduleOK: "none", Routes: []string{}, Env: []string{}, Committed: "yes", Restorable: "yes",
			}
			s.Sites["netlify/shop/site/shop"] = badSite()
		}, true},
		{"a deploy that is bad", func(s *schemas.Snapshot) { s.Sites["netlify/shop/site/shop"] = badSite() }, true},
	} {
		t.Run(row.is, func(t *testing.T) {
			s := &stuck{into: row.into, now: schemas.Moment{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), HostID: "h", BootID: "b", BootMS: 10_000_000}}
			r := s.runner(loaded, engine)
			for range 1000 { // more than 4 hours
				report, err := r.Turn(context.Background(), nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, alert := range report.Told {
					if alert.Exhausted || !row.acts && alert.Severity == schemas.SeverityCritical {
						if (len(s.acts) > 0) != row.acts {
							t.Errorf("it was given up on after %v, and acts were expected: %t", s.acts, row.acts)
						}
						return
					}
				}
				s.now.At, s.now.BootMS = s.now.At.Add(15*time.Second), s.now.BootMS+15_000
			}
			t.Errorf("nobody was told that its ladder has ended, after %v", s.acts)
		})
	}
}

func badSite() schemas.Site {
	age := int64(86400)
	return schemas.Site{
		Site: "shop", State: "current", PublishedID: "2", PublishedState: "ready", PublishedAgeS: &age, LatestID: "2", LatestState: "ready", RollbackID: "1",
		CommitDrift: "no", Blocked: "no", SourceKnown: "yes", FunctionsMissing: []string{}, FunctionsExtra: []string{}, SchedulesLost: []string{}, EnvMissing: []string{}, Unreadable: []string{},
		FunctionsFailing: []string{"hello"}, FunctionsLost: []string{}, FunctionsInvalid: []string{}, ProbesFailing: 1,
	}
}

func stuckEngine(t *testing.T) (config.Loaded, *policies.Engine) {
	t.Helper()
	loaded, err := config.Parse("redundancy.cue", []byte(stuckText))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := policies.Load(engineOptions(loaded))
	if err != nil {
		t.Fatal(err)
	}

	return loaded, engine
}

func (s *stuck) runner(loaded config.Loaded, engine *policies.Engine) *runner.Runner {
	actors := map[string]runner.Actor{}
	for _, verb := range verbs() {
		actors[verb.Name] = s
	}
	r := &runner.Runner{Version: "test", Now: func() schemas.Moment { return s.now }, Journal: s, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	r.Use(runner.Setup{Config: loaded.Config, Decider: engine, Actors: actors, Watches: []runner.Watch{{
		Name: "all", Sources: stuckSources, Collector: s, Timeout: 10 * time.Second, StaleAfter: time.Minute,
	}}})
	r.Recall(schemas.Memory{NextIncident: 1})

	return r
}
