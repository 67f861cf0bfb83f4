package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"encoding/json"

	"rr/schemas"
)

func TestEveryVerbHasAnActorARungAndAPlaceInThePoliciesInput(t *testing.T) {
	acting := actors(nil, nil, nil)
	maps.Copy(acting, githubActors(nil, backups{}))
	maps.Copy(acting, netlifyActors(nil, backups{}))
	maps.Copy(acting, backupActors(backups{}))
	known := map[string][]string{} // verbs by kind
	for _, verb := range verbs() {
		if acting[verb.Name] == nil {
			t.Errorf("nobody performs %s", verb.Name)
		}
		for kind := range verb.Rungs {
			known[kind] = append(known[kind], verb.Name)
			system, name, _ := strings.Cut(kind, "/")
			if _, found := (schemas.Config{Backup: &schemas.BackupConfig{}}).Rung(verb.Name, schemas.NewID(system, "any", name, "any", 0)); !found {
				t.Errorf("no rung of a %s is configured for %s", kind, verb.Name)
			}
		}
	}
	for verb := range acting {
		if !slices.ContainsFunc(verbs(), func(v schemas.Verb) bool { return v.Name == verb }) {
			t.Errorf("%s is performed and no verb", verb)
		}
	}
	for kind, verbs := range known {
		read := attemptsOf(t, kind)
		for _, verb := range verbs {
			if !slices.Contains(read, verb) {
				t.Errorf("policies of %s read attempts of %v, and not of %s", kind, read, verb)
			}
		}
	}
}

// What a policy reads attempts of is something that rr does: to the subject
// itself, or, of a function, to its site or its list.
func TestEveryAttemptThatAPolicyReadsIsOfAVerb(t *testing.T) {
	for kind, others := range map[string][]string{
		"pm2/process": nil, "pm2/daemon": nil, "github/workflow": nil, "github/runs": nil, "netlify/manifest": nil, "netlify/site": nil, "backup/set": nil,
		"netlify/function": {"netlify/manifest", "netlify/site"},
	} {
		for _, name := range attemptsOf(t, kind) {
			i := slices.IndexFunc(verbs(), func(v schemas.Verb) bool { return v.Name == name })
			if i < 0 || !slices.ContainsFunc(append(others, kind), func(kind string) bool { _, acts := verbs()[i].Rungs[kind]; return acts }) {
				t.Errorf("policies of %s read attempts of %s, which acts on none of %v", kind, name, append(others, kind))
			}
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
