package policies

import (
	"context"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

// failing decides on a broken fleet with one policy of ones own and returns the
// decision and the errors of that policy.
func failing(t *testing.T, limits Limits, n int, body string) (schemas.Decision, []schemas.PolicyError) {
	t.Helper()
	engine, err := Load(Options{Config: testConfig(), Verbs: testVerbs(), Limits: limits, Dir: folder(t, map[string]string{"mine.rego": policy("mine", body)})})
	if err != nil {
		t.Fatal(err)
	}
	d := decide(t, engine, broken(n))
	for _, one := range d.Errors {
		if one.Policy != "policies.pm2.process.mine" {
			t.Errorf("error of %s: %s, want only errors of mine", one.Policy, one.Error)
		}
	}

	return d, d.Errors
}

// stands says that the answers of the other policies stand and that the subject
// is unknown.
func stands(t *testing.T, d schemas.Decision) {
	t.Helper()
	if len(d.Actions) != 1 || d.Actions[0].Policy != "policies.pm2.process.errored" {
		t.Errorf("actions = %v, want that of errored alone", d.Actions)
	}
	if got := d.Health.Subjects[api]; got.Score != nil || got.Status != schemas.StatusUnknown {
		t.Errorf("health of %s = %v, want unknown", api, got)
	}
}

func TestOneBadPolicyStaysAlone(t *testing.T) {
	d, errs := failing(t, Limits{}, 3, "findings contains {\"score\": _n, \"severity\": \"info\", \"reason\": \"x\"}\n\n_n := 1 if input.process.state == \"errored\"\n\n_n := 2 if input.process.state != \"online\"")
	stands(t, d)
	if len(errs) != 1 || errs[0].Subject != api || !strings.Contains(errs[0].At, "mine.rego:") {
		t.Errorf("errors = %v, want one about %s with its place", errs, api)
	}
	if d.Health.Subjects["pm2/local/process/app-1"].Score == nil {
		t.Error("app-1 is unknown, want it judged: the policy failed on api only")
	}
}

func TestAnErrorOfABuiltinFunctionIsAnError(t *testing.T) {
	d, errs := failing(t, Limits{}, 2, "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.state == \"errored\"\n\tto_number(input.process.name) > 1\n}")
	stands(t, d)
	if len(errs) != 1 || !strings.HasSuffix(errs[0].At, "mine.rego:5:2") || !strings.Contains(errs[0].Error, "to_number") {
		t.Errorf("errors = %v, want one of to_number at mine.rego:5:2", errs)
	}
}

const loop = "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tsome i in numbers.range(1, 2000)\n\tsome j in numbers.range(1, 2000)\n\tsome k in numbers.range(1, 2000)\n\ti + j + k == 0\n}"

func TestAPolicyThatLoopsIsEnded(t *testing.T) {
	began := time.Now()
	d, errs := failing(t, Limits{Deadline: 400 * time.Millisecond}, 40, loop)
	stands(t, d)
	if len(errs) != 40 || !strings.Contains(errs[0].Error, "deadline: it took longer than 400ms") {
		t.Errorf("%d errors, the first %v, want 40 of a deadline", len(errs), errs[0])
	}
	if last := errs[39].Error; !strings.Contains(last, "not asked: it was over its limits 3 times") {
		t.Errorf("last error = %q, want that it was asked no more", last)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s, want it asked no more after three deadlines", took)
	}
}

func TestAllPoliciesTogetherAreEnded(t *testing.T) {
	engine, err := Load(Options{Config: testConfig(), Verbs: testVerbs(), Limits: Limits{Deadline: time.Hour, Turn: 100 * time.Millisecond},
		Dir: folder(t, map[string]string{"mine.rego": policy("mine", loop)})})
	if err != nil {
		t.Fatal(err)
	}
	d := decide(t, engine, broken(20))
	if len(d.Errors) != 20 || !strings.Contains(d.Errors[19].Error, "all policies together took longer than 100ms") {
		t.Errorf("errors = %v, want the deadline of the turn for each process", d.Errors)
	}
	if d.Health.Components["pm2"].Status != schemas.StatusUnknown || d.Health.Status != schemas.StatusUnknown {
		t.Errorf("health = %s, want it asked still, and unknown", asJSON(t, d.Health))
	}
}

func TestAPolicyThatTakesTooMuchMemoryIsEnded(t *testing.T) {
	d, errs := failing(t, Limits{Deadline: time.Hour, Turn: time.Hour, MemoryBytes: 32 << 20}, 2,
		"findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.state == \"errored\"\n\tall := [s | some i in numbers.range(1, 5000); some j in numbers.range(1, 5000); s := sprintf(\"%d-%d\", [i, j])]\n\tcount(all) == 0\n}")
	stands(t, d)
	if len(errs) != 1 || !strings.Contains(errs[0].Error, "memory ceiling: it took more than 32 MiB") {
		t.Errorf("errors = %v, want the memory ceiling", errs)
	}
}

func TestAPolicyThatAnswersTooMuchIsRefused(t *testing.T) {
	many := func(n string) string {
		return "findings contains {\"score\": i, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.state == \"errored\"\n\tsome i in numbers.range(1, " + n + ")\n}"
	}
	d, errs := failing(t, Limits{MaxAnswers: 10}, 2, many("11"))
	stands(t, d)
	if len(errs) != 1 || errs[0].Error != "more than 10 answers about one subject" {
		t.Errorf("errors = %v, want too many answers", errs)
	}
	if _, errs := failing(t, Limits{MaxAnswers: 10}, 2, many("10")); len(errs) != 0 {
		t.Errorf("errors = %v, want none with 10 answers", errs)
	}
}

// Each row is an answer that is not accepted: an error of that subject, which
// takes all answers of its policy along.
func TestAnswersAreDecodedStrictly(t *testing.T) {
	tests := []struct{ name, answers, want string }{
		{"an unknown field", `findings contains {"score": 1, "severity": "info", "reason": "x", "sevrity": "info"}`, `findings: no field "sevrity"; did you mean "severity"?`},
		{"no reason", `findings contains {"score": 1, "severity": "info"}`, `findings: field "reason" is missing`},
		{"an empty reason", `findings contains {"score": 1, "severity": "info", "reason": ""}`, `findings: reason: "", want a text that is not empty`},
		{"no score", `findings contains {"severity": "info", "reason": "x"}`, `findings: field "score" is missing`},
		{"a score of 101", `findings contains {"score": 101, "severity": "info", "reason": "x"}`, `findings: score: 101, want a whole number from 0 to 100`},
		{"a negative score", `findings contains {"score": 0 - 1, "severity": "info", "reason": "x"}`, `findings: score: -1, want a whole number from 0 to 100`},
		{"a score of 50.5", `findings contains {"score": 101 / 2, "severity": "info", "reason": "x"}`, `findings: score: 50.5, want a whole number from 0 to 100`},
		{"a score that is a text", `findings contains {"score": "1", "severity": "info", "reason": "x"}`, `findings: score: "1", want a whole number`},
		{"an unknown severity", `findings contains {"score": 1, "severity": lower("WARN"), "reason": "x"}`, `findings: severity: no such value "warn"; there is: critical, info, warning`},
		{"an answer that is no object", `findings contains "x"`, `findings: "x", want an object`},
		{"an unknown verb", `actions contains {"verb": concat(".", ["pm2", "kill"]), "reason": "x"}`, `actions: verb: no such verb "pm2.kill"; there is: pm2.end_orphans, pm2.recreate, `},
		{"a verb that only a person may ask for", `actions contains {"verb": concat(".", ["pm2", "update_daemon"]), "reason": "x", "target": "pm2/local/daemon/pm2"}`,
			`actions: verb: pm2.update_daemon is for a person to ask for: rr act pm2.update_daemon`},
		{"a verb of another kind", `actions contains {"verb": "pm2.restart", "reason": "x", "target": "pm2/local/daemon/pm2"}`, `actions: verb: pm2.restart does not act on a pm2/daemon`},
		{"a target that does not exist", `actions contains {"verb": "pm2.restart", "reason": "x", "target": "pm2/local/process/apy"}`, `actions: target: there is no pm2/local/process/apy; did you mean "pm2/local/process/api"?`},
		{"a target that is no id", `actions contains {"verb": "pm2.restart", "reason": "x", "target": "api"}`, `actions: target: id "api"`},
		{"a negative for_s", `actions contains {"verb": "pm2.restart", "reason": "x", "for_s": 0 - 1}`, `actions: for_s: -1, want a whole number`},
		{"exhausted that is no yes or no", `alerts contains {"severity": "info", "reason": "x", "exhausted": "yes"}`, `alerts: exhausted: "yes", want true or false`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			good := "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"good\"} if input.process.state == \"errored\"\n\n"
			d, errs := failing(t, Limits{}, 2, good+test.answers+" if input.process.state == \"errored\"")
			stands(t, d)
			if len(errs) != 1 || !strings.Contains(errs[0].Error, test.want) {
				t.Fatalf("errors = %v, want %s", errs, test.want)
			}
			if !strings.HasSuffix(errs[0].At, "mine.rego:5:1") || errs[0].Subject != api {
				t.Errorf("error of %s at %s, want api and mine.rego:5:1", errs[0].Subject, errs[0].At)
			}
			for _, finding := range d.Findings {
				if finding.Reason == "good" {
					t.Error("another answer of the same policy counts, want none")
				}
			}
		})
	}
}

