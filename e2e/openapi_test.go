package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// gitHubAPI is GitHub's own description of its API, of the paths that are
// asked. Put its Handler around a fake, let rr talk to it, and call Hold.
type gitHubAPI struct {
	doc *openapi3.T

	mu      sync.Mutex
	wrong   []string
	checked map[string]int // exchanges, by operation
}

// gitHubPaths are the paths of the API that rr may use.
var gitHubPaths = strings.Fields(`
	/rate_limit /search/issues /app/installations/{installation_id}/access_tokens /repos/{owner}/{repo}
	/repos/{owner}/{repo}/actions/permissions /repos/{owner}/{repo}/actions/secrets /repos/{owner}/{repo}/actions/organization-secrets /repos/{owner}/{repo}/actions/runners /repos/{owner}/{repo}/actions/cache/usage
	/repos/{owner}/{repo}/hooks/{hook_id}/deliveries /repos/{owner}/{repo}/deployments /repos/{owner}/{repo}/deployments/{deployment_id}/statuses
	/repos/{owner}/{repo}/actions/workflows /repos/{owner}/{repo}/actions/workflows/{workflow_id} /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs
	/repos/{owner}/{repo}/actions/workflows/{workflow_id}/enable /repos/{owner}/{repo}/actions/workflows/{workflow_id}/disable
	/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches /repos/{owner}/{repo}/actions/runs /repos/{owner}/{repo}/actions/runs/{run_id}
	/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number} /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs
	/repos/{owner}/{repo}/actions/runs/{run_id}/jobs /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments /repos/{owner}/{repo}/actions/runs/{run_id}/rerun
	/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs /repos/{owner}/{repo}/actions/runs/{run_id}/cancel /repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel
	/repos/{owner}/{repo}/actions/jobs/{job_id} /repos/{owner}/{repo}/actions/jobs/{job_id}/logs /repos/{owner}/{repo}/actions/jobs/{job_id}/rerun
	/repos/{owner}/{repo}/contents/{path} /repos/{owner}/{repo}/git/blobs/{file_sha} /repos/{owner}/{repo}/commits /repos/{owner}/{repo}/commits/{ref}
	/repos/{owner}/{repo}/branches/{branch} /repos/{owner}/{repo}/git/ref/{ref} /repos/{owner}/{repo}/git/refs /repos/{owner}/{repo}/git/refs/{ref}
	/repos/{owner}/{repo}/pulls /repos/{owner}/{repo}/issues /repos/{owner}/{repo}/issues/{issue_number} /repos/{owner}/{repo}/issues/{issue_number}/comments`)

// loadGitHubAPI reads the description of npm's @octokit/openapi and cuts it to
// what is asked, before anything costly is done with it.
func loadGitHubAPI(t *testing.T) *gitHubAPI {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("node_modules", "@octokit", "openapi", "generated", "api.github.com.json"))
	if err != nil {
		t.Fatalf("%v\nrun: cd e2e && npm ci", err)
	}
	var whole struct {
		OpenAPI    string                                `json:"openapi"`
		Info       json.RawMessage                       `json:"info"`
		Paths      map[string]json.RawMessage            `json:"paths"`
		Components map[string]map[string]json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	paths := map[string]json.RawMessage{}
	components := map[string]map[string]json.RawMessage{}
	var reach func(json.RawMessage)
	reach = func(part json.RawMessage) {
		for _, name := range references(part) {
			kind, name, _ := strings.Cut(name, "/")
			if _, seen := components[kind][name]; seen || kind == "examples" {
				continue
			}
			if components[kind] == nil {
				components[kind] = map[string]json.RawMessage{}
			}
			components[kind][name] = whole.Components[kind][name]
			reach(whole.Components[kind][name])
		}
	}
	for _, path := range gitHubPaths {
		if whole.Paths[path] == nil {
			t.Fatalf("GitHub describes no %s", path)
		}
		paths[path] = withoutExamples(t, whole.Paths[path])
		reach(paths[path])
	}
	for _, named := range components {
		for name := range named {
			named[name] = withoutExamples(t, named[name])
		}
	}
	cut, err := json.Marshal(map[string]any{"openapi": whole.OpenAPI, "info": whole.Info, "paths": paths, "components": components})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(cut)
	if err != nil {
		t.Fatal(err)
	}

	// GitHub's own text for this parameter says that it takes ranges, which the
	// format beside it does not allow.
	doc.Components.Parameters["created"].Value.Schema.Value.Format = ""

	return &gitHubAPI{doc: doc, checked: map[string]int{}}
}

// references finds the components that a part of the description names.
func references(part json.RawMessage) (names []string) {
	for _, piece := range strings.Split(string(part), `"#/components/`)[1:] {
		name, _, _ := strings.Cut(piece, `"`)
		names = append(names, name)
	}

	return names
}

// withoutExamples drops the examples, which are most of the file and judge
// nothing.
func withoutExamples(t *testing.T, part json.RawMessage) json.RawMessage {
	t.Helper()
	var value any
	decoder := json.NewDecoder(bytes.NewReader(part))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	var drop func(any)
	drop = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if list, ok := value["examples"].(map[string]any); ok && value["schema"] != nil && list != nil {
				delete(value, "examples")
			}
			for _, child := range value {
				drop(child)
			}
		case []any:
			for _, child := range value {
				drop(child)
			}
		}
	}
	drop(value)
	cut, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}

	return cut
}

