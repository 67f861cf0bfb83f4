package policies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

const (
	api           = schemas.ID("pm2/local/process/api")
	ecosystemFile = schemas.ID("pm2/local/ecosystem/ecosystem.config.cjs")
)

// broken is a fleet of n whose process api is errored.
func broken(n int) schemas.Snapshot {
	return with(healthySnapshot(n), "api", func(p *schemas.Process) { p.State = schemas.ProcessErrored })
}

func asJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func TestDecideDoesNothingToAHealthyFleet(t *testing.T) {
	s := healthySnapshot(20)
	s.Ecosystems[ecosystemFile] = schemas.Ecosystem{Path: "/srv/ecosystem.config.cjs", State: schemas.EcosystemOK, Apps: 20}
	d := decide(t, load(t, Options{}), s)
	if len(d.Findings)+len(d.Actions)+len(d.Alerts)+len(d.Errors) > 0 || *d.Health.Score != 100 || d.Health.Confidence != 100 {
		t.Errorf("Decide = %s, want 100 and nothing to do", asJSON(t, d))
	}
}

// One deleted folder is one incident: every process of it is told with the same
// cause, and none is started before it is back.
func TestProcessesThatShareACauseAreToldWithOneText(t *testing.T) {
	states := []string{schemas.ProcessErrored, schemas.ProcessHiddenErrored, schemas.ProcessPhantom, schemas.ProcessCrashLoop, schemas.ProcessWaiting, schemas.ProcessMissing}
	s := healthySnapshot(len(states) + 1)
	for i, state := range states {
		s = with(s, fmt.Sprintf("app-%d", i+1), func(p *schemas.Process) {
			p.State, p.Cause, p.CausePath, p.Restarts10m = state, "cwd_missing", "/srv/app", 20
		})
	}
	d := decide(t, load(t, Options{}), s)
	if len(d.Findings) != len(states) || len(d.Actions)+len(d.Errors) > 0 {
		t.Fatalf("Decide = %s, want one finding a process and nothing done", asJSON(t, d))
	}
	for _, finding := range d.Findings {
		if finding.Cause != "cwd_missing /srv/app" {
			t.Errorf("cause of %s = %q, want that of all", finding.Subject, finding.Cause)
		}
	}
}

func TestAnEcosystemFileIsJudgedAndNeverActedOn(t *testing.T) {
	engine := load(t, Options{})
	for state, want := range map[string]string{
		schemas.EcosystemOK: schemas.StatusHealthy, schemas.EcosystemMissing: schemas.StatusCritical, schemas.EcosystemInvalid: schemas.StatusCritical,
		schemas.EcosystemMisnamed: schemas.StatusCritical, schemas.EcosystemUnsupported: schemas.StatusCritical, schemas.EcosystemUnknown: schemas.StatusWarning,
	} {
		s := healthySnapshot(2)
		s.Ecosystems[ecosystemFile] = schemas.Ecosystem{Path: "/srv/ecosystem.config.cjs", State: state}
		d := decide(t, engine, s)
		if got := d.Health.Subjects[ecosystemFile].Status; got != want || len(d.Actions)+len(d.Errors) > 0 {
			t.Errorf("%s: status %q with %s, want %q and nothing done", state, got, asJSON(t, d), want)
		}
	}
}

// What is configured and of which nothing is told is unknown, not healthy.
func TestEcosystemFilesOfWhichNothingIsToldAreUnknown(t *testing.T) {
	config := testConfig()
	home := config.PM2["local"]
	home.Ecosystem = []string{"ecosystem.config.cjs"}
	config.PM2["local"] = home
	s := healthySnapshot(2)
	delete(s.Sources, "pm2/local/ecosystem")
	d := decide(t, load(t, Options{Config: config}), s)
	if d.Health.Score != nil || !strings.Contains(d.Health.Components["pm2"].Reason, "pm2/local/ecosystem is unknown") {
		t.Errorf("health = %s, want unknown and why", asJSON(t, d.Health))
	}
	if d := decide(t, load(t, Options{}), s); d.Health.Score == nil {
		t.Errorf("health = %s, want it known where no ecosystem file is configured", asJSON(t, d.Health))
	}
}

func TestDecideIsTheSameByteForByte(t *testing.T) {
	engine := load(t, Options{})
	s := healthySnapshot(300)
	for i := range 100 {
		s = with(s, fmt.Sprintf("app-%d", i+1), func(p *schemas.Process) { p.State = schemas.ProcessErrored })
	}
	want := asJSON(t, decide(t, engine, s))
	for range 10 {
		if got := asJSON(t, decide(t, engine, s)); !bytes.Equal(got, want) {
			t.Fatal("Decide of one snapshot gave two decisions")
		}
	}
}

func TestDecideWritesNoNull(t *testing.T) {
	engine := load(t, Options{})
	for _, s := range []schemas.Snapshot{healthySnapshot(0), healthySnapshot(2), schemas.NewSnapshot("test", schemas.Moment{})} {
		if got := asJSON(t, decide(t, engine, s)); bytes.Contains(got, []byte("null")) {
			t.Errorf("Decide = %s, want [] for nothing", got)
		}
	}
}