func TestAWrongAnswerAboutTheWholeIsUnknown(t *testing.T) {
	engine := mustLoadDir(t, map[string]string{"health.rego": `package policies.overall.health

components contains {"component": "pm2", "score": 100, "status": "healthy", "weight": 33, "reason": ""}

health contains {"score": 100, "status": "healty", "confidence": 100} if input.mode == "normal"
`})
	d := decide(t, engine, healthySnapshot(2))
	if d.Health.Status != schemas.StatusUnknown || d.Health.Score != nil || d.Health.Components["pm2"].Status != schemas.StatusUnknown || len(d.Errors) == 0 {
		t.Errorf("health = %s and errors %v, want unknown and why", asJSON(t, d.Health), d.Errors)
	}
}

func TestAPolicyMayActOnAnotherTarget(t *testing.T) {
	d, errs := failing(t, Limits{}, 2, `actions contains {"verb": "pm2.resurrect", "reason": "x", "target": "pm2/local/daemon/pm2"} if input.process.state == "errored"`)
	if len(errs) > 0 || len(d.Actions) != 2 || d.Actions[1].Target != "pm2/local/daemon/pm2" || d.Actions[1].Subject != api || d.Actions[1].Rung != 0 {
		t.Errorf("actions = %v and errors %v, want one on the daemon for api", d.Actions, errs)
	}
}

