package policies

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rr/schemas"
)

// needing asks a policy that shows what it reads of input.needs and efficacy.
func needing(t *testing.T, needs map[string][]string) *Engine {
	t.Helper()
	config := testConfig()
	config.Needs = needs

	engine, err := Load(Options{Config: config, Verbs: testVerbs(), Dir: folder(t, map[string]string{"shown.rego": policy("shown", `findings contains {"score": 99, "severity": "info", "reason": reason} if {
	reason := sprintf("%s|%d", [concat(" ", [sprintf("%s=%s,%d", [need.id, need.state, need.unhealthy_s]) | some need in input.needs]), input.attempts["pm2.restart"].efficacy.recovered])
}`)})})
	if err != nil {
		t.Fatal(err)
	}

	return engine
}

// shown is what the policy showed of each subject, by name.
func shown(t *testing.T, e *Engine, s schemas.Snapshot) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range decide(t, e, s).Findings {
		if strings.HasSuffix(f.Policy, ".shown") {
			all[f.Subject.Name()], _, _ = strings.Cut(f.Reason, "|")
		}
	}

	return all
}

func TestASubjectIsAskedAboutWithWhatItNeeds(t *testing.T) {
	daemon, process := "pm2/local/daemon/pm2", "pm2/local/process/"
	for _, test := range []struct {
		name  string
		needs map[string][]string
		of    string
		want  string
	}{
		{"with nothing where nothing is configured", nil, "app-1", ""},
		{"with the state of one that is named", map[string][]string{process + "app-1": {process + "api"}}, "app-1", process + "api=errored,12"},
		{"with each once, in order, and not with itself", map[string][]string{process + "app-*": {process + "*", process + "api"}, process + "app-1": {daemon}}, "app-1",
			daemon + "=serving,0 " + process + "api=errored,12 " + process + "app-2=online,0"},
		{"with what is not there as unknown", map[string][]string{process + "app-1": {process + "db"}}, "app-1", process + "db=unknown,0"},
		{"with what a source does not tell as unknown", map[string][]string{process + "app-1": {daemon + "-gone", "github/web/runs/ci.yml"}}, "app-1",
			"github/web/runs/ci.yml=unknown,0 " + daemon + "-gone=unknown,0"},
		{"with nothing where a pattern finds nothing", map[string][]string{process + "app-1": {process + "x*"}}, "app-1", ""},
		{"with nothing where another is meant", map[string][]string{process + "app-2": {daemon}}, "app-1", ""},
	} {
		t.Run("it is asked about "+test.name, func(t *testing.T) {
			s := broken(3)
			s.Incidents[api] = schemas.Incident{ID: 1, Subject: api, State: schemas.IncidentOpen, OpenedMS: s.Moment.ClockMS - 12_500}
			runs := schemas.ID("github/web/runs/ci.yml")
			s.Runs[runs], s.Sources[runs.Source()] = schemas.Runs{State: "active"}, schemas.Source{State: schemas.SourceUnknown}
			if got := shown(t, needing(t, test.needs), s)[test.of]; got != test.want {
				t.Errorf("needs of %s = %q, want %q", test.of, got, test.want)
			}
		})
	}
}

func TestEfficacyIsThatOfAllSubjectsOfTheKind(t *testing.T) {
	attempt := func(of schemas.ID, verb, state string) schemas.Attempt {
		return schemas.Attempt{Action: schemas.Action{Verb: verb, Subject: of}, Status: schemas.OutcomeDone, State: state}
	}
	other := schemas.NewID("pm2", "local", "process", "app-1", 0)
	daemon := schemas.NewID("pm2", "local", "daemon", "pm2", 0)
	got := efficacy([]schemas.Attempt{
		attempt(api, "pm2.restart", schemas.AttemptRecovered), attempt(api, "pm2.restart", schemas.AttemptFailed), attempt(other, "pm2.restart", schemas.AttemptPending),
		attempt(other, "pm2.restart", schemas.AttemptFailed), attempt(other, "pm2.restart", schemas.AttemptRefused),
		attempt(daemon, "pm2.resurrect", schemas.AttemptRecovered), attempt(api, "pm2.resurrect", schemas.AttemptFailed),
	})
	want := map[string]map[string]schemas.Efficacy{
		"pm2/process": {"pm2.restart": {Tried: 4, Recovered: 1, Failed: 2}, "pm2.resurrect": {Tried: 1, Failed: 1}},
		"pm2/daemon":  {"pm2.resurrect": {Tried: 1, Recovered: 1}},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("efficacy = %v, want %v", got, want)
	}
}

// A subject that nothing was tried on is told how the verb fares elsewhere too.
func TestEfficacyReachesEverySubject(t *testing.T) {
	s := broken(3)
	s.Attempts = []schemas.Attempt{{Action: schemas.Action{Verb: "pm2.restart", Subject: api}, Status: schemas.OutcomeDone, State: schemas.AttemptRecovered}}
	var seen []string
	for _, f := range decide(t, needing(t, nil), s).Findings {
		if strings.HasSuffix(f.Policy, ".shown") && strings.HasSuffix(f.Reason, "|1") {
			seen = append(seen, f.Subject.Name())
		}
	}
	if want := []string{"api", "app-1", "app-2"}; !slices.Equal(seen, want) {
		t.Errorf("efficacy is known of %q, want %q", seen, want)
	}
}

func TestASubjectThatNeedsAllOthersIsToldOfThoseInTrouble(t *testing.T) {
	s := fleet(mostNeeds + 50)
	last := schemas.NewID("pm2", "local", "process", fmt.Sprintf("app-%d", mostNeeds+49), 0)
	s.Incidents[last] = schemas.Incident{ID: 1, Subject: last, State: schemas.IncidentOpen, OpenedMS: s.Moment.ClockMS - 3_000}
	got := shown(t, needing(t, map[string][]string{"pm2/local/process/*": {"pm2/local/process/*"}}), s)["api"]
	if n := len(strings.Fields(got)); n != mostNeeds || !strings.Contains(got, string(last)+"=online,3") {
		t.Errorf("it is told of %d, %s; want %d with %s", n, got, mostNeeds, last)
	}
}