func TestDecideKnowsNothingOfAnEmptySnapshot(t *testing.T) {
	d := decide(t, load(t, Options{}), schemas.NewSnapshot("test", schemas.Moment{}))
	if d.Health.Score != nil || d.Health.Status != schemas.StatusUnknown || d.Health.Confidence != 0 {
		t.Errorf("health = %s, want unknown", asJSON(t, d.Health))
	}
}

func TestDecideAsksNothingAboutAnUnknownSource(t *testing.T) {
	s := broken(3)
	s.Sources["pm2/local/process"] = schemas.Source{State: schemas.SourceUnknown, Error: "too slow"}
	d := decide(t, load(t, Options{}), s)
	if len(d.Actions)+len(d.Findings) > 0 || d.Health.Subjects[api].Status != schemas.StatusUnknown || d.Health.Score != nil {
		t.Errorf("Decide = %s, want nothing done and nothing known", asJSON(t, d))
	}
}

func TestAProcessInAnUnknownStateIsNotHealthyAndLeftAlone(t *testing.T) {
	d := decide(t, load(t, Options{}), with(healthySnapshot(3), "api", func(p *schemas.Process) { p.State = schemas.ProcessUnknown }))
	if d.Health.Subjects[api].Status != schemas.StatusWarning || len(d.Actions) > 0 {
		t.Errorf("health = %s and actions %v, want api a warning and nothing done", asJSON(t, d.Health), d.Actions)
	}
}

func TestDecideIsCriticalWhileTheDaemonIsDead(t *testing.T) {
	s := schemas.NewSnapshot("test", schemas.Moment{})
	schemas.PM2Facts{Scope: "local", Daemon: schemas.Daemon{State: schemas.DaemonDead, Dump: "present", Restorable: "no"}, ProcessError: "no daemon"}.Into(&s)
	d := decide(t, load(t, Options{}), s)
	if d.Health.Status != schemas.StatusCritical || len(d.Actions) != 1 || d.Actions[0].Verb != "pm2.resurrect" || d.Actions[0].ForS != 10 || d.Actions[0].Rung != 0 {
		t.Errorf("Decide = %s, want critical and a resurrect after 10 s", asJSON(t, d))
	}
}

func TestEveryAnswerCarriesThePlaceOfItsRule(t *testing.T) {
	d := decide(t, load(t, Options{}), broken(2))
	if got, want := d.Findings[0].At, "policies/pm2/process/errored.rego:14:1"; got != want {
		t.Errorf("finding at %q, want %q", got, want)
	}
	if got, want := d.Actions[0].At, "policies/pm2/process/errored.rego:32:1"; got != want {
		t.Errorf("action at %q, want %q", got, want)
	}
}

func TestAttemptsOfTheOpenIncidentMoveTheLadder(t *testing.T) {
	attempt := func(verb, state string, incident, began int64) schemas.Attempt {
		return schemas.Attempt{Incident: incident, Action: schemas.Action{Verb: verb, Target: api, Subject: api}, Status: schemas.OutcomeDone, State: state, BeganMS: began}
	}
	restarts := []schemas.Attempt{
		attempt("pm2.restart", schemas.AttemptFailed, 7, 1), attempt("pm2.restart", schemas.AttemptFailed, 7, 2), attempt("pm2.restart", schemas.AttemptFailed, 7, 3),
	}
	stops := []schemas.Attempt{attempt("pm2.stop_start", schemas.AttemptFailed, 7, 4), attempt("pm2.stop_start", schemas.AttemptFailed, 7, 5)}
	elsewhere := attempt("pm2.restart", schemas.AttemptFailed, 6, 1)
	withheld := attempt("pm2.restart", schemas.AttemptFailed, 7, 1)
	withheld.Status = schemas.OutcomeWithheld
	tests := []struct {
		name     string
		attempts []schemas.Attempt
		want     string
		rung     int
	}{
		{"starts with the first rung", nil, "pm2.restart", 1},
		{"climbs after as many failures as the rung has attempts", restarts, "pm2.stop_start", 2},
		{"climbs on once that rung has failed", slices.Concat(restarts, stops), "pm2.recreate", 3},
		{"stays while one is pending", []schemas.Attempt{restarts[0], restarts[1], attempt("pm2.restart", schemas.AttemptPending, 7, 3)}, "pm2.restart", 1},
		{"does not count another incident", []schemas.Attempt{restarts[0], restarts[1], elsewhere}, "pm2.restart", 1},
		{"does not count what was withheld", []schemas.Attempt{restarts[0], restarts[1], withheld}, "pm2.restart", 1},
		{"ends after the last rung", slices.Concat(restarts, stops, []schemas.Attempt{attempt("pm2.recreate", schemas.AttemptFailed, 7, 6)}), "", 0},
	}
	engine := load(t, Options{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := broken(2)
			s.Attempts = test.attempts
			s.Incidents[api] = schemas.Incident{ID: 7, Subject: api, State: schemas.IncidentOpen}
			d := decide(t, engine, s)
			got, rung := "", 0
			if len(d.Actions) > 0 {
				got, rung = d.Actions[0].Verb, d.Actions[0].Rung
			}
			if got != test.want || rung != test.rung {
				t.Errorf("action = %q at rung %d, want %q at rung %d", got, rung, test.want, test.rung)
			}
			if exhausted := len(d.Alerts) == 1 && d.Alerts[0].Exhausted; exhausted != (test.want == "") {
				t.Errorf("alerts = %v, want exhausted %v", d.Alerts, test.want == "")
			}
		})
	}
}

