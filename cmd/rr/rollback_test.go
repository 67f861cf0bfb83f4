package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"rr/policies"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// shop is a site whose newest deploy is hurt by sources that broke: the real
// runner, the real policies and a real configuration stand before it. Its build
// fails; what was published before is well.
type shop struct {
	t      *testing.T
	runner *runner.Runner
	now    schemas.Moment
	broken map[string]bool // sources
	hurt   []string        // functions that the published deploy answers wrongly for
	listed bool
	rolled time.Time // zero before a rollback
	acts   []string
	failed []string // verbs whose attempts are verified to have failed, in order
}

const shopText = `netlify: shop: {
	broken_for: "0s"
	site: "shop", token_env: "T", expect: ["hello", "pay"]
	manifest: path: "netlify/functions/manifest.json"
	build: command: ["npm", "run", "build"]
}`

func newShop(t *testing.T, broken ...string) *shop {
	t.Helper()
	loaded, err := config.Parse("redundancy.cue", []byte(shopText))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := policies.Load(engineOptions(loaded))
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{
		t: t, broken: map[string]bool{}, hurt: broken,
		now: schemas.Moment{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), HostID: "h", BootID: "b", BootMS: 10_000_000},
	}
	for _, name := range broken {
		s.broken[name] = true
	}
	actors := map[string]runner.Actor{}
	for _, verb := range netlifyVerbs() {
		actors[verb.Name] = s
	}
	watch := func(name string, collector shopCollector, kinds ...string) runner.Watch {
		w := runner.Watch{Name: name, Collector: collector, Timeout: 10 * time.Second, StaleAfter: time.Hour}
		for _, kind := range kinds {
			w.Sources = append(w.Sources, "netlify/shop/"+kind)
		}
		return w
	}
	s.runner = &runner.Runner{Version: "test", Now: func() schemas.Moment { return s.now }, Journal: s, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	s.runner.Use(runner.Setup{Config: loaded.Config, Decider: engine, Actors: actors, Watches: []runner.Watch{
		watch("source", s.source, "function", "manifest"), watch("site", s.site, "site"),
	}})
	s.runner.Recall(schemas.Memory{NextIncident: 1})

	return s
}

type shopCollector func() schemas.Facts

func (c shopCollector) Collect(context.Context) (schemas.Facts, error) { return c(), nil }

func (s *shop) WriteTurn(context.Context, schemas.Turn) error     { return nil }
func (s *shop) EndAttempt(context.Context, schemas.Attempt) error { return nil }

func (s *shop) invalid() []string { return slices.Sorted(maps.Keys(s.broken)) }

func (s *shop) source() schemas.Facts {
	facts := schemas.FunctionFacts{Scope: "shop", TakenAt: s.now.At, Functions: map[schemas.ID]schemas.Function{}, Manifest: schemas.Manifest{
		Path: "netlify/functions/manifest.json", Wanted: true, State: schemas.ManifestDrifted, Orphans: []string{"hello"}, Shape: "version_1", Listed: 1,
		Directory: "netlify/functions", DirectoryFound: "present", DirectoryFrom: "default", TomlState: "ok", Functions: 2, Invalid: len(s.broken), BuildConfigured: true,
	}}
	if s.listed {
		facts.Manifest.State, facts.Manifest.Orphans = schemas.ManifestOK, nil
	}
	for _, name := range []string{"hello", "pay"} {
		f := schemas.Function{Name: name, State: schemas.FunctionValid, Expected: true, Cause: "none", Runtime: "js", Handler: "yes", ScheduleOK: "none", Committed: "yes", Restorable: "yes"}
		if s.broken[name] {
			f.State, f.Cause, f.Problem, f.Problems = schemas.FunctionInvalid, "syntax", name+".mjs:1:1: unexpected end", 1
		}
		facts.Functions[schemas.NewID("netlify", "shop", "function", name, 0)] = f
	}

	return facts
}