// Handler checks each request that arrives at next and each answer that leaves
// it. What is below /api/v3 is the same API.
func (a *gitHubAPI) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		kept := &keptAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, r)
		wrong := a.check(r, body, kept)
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, what := range wrong {
			a.wrong = append(a.wrong, fmt.Sprintf("%s %s: %d: %s", r.Method, r.URL, kept.status, what))
		}
	})
}

// Hold fails the test for each exchange that GitHub's description does not
// allow, and unless at least least were checked.
func (a *gitHubAPI) Hold(t *testing.T, least int) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	total := 0
	for _, n := range a.checked {
		total += n
	}
	if total < least {
		t.Errorf("%d exchanges were checked, want at least %d: %v", total, least, a.checked)
	}
	for _, what := range a.wrong {
		t.Error(what)
	}
}

// keptAnswer is an answer on its way to the client.
type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *keptAnswer) Write(p []byte) (int, error) {
	k.body.Write(p)

	return k.ResponseWriter.Write(p)
}

func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.ResponseWriter }

func (a *gitHubAPI) check(r *http.Request, body []byte, answer *keptAnswer) (wrong []string) {
	where := strings.TrimPrefix(r.URL.Path, "/api/v3")
	path, parameters := a.find(where)
	if path == "" {
		return []string{"GitHub has no such path among those that rr uses"}
	}
	item := a.doc.Paths.Value(path)
	operation := item.GetOperation(r.Method)
	if operation == nil {
		return []string{"GitHub has no such method on " + path}
	}
	a.mu.Lock()
	a.checked[r.Method+" "+path]++
	a.mu.Unlock()
	options := &openapi3filter.Options{
		MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
	options.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.Reason
	})
	request := r.Clone(context.Background())
	request.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: parameters, Options: options,
		Route: &routers.Route{Spec: a.doc, Path: path, PathItem: item, Method: r.Method, Operation: operation},
	}
	if answer.status < 400 { // what GitHub refuses was meant to be wrong
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			wrong = append(wrong, "request: "+err.Error())
		}
		wrong = append(wrong, unknownNames(item, operation, r, body)...)
	}
	if err := a.checkAnswer(input, answer); err != nil {
		wrong = append(wrong, "answer: "+err.Error())
	}

	return wrong
}

// checkAnswer holds an answer against what is described for its status, and one
// whose status is not described against the form of an error.
func (a *gitHubAPI) checkAnswer(input *openapi3filter.RequestValidationInput, answer *keptAnswer) error {
	described := input.Route.Operation.Responses.Status(answer.status)
	if described == nil || answer.status >= 400 && ambiguous(described) {
		if answer.status == http.StatusNotModified || answer.status/100 == 3 {
			return nil
		}
		if answer.status < 400 {
			return fmt.Errorf("status %d is not described", answer.status)
		}
		var value any
		if err := json.Unmarshal(answer.body.Bytes(), &value); err != nil {
			return err
		}
		return a.doc.Components.Schemas["basic-error"].Value.VisitJSON(value)
	}
	header := answer.Header().Clone()

	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.status, Header: header,
		Body: io.NopCloser(bytes.NewReader(answer.body.Bytes())), Options: input.Options,
	})
}

// ambiguous reports whether an error may have one of several forms: they are
// not told apart, because nothing is required of them.
func ambiguous(described *openapi3.ResponseRef) bool {
	media := described.Value.Content.Get("application/json")

	return media != nil && media.Schema != nil && len(media.Schema.Value.OneOf) > 0
}

// unknownNames finds what the description does not forbid and GitHub ignores: a
// misspelt parameter or field.
func unknownNames(item *openapi3.PathItem, operation *openapi3.Operation, r *http.Request, body []byte) (wrong []string) {
	for name := range r.URL.Query() {
		if operation.Parameters.GetByInAndName("query", name) == nil && item.Parameters.GetByInAndName("query", name) == nil {
			wrong = append(wrong, "request: the parameter "+name+" is not described")
		}
	}
	if operation.RequestBody == nil || len(bytes.TrimSpace(body)) == 0 {
		return wrong
	}
	media := operation.RequestBody.Value.Content.Get("application/json")
	var fields map[string]json.RawMessage
	if media == nil || json.Unmarshal(body, &fields) != nil || len(media.Schema.Value.Properties) == 0 {
		return wrong
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if media.Schema.Value.Properties[name] == nil {
			wrong = append(wrong, "request: the field "+name+" is not described")
		}
	}

	return wrong
}

// find is the described path of an address, and the values of its parameters.
// The last parameter of a path may hold slashes, as GitHub's does.
func (a *gitHubAPI) find(where string) (path string, parameters map[string]string) {
	best := -1
	for _, candidate := range a.doc.Paths.InMatchingOrder() {
		values, fixed, matches := match(candidate, where)
		if matches && fixed > best {
			path, parameters, best = candidate, values, fixed
		}
	}

	return path, parameters
}

func match(template, where string) (values map[string]string, fixed int, matches bool) {
	want, got := strings.Split(template, "/"), strings.Split(where, "/")
	values = map[string]string{}
	for n, part := range want {
		name, parameter := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		last := n == len(want)-1
		switch {
		case n >= len(got) || !parameter && part != got[n] || parameter && got[n] == "":
			return nil, 0, false
		case last && parameter && slices.Contains([]string{"path", "ref", "branch"}, name):
			values[name] = strings.Join(got[n:], "/")
			return values, fixed, true
		case parameter:
			values[name] = got[n]
		default:
			fixed++
		}
	}

	return values, fixed, len(want) == len(got)
}