// The input of every kind is what its schema says, no more and no less.
func TestInputsAreWhatTheirSchemaSays(t *testing.T) {
	engine := load(t, Options{})
	s := broken(3)
	s.Ecosystems[ecosystemFile] = schemas.Ecosystem{Path: "/srv/ecosystem.config.cjs", State: schemas.EcosystemOK, Apps: 2}
	s.Flaps[api] = 2
	s.Incidents[api] = schemas.Incident{ID: 7, Subject: api, State: schemas.IncidentExhausted, OpenedMS: s.Moment.ClockMS - 75_999}
	s.Attempts = []schemas.Attempt{{Incident: 7, Action: schemas.Action{Verb: "pm2.restart", Subject: api}, Status: schemas.OutcomeDone, State: schemas.AttemptPending, BeganMS: s.Moment.ClockMS - 40_500}}
	reader, err := engine.reader(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range reader.subjects() {
		one, err := reader.one(id)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonValue(json.RawMessage(one.input.String()))
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range engine.schema.byName[one.kind].check(string(one.id), value) {
			t.Error(wrong)
		}
		if one.id != api {
			continue
		}
		for _, want := range []string{`"unhealthy_s": 75`, `"flaps": 2`, `"exhausted": true`,
			`"pm2.restart": {"efficacy": {"failed": 0, "recovered": 0, "tried": 1}, "failed": 0, "last_s": 40, "pending": 1, "recovered": 0, "tried": 1, "unfinished": 0}`,
			`"pm2.stop_start": {"efficacy": {"failed": 0, "recovered": 0, "tried": 0}, "failed": 0, "last_s": 0, "pending": 0, "recovered": 0, "tried": 0, "unfinished": 0}`, `"errored": 1`, `"total": 3`} {
			if !strings.Contains(one.input.String(), want) {
				t.Errorf("input = %s, want %s", one.input, want)
			}
		}
	}
}

func TestFromFilesGivesARecordedDecisionAgain(t *testing.T) {
	first := mustLoadDir(t, map[string]string{"mine.rego": policy("mine", `findings contains {"score": 7, "severity": "info", "reason": "mine"} if input.process.state == "errored"`)})
	again, err := FromFiles(Options{Config: testConfig(), Verbs: testVerbs()}, first.Files())
	if err != nil {
		t.Fatal(err)
	}
	want, got := asJSON(t, decide(t, first, broken(3))), asJSON(t, decide(t, again, broken(3)))
	if !bytes.Equal(got, want) || first.Hash() != again.Hash() {
		t.Errorf("replayed = %s, want %s", got, want)
	}
}

func TestASubjectWithoutConfigurationIsAnErrorOfThatSubject(t *testing.T) {
	s := healthySnapshot(1)
	id := schemas.NewID("pm2", "spare", "daemon", "pm2", 0)
	schemas.PM2Facts{Scope: "spare", Daemon: schemas.Daemon{State: schemas.DaemonDead}}.Into(&s)
	d := decide(t, load(t, Options{}), s)
	if len(d.Errors) != 1 || d.Errors[0].Subject != id || d.Health.Subjects[id].Status != schemas.StatusUnknown || len(d.Actions) > 0 {
		t.Errorf("Decide = %s, want an error about %s alone", asJSON(t, d), id)
	}
}

func TestDecideIsEndedByItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := load(t, Options{}).Decide(ctx, broken(3)); err == nil {
		t.Error("Decide = nil, want an error")
	}
}

func TestPolicyOfAnotherScopeReadsItsOwnConfiguration(t *testing.T) {
	config := testConfig()
	spare := config.PM2["local"]
	spare.Ladder.Restart.Attempts = 0
	config.PM2["spare"] = spare
	s := broken(2)
	id := schemas.NewID("pm2", "spare", "process", "api", 0)
	schemas.PM2Facts{Scope: "spare", TakenAt: time.Time{}, Daemon: schemas.Daemon{State: schemas.DaemonServing, Dump: "present", Restorable: "unknown", Events: "off"},
		Processes: map[schemas.ID]schemas.Process{id: s.Processes[api]}}.Into(&s)
	d := decide(t, load(t, Options{Config: config}), s)
	if len(d.Actions) != 2 || d.Actions[0].Verb != "pm2.restart" || d.Actions[1].Verb != "pm2.stop_start" || d.Actions[1].Subject != id {
		t.Errorf("actions = %s, want a restart in local and a stop_start in spare", asJSON(t, d.Actions))
	}
}
