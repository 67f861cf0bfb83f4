package main

import (
	"slices"
	"strings"
	"testing"

	"encoding/json"

	"rr/schemas"
)

func TestEveryVerbHasAnActorARungAndAPlaceInThePoliciesInput(t *testing.T) {
	acting := actors(nil, nil)
	known := map[string][]string{} // verbs by kind
	for _, verb := range verbs() {
		if acting[verb.Name] == nil {
			t.Errorf("nobody performs %s", verb.Name)
		}
		for kind := range verb.Rungs {
			known[kind] = append(known[kind], verb.Name)
		}
		if _, found := (schemas.Config{}).Rung(verb.Name, "pm2/local/process/api"); !found {
			t.Errorf("no rung is configured for %s", verb.Name)
		}
	}
	if len(acting) != len(verbs()) {
		t.Errorf("%d actors for %d verbs", len(acting), len(verbs()))
	}
	for kind, verbs := range known {
		slices.Sort(verbs)
		if got := attemptsOf(t, kind); !slices.Equal(got, verbs) {
			t.Errorf("policies of %s read attempts of %v, want %v", kind, got, verbs)
		}
	}
}

// attemptsOf lists the verbs that the schema of a kind's input has attempts of.
func attemptsOf(t *testing.T, kind string) []string {
	t.Helper()
	b, err := schemas.JSON.ReadFile("json/" + kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Attempts struct {
				Properties map[string]any `json:"properties"`
			} `json:"attempts"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	var verbs []string
	for name := range schema.Properties.Attempts.Properties {
		verbs = append(verbs, name)
	}
	slices.SortFunc(verbs, strings.Compare)

	return verbs
}
