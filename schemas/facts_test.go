package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rr/schemas"
)

// A policy that counts null errs, and its subject is unknown then.
func TestFactsHoldNoNullWhereAListIsEmpty(t *testing.T) {
	s := schemas.NewSnapshot("test", schemas.Moment{})
	for _, facts := range []schemas.Facts{
		schemas.WorkflowFacts{Scope: "web", Workflows: map[schemas.ID]schemas.Workflow{"github/web/workflow/ci.yml": {}}},
		schemas.RepoFacts{Scope: "web", Runs: map[schemas.ID]schemas.Runs{"github/web/runs/ci.yml": {}}},
		schemas.FunctionFacts{Scope: "shop", Functions: map[schemas.ID]schemas.Function{"netlify/shop/function/hello": {}}},
		schemas.SiteFacts{Scope: "shop"},
		schemas.EndpointFacts{Scope: "shop", Endpoints: map[schemas.ID]schemas.Endpoint{"netlify/shop/endpoint/hello": {}}},
	} {
		facts.Into(&s)
	}
	for _, all := range []any{s.Workflows, s.Repos, s.Runs, s.Functions, s.Manifests, s.Sites, s.Endpoints} {
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) == "{}" || strings.Contains(string(text), "null") {
			t.Errorf("facts = %s, want some without null", text)
		}
	}
}