func (s *shop) site() schemas.Facts {
	age := int64(86400)
	site := schemas.Site{
		Site: "shop", State: "current", PublishedID: "2", PublishedState: "ready", LatestID: "2", LatestState: "ready", RollbackID: "1",
		CommitDrift: "no", Blocked: "no", SourceKnown: "yes", FunctionsInvalid: s.invalid(), FunctionsFailing: s.hurt, ProbesFailing: len(s.hurt),
	}
	if !s.rolled.IsZero() {
		age = int64(s.now.At.Sub(s.rolled).Seconds())
		site.PublishedID, site.RollbackID, site.Unpublished = "1", "0", "2"
	}
	site.PublishedAgeS = &age

	return schemas.SiteFacts{Scope: "shop", TakenAt: s.now.At, Site: site}
}

func (s *shop) Act(_ context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	s.acts = append(s.acts, a.Verb)
	switch a.Verb {
	case "netlify.manifest":
		s.listed = true
	case "netlify.build":
		return "", errors.New("exit status 1")
	case "netlify.restore_deploy":
		s.rolled, s.hurt = s.now.At, nil
	case "netlify.restore_source":
		delete(s.broken, a.Target.Name())
	default:
		s.t.Errorf("%s was asked for", a.Verb)
	}

	return "", nil
}

// pass takes turns for a while and holds that no rung is taken before the one
// below it has verifiably failed.
func (s *shop) pass(d time.Duration) runner.Report {
	s.t.Helper()
	var last runner.Report
	for end := s.now.At.Add(d); s.now.At.Before(end); {
		report, err := s.runner.Turn(context.Background(), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(report.Record.Decision.Errors) > 0 {
			s.t.Fatalf("policies failed: %+v", report.Record.Decision.Errors)
		}
		for _, a := range report.Record.Snapshot.Attempts {
			if a.State == schemas.AttemptFailed && !slices.Contains(s.failed, a.Action.Verb) {
				s.failed = append(s.failed, a.Action.Verb)
			}
		}
		last = report
		s.now.At, s.now.BootMS = s.now.At.Add(10*time.Second), s.now.BootMS+10_000
	}

	return last
}

func TestABrokenSourceClimbsTheLadderWithExactlyOneRollback(t *testing.T) {
	s := newShop(t, "hello")
	last := s.pass(2 * time.Hour)
	want := []string{"netlify.manifest", "netlify.build", "netlify.restore_deploy", "netlify.restore_source"}
	if !slices.Equal(s.acts, want) {
		t.Errorf("acts = %v, want %v", s.acts, want)
	}
	if !slices.Equal(s.failed, want[:3]) {
		t.Errorf("verified to have failed: %v, want %v", s.failed, want[:3])
	}
	if n := len(last.Record.Snapshot.Incidents); n > 0 {
		t.Errorf("%d incidents are open at the end: %v", n, last.Record.Snapshot.Incidents)
	}
}

func TestTwoBrokenSourcesAreOneRollback(t *testing.T) {
	s := newShop(t, "hello", "pay")
	s.pass(2 * time.Hour)
	rollbacks := len(s.acts) - len(slices.DeleteFunc(slices.Clone(s.acts), func(verb string) bool { return verb == "netlify.restore_deploy" }))
	if rollbacks != 1 || len(s.broken) > 0 {
		t.Errorf("rollbacks: %d of %v, still broken: %v, want one and none", rollbacks, s.acts, s.invalid())
	}
}

// A deploy that is bad though its source is well is rolled back at once, and
// only once, also where that does not help.
func TestABadDeployIsRolledBackOnce(t *testing.T) {
	s := newShop(t)
	s.listed, s.hurt = true, []string{"pay"}
	s.pass(time.Minute)
	s.hurt = []string{"pay"}
	s.pass(2 * time.Hour)
	if !slices.Equal(s.acts, []string{"netlify.restore_deploy"}) {
		t.Errorf("acts = %v, want one rollback", s.acts)
	}
}

func TestASiteThatIsWellGetsNothing(t *testing.T) {
	s := newShop(t)
	s.listed = true
	s.pass(time.Hour)
	if len(s.acts) > 0 {
		t.Errorf("acts = %v, want none", s.acts)
	}
}
