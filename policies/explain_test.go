package policies

import (
	"context"
	"strings"
	"testing"

	"rr/schemas"
)

func TestExplainTellsWhyEachRuleDidOrDidNotFire(t *testing.T) {
	s := broken(2)
	explained, err := load(t, Options{}).Explain(context.Background(), s, api)
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]ExplainRule{}
	for _, policy := range explained.Policies {
		for _, rule := range policy.Rules {
			rules[rule.At] = rule
			if !rule.Fired && rule.Failed == nil {
				t.Errorf("%s did not fire and does not say why", rule.At)
			}
		}
	}
	if rule := rules["policies/pm2/process/errored.rego:32:1"]; !rule.Fired || rule.Description != "restart it while attempts remain" {
		t.Errorf("restart = %+v, want it to have fired", rule)
	}
	failed := rules["policies/pm2/process/errored.rego:43:1"].Failed
	if failed == nil {
		t.Fatal("stop_start fired, want a condition that failed")
	}
	if got, want := failed.At, "policies/pm2/process/errored.rego:47:2"; got != want {
		t.Errorf("failed at %s, want %s", got, want)
	}
	if got, want := failed.Text, `input.attempts["pm2.restart"].failed >= data.config.pm2.ladder.restart.attempts`; got != want {
		t.Errorf("failed = %s, want %s", got, want)
	}
	if got, want := string(asJSON(t, failed.Values)), `{"data.config.pm2.ladder.restart.attempts":3,"input.attempts[\"pm2.restart\"].failed":0}`; got != want {
		t.Errorf("values = %s, want %s", got, want)
	}
}

func TestExplainShowsAFactThatIsAbsentAsNull(t *testing.T) {
	s := with(healthySnapshot(1), "api", func(p *schemas.Process) { p.MemoryPct = nil })
	explained, err := load(t, Options{}).Explain(context.Background(), s, api)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(asJSON(t, explained)); !strings.Contains(got, `"input.process.memory_pct":null`) {
		t.Errorf("Explain = %s, want memory_pct null", got)
	}
}

func TestExplainTellsAPolicyThatErrs(t *testing.T) {
	engine := mustLoadDir(t, map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if to_number(input.process.name) > 1")})
	explained, err := engine.Explain(context.Background(), broken(1), api)
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range explained.Policies {
		if wrong := policy.Package == "policies.pm2.process.mine"; wrong != (policy.Error != "") {
			t.Errorf("%s: error %q", policy.Package, policy.Error)
		}
	}
}

func TestExplainKnowsNothingOfWhatIsUnknown(t *testing.T) {
	engine := load(t, Options{})
	if _, err := engine.Explain(context.Background(), broken(1), "pm2/local/process/apy"); err == nil || !strings.Contains(err.Error(), `did you mean "pm2/local/process/api"?`) {
		t.Errorf("Explain = %v, want the subject that was meant", err)
	}
	s := broken(1)
	s.Sources["pm2/local/process"] = schemas.Source{State: schemas.SourceUnknown, Error: "too slow"}
	if _, err := engine.Explain(context.Background(), s, api); err == nil || !strings.Contains(err.Error(), "too slow") {
		t.Errorf("Explain = %v, want why it is unknown", err)
	}
}