func TestTestsNeverRunAsPolicies(t *testing.T) {
	for path := range load(t, Options{}).running.Modules {
		if strings.HasSuffix(path, "_test.rego") || strings.Contains(path, "fixtures") {
			t.Errorf("%s is compiled to run", path)
		}
	}
}

func TestAPackageOfOnesOwnReplacesTheBuiltinOneAndItsTests(t *testing.T) {
	engine := mustLoadDir(t, map[string]string{"pm2/process/errored.rego": policy("errored", `findings contains {"score": 55, "severity": "info", "reason": "mine"} if input.process.state == "errored"`)})
	d := decide(t, engine, broken(2))
	if len(d.Findings) != 1 || d.Findings[0].Reason != "mine" || len(d.Actions) != 0 {
		t.Errorf("findings = %v and actions %v, want mine alone", d.Findings, d.Actions)
	}
	for path := range engine.Files() {
		if strings.HasPrefix(path, "policies/pm2/process/errored") {
			t.Errorf("%s is loaded still", path)
		}
	}
	report, err := engine.Test(context.Background())
	if err != nil || report.Failed > 0 {
		t.Errorf("Test = %v, %v, want no test of the replaced policy", report.Err(), err)
	}
	for _, info := range engine.List() {
		want := OriginBuiltin
		if info.Package == "policies.pm2.process.errored" {
			want = OriginReplaced
		}
		if info.Origin != want {
			t.Errorf("%s is %s, want %s", info.Package, info.Origin, want)
		}
	}
}
