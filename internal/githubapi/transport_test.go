package githubapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"rr/internal/githubapi"
	"rr/internal/githubtest"
)

func TestAnUnchangedAnswerCostsNothing(t *testing.T) {
	r := newRig(t, nil)
	first, _, err := r.client.Actions.ListWorkflows(t.Context(), "acme", "web", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Pass(time.Second) // GitHub allows a private cache a minute
	second, response, err := r.client.Actions.ListWorkflows(t.Context(), "acme", "web", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, second) || response.Header.Get(githubapi.FromCache) != "1" || response.StatusCode != http.StatusOK {
		t.Errorf("second = %v, %v, want the first from the cache", second, response.Header)
	}
	if l := r.client.Limits(); l.Requests != 1 || l.NotModified != 1 || l.Remaining != 4999 || r.server.Counted() != 1 {
		t.Errorf("limits = %+v, server counted %d, want one counted and one not", l, r.server.Counted())
	}
	r.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].Workflow("ci.yml").State = "disabled_inactivity" })
	third, response, err := r.client.Actions.ListWorkflows(t.Context(), "acme", "web", nil)
	if err != nil || third.Workflows[0].GetState() != "disabled_inactivity" || response.Header.Get(githubapi.FromCache) != "" {
		t.Errorf("third = %v, %v, want what changed a second ago", third, err)
	}
}

func TestPagesKeepTheirNextPageInTheCache(t *testing.T) {
	r := newRig(t, nil)
	r.server.Change(func(w *githubtest.World) {
		for range 5 {
			w.Repos["acme/web"].AddRun("ci.yml", "push", "success")
		}
	})
	read := func(most int) (ids []int64, complete bool) {
		complete, err := githubapi.Pages(most, func(page int) (*github.Response, bool, error) {
			runs, response, err := r.client.Actions.ListRepositoryWorkflowRuns(t.Context(), "acme", "web", &github.ListWorkflowRunsOptions{ListOptions: github.ListOptions{Page: page, PerPage: 2}})
			if err == nil {
				for _, run := range runs.WorkflowRuns {
					ids = append(ids, run.GetID())
				}
			}
			return response, false, err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids, complete
	}
	first, complete := read(9)
	again, _ := read(9)
	if len(first) != 6 || !complete || !reflect.DeepEqual(first, again) || r.client.Limits().NotModified != 3 {
		t.Errorf("read %v, then %v, complete %v, %+v", first, again, complete, r.client.Limits())
	}
	if ids, complete := read(2); len(ids) != 4 || complete {
		t.Errorf("read %v, complete %v, want two pages and no more", ids, complete)
	}
}

func TestAnEndlessListingEnds(t *testing.T) {
	r := newRig(t, nil)
	r.server.Fail("GET /repos/acme/web/actions/workflows", githubtest.Fault{NextPage: true})
	get := func(page int) (*github.Response, bool, error) {
		_, response, err := r.client.Actions.ListWorkflows(t.Context(), "acme", "web", &github.ListOptions{Page: page})
		return response, false, err
	}
	if complete, err := githubapi.Pages(7, get); complete || err != nil || len(r.server.Requests()) != 7 {
		t.Errorf("Pages = %v, %v after %d requests, want 7 and incomplete", complete, err, len(r.server.Requests()))
	}
	r.server.Heal()
	r.server.Fail("GET /repos/acme/web/actions/workflows", githubtest.Fault{Link: "<" + r.server.URL + `/api/v3/x?page=1>; rel="next"`})
	if _, err := githubapi.Pages(100, get); githubapi.Classify(err).Kind != githubapi.Unavailable {
		t.Errorf("Pages = %v, want a listing that turns back refused", err)
	}
}

func TestALimitStopsCallsBeforeTheNetwork(t *testing.T) {
	r := newRig(t, nil)
	r.clock.Pass(time.Until(r.clock.Now()) * -1) // so that go-github's own memory of limits would show
	r.clock.Pass(-time.Duration(r.clock.Now().Nanosecond()))
	r.server.Change(func(w *githubtest.World) { w.Tokens[secret].Limit = 1 })
	if err := r.list(t); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var limited githubapi.ErrLimited
		_, _, err := r.client.Repositories.Get(t.Context(), "acme", "web")
		if !errors.As(err, &limited) || limited.Secondary || !limited.Until.Equal(r.clock.Now().Add(time.Hour)) {
			t.Fatalf("Get = %v, want a limit for an hour", err)
		}
	}
	if err := r.client.Rerun(t.Context(), "acme", "web", r.run); githubapi.Classify(err).Kind != githubapi.Limited {
		t.Errorf("Rerun = %v, want limited", err)
	}
	if got := len(r.server.Requests()); got != 1 {
		t.Errorf("%d requests, want none after the last of the hour", got)
	}
	if _, _, err := r.client.Search.Issues(t.Context(), "x", nil); err != nil {
		t.Errorf("a search has a limit of its own: %v", err)
	}
	r.clock.Pass(time.Hour)
	if err := r.list(t); err != nil {
		t.Errorf("after the hour: %v", err)
	}
}

func TestASecondaryLimitStopsCallsUntilItsEnd(t *testing.T) {
	r := newRig(t, nil)
	r.server.FailSome("GET /**", githubtest.SecondaryLimit(403, 90*time.Second), 0, 1)
	r.list(t)
	r.list(t)
	if got := len(r.server.Requests()); got != 1 {
		t.Errorf("%d requests within the limit, want 1", got)
	}
	if got := r.client.Limits().SecondaryUntil; !got.Equal(r.clock.Now().Add(90 * time.Second)) {
		t.Errorf("until %s", got)
	}
	r.clock.Pass(90 * time.Second)
	if err := r.list(t); err != nil {
		t.Errorf("after the limit: %v", err)
	}
}

func TestSecondaryLimitsWithoutATimeGrow(t *testing.T) {
	r := newRig(t, nil)
	r.server.Fail("GET /**", githubtest.SecondaryLimit(429, 0))
	var waits []time.Duration
	for range 6 {
		p := githubapi.Classify(r.list(t))
		waits = append(waits, p.Until.Sub(r.clock.Now()))
		r.clock.Pass(waits[len(waits)-1])
	}
	if got := fmt.Sprint(waits); got != "[1m0s 2m0s 4m0s 8m0s 16m0s 16m0s]" {
		t.Errorf("waits %s", got)
	}
}

// TestAWrongHeaderHoldsNobodyForEver holds the clamps.
func TestAWrongHeaderHoldsNobodyForEver(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{
		"a reset in a thousand years":       githubtest.PrimaryLimit(time.Date(3026, 1, 1, 0, 0, 0, 0, time.UTC)),
		"a retry in a year":                 githubtest.SecondaryLimit(403, 365*24*time.Hour),
		"a reset in the past":               githubtest.PrimaryLimit(time.Unix(1, 0)),
		"a negative retry":                  {Status: 403, Body: `{"message":"secondary rate limit"}`, Header: map[string]string{"Retry-After": "-5"}},
		"a retry that is no number":         {Status: 403, Body: `{"message":"secondary rate limit"}`, Header: map[string]string{"Retry-After": "soon"}},
		"a retry larger than a number":      {Status: 429, Body: `{}`, Header: map[string]string{"Retry-After": "9223372036854775807"}},
		"a retry as a date":                 {Status: 429, Body: `{}`, Header: map[string]string{"Retry-After": "Sun, 01 Mar 2026 12:02:00 GMT"}},
		"a limit that is no number":         {Status: 429, Body: `{}`, Header: map[string]string{"X-RateLimit-Limit": "x", "X-RateLimit-Remaining": "0"}},
		"a reset of a server an hour ahead": {Status: 403, Body: `{"message":"API rate limit exceeded"}`, Header: map[string]string{"Date": "Sun, 01 Mar 2026 13:00:00 GMT", "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(time.Date(2026, 3, 1, 13, 10, 0, 0, time.UTC).Unix())}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.server.Fail("GET /**", fault)
			wait := githubapi.Classify(r.list(t)).Until.Sub(r.clock.Now())
			if wait <= 0 || wait > 70*time.Minute {
				t.Errorf("held for %s", wait)
			}
			if strings.Contains(name, "ahead") && wait != 10*time.Minute {
				t.Errorf("held for %s, want 10m by the server's own clock", wait)
			}
		})
	}
}

func TestAnotherTokenHasItsOwnLimitsAndAnswers(t *testing.T) {
	token := secret
	r := newRig(t, func(o *githubapi.Options) {
		o.Auth = githubapi.Token(func() (string, error) { return token, nil })
	})
	r.server.Change(func(w *githubtest.World) { w.Tokens[secret].Limit = 1; w.AddToken("ghp_rotated00000") })
	r.list(t)
	if err := r.list(t); githubapi.Classify(err).Kind != githubapi.Limited {
		t.Fatalf("list = %v, want limited", err)
	}
	token = "ghp_notKnownHere0"
	if err := r.list(t); githubapi.Classify(err).Kind != githubapi.Unauthorized {
		t.Errorf("list = %v, want unauthorized", err)
	}
	if l := r.client.Limits(); l.Limit != 0 || l.Scopes != nil || l.Requests != 2 {
		t.Errorf("limits = %+v, want none known of a token that is not", l)
	}
	token = "ghp_rotated00000"
	if err := r.list(t); err != nil {
		t.Errorf("with the rotated token: %v", err)
	}
	requests := r.server.Requests()
	if last := requests[len(requests)-1]; last.Header.Get("If-None-Match") != "" || last.Header.Get("Authorization") != "Bearer ghp_rotated00000" {
		t.Errorf("headers %v, want the new token and no ETag of the old one", last.Header)
	}
}

func TestTheTokenAndItsStateAreRead(t *testing.T) {
	r := newRig(t, nil)
	expires := r.clock.Now().Add(72 * time.Hour)
	r.server.Change(func(w *githubtest.World) {
		w.Tokens[secret].ExpiresAt = expires
		w.Tokens[secret].Scopes = []string{"workflow", "repo"}
	})
	if err := r.list(t); err != nil {
		t.Fatal(err)
	}
	l := r.client.Limits()
	if !l.TokenExpiresAt.Equal(expires) || !reflect.DeepEqual(l.Scopes, []string{"repo", "workflow"}) || l.Limit != 5000 || l.Remaining != 4999 || l.Resource != "core" || !l.ResetAt.Equal(r.clock.Now().Add(time.Hour)) {
		t.Errorf("limits = %+v", l)
	}
}

// TestTheTokenGoesToTheAPIHostOnly asks for everything that could lead away.
func TestTheTokenGoesToTheAPIHostOnly(t *testing.T) {
	r := newRig(t, nil)
	for _, address := range []string{r.server.ForeignURL + "/x", r.server.URL + "/outside", strings.Replace(r.server.URL, "127.0.0.1", "localhost", 1) + "/api/v3/x", "https://api.github.com/x"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.client.Client.Client().Do(request); githubapi.Classify(err).Kind != githubapi.Redirect {
			t.Errorf("GET %s = %v, want refused", address, err)
		}
		if _, err := r.client.Client.Client().Transport.RoundTrip(request); githubapi.Classify(err).Kind != githubapi.Redirect {
			t.Errorf("RoundTrip %s = %v, want refused", address, err)
		}
	}
	r.server.Fail("GET /**", githubtest.RedirectTo(302, r.server.ForeignURL+"/steal"))
	r.list(t)
	r.client.Actions.GetWorkflowJobLogs(t.Context(), "acme", "web", r.job, 3) // go-github's own, which goes past http.Client
	r.server.Heal()
	r.server.Fail("GET /**", githubtest.RedirectTo(301, r.server.ForeignURL+"/steal"))
	r.client.Actions.GetWorkflowJobLogs(t.Context(), "acme", "web", r.job, 3)
	if got := r.server.Foreign(); len(got) != 0 {
		t.Errorf("another host was asked: %v", got)
	}
}

func TestLogsAreReadWithoutTheToken(t *testing.T) {
	r := newRig(t, nil)
	log, longer, err := r.client.JobLog(t.Context(), "acme", "web", r.job, 10)
	if err != nil || string(log) != "a line of " || !longer {
		t.Fatalf("JobLog = %q, %v, %v", log, longer, err)
	}
	if log, longer, err = r.client.JobLog(t.Context(), "acme", "web", r.job, 1<<20); err != nil || len(log) != 1600 || longer {
		t.Errorf("JobLog = %d bytes, %v, %v", len(log), longer, err)
	}
	for _, request := range r.server.Foreign() {
		if request.Header.Get("Authorization") != "" || request.Header.Get("Cookie") != "" {
			t.Errorf("headers %v went to another host", request.Header)
		}
	}
	if len(r.server.Foreign()) != 2 {
		t.Errorf("%d requests to the host of the logs, want 2", len(r.server.Foreign()))
	}
	_, _, err = r.client.JobLog(t.Context(), "acme", "web", 1, 10)
	if githubapi.Classify(err).Kind != githubapi.NotFound {
		t.Errorf("JobLog = %v, want not_found", err)
	}
	for name, test := range map[string]struct {
		location string
		kind     githubapi.Kind
	}{
		"refused there":   {r.server.ForeignURL + "/log?sig=aSignature", githubapi.Unavailable},
		"nobody there":    {"http://127.0.0.1:1/log?sig=aSignature", githubapi.Unavailable},
		"in the clear":    {"http://logs.example/log?sig=aSignature", githubapi.Redirect},
		"with a password": {"https://u:aSignature@logs.example/", githubapi.Unavailable},
		"a file":          {"file:///etc/passwd?sig=aSignature", githubapi.Unavailable},
		"nowhere":         {"", githubapi.Unavailable},
		"no URL":          {"http://%zz?sig=aSignature", githubapi.Unavailable},
	} {
		r.server.Heal()
		r.server.Fail("GET /repos/*/*/actions/jobs/*/logs", githubtest.RedirectTo(302, test.location))
		_, _, err := r.client.JobLog(t.Context(), "acme", "web", r.job, 10)
		if err == nil || githubapi.Classify(err).Kind != test.kind {
			t.Errorf("it is %s: %v, want %s", name, err, test.kind)
		} else {
			wantNoSecret(t, err, "aSignature")
		}
	}
}

func TestWritesAreSpacedAndOneByOne(t *testing.T) {
	r := newRig(t, nil)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			r.client.EnableWorkflow(t.Context(), "acme", "web", "ci.yml")
		})
	}
	wg.Wait()
	writes := r.server.Writes()
	if len(writes) != 3 {
		t.Fatalf("%d writes, want 3", len(writes))
	}
	for n := 1; n < 3; n++ {
		if apart := writes[n].At.Sub(writes[n-1].At); apart < time.Second {
			t.Errorf("writes %d and %d are %s apart, want a second", n-1, n, apart)
		}
	}
	r.clock.Pass(time.Minute)
	before := r.clock.waited
	r.client.EnableWorkflow(t.Context(), "acme", "web", "ci.yml")
	if r.clock.waited != before {
		t.Errorf("a write after a minute waited")
	}
}

func TestDispatchTellsItsRun(t *testing.T) {
	r := newRig(t, nil)
	inputs := map[string]any{"level": "high"}
	id, err := r.client.Dispatch(t.Context(), "acme", "web", "ci.yml", "main", inputs)
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := r.client.Actions.GetWorkflowRunByID(t.Context(), "acme", "web", id)
	if err != nil || run.GetEvent() != "workflow_dispatch" || id == 0 {
		t.Errorf("run %d = %v, %v", id, run, err)
	}
	for name, try := range map[string]func() (int64, error){
		"Unexpected inputs": func() (int64, error) {
			return r.client.Dispatch(t.Context(), "acme", "web", "ci.yml", "main", map[string]any{"level": "x", "other": "y"})
		},
		"Required input":   func() (int64, error) { return r.client.Dispatch(t.Context(), "acme", "web", "ci.yml", "main", nil) },
		"No ref found for": func() (int64, error) { return r.client.Dispatch(t.Context(), "acme", "web", "ci.yml", "nope", inputs) },
	} {
		_, err := try()
		if p := githubapi.Classify(err); p.Kind != githubapi.Invalid || p.Status != 422 || !strings.Contains(p.Message, name) {
			t.Errorf("Classify(%v) = %+v, want %q", err, p, name)
		}
	}
	r.server.Change(func(w *githubtest.World) { w.Enterprise = true })
	if id, err := r.client.Dispatch(t.Context(), "acme", "web", "ci.yml", "main", inputs); id != 0 || err != nil {
		t.Errorf("Dispatch = %d, %v, want 0 from a server that does not tell", id, err)
	}
}

func TestCancelIsAcceptedAndRerunKeepsItsRun(t *testing.T) {
	r := newRig(t, nil)
	if err := r.client.RerunFailed(t.Context(), "acme", "web", r.run); err != nil {
		t.Fatal(err)
	}
	if err := r.client.Cancel(t.Context(), "acme", "web", r.run); err != nil {
		t.Errorf("Cancel = %v, want 202 as success", err)
	}
	if p := githubapi.Classify(r.client.Cancel(t.Context(), "acme", "web", r.run)); p.Status != 409 {
		t.Errorf("Cancel again = %+v, want 409", p)
	}
	if p := githubapi.Classify(r.client.ForceCancel(t.Context(), "acme", "web", r.run)); p.Status != 409 {
		t.Errorf("ForceCancel = %+v, want 409", p)
	}
	if err := r.client.Rerun(t.Context(), "acme", "web", r.run); err != nil {
		t.Errorf("Rerun = %v", err)
	}
	if err := r.client.ForceCancel(t.Context(), "acme", "web", r.run); err != nil {
		t.Errorf("ForceCancel = %v", err)
	}
	run, _, err := r.client.Actions.GetWorkflowRunByID(t.Context(), "acme", "web", r.run)
	if err != nil || run.GetRunAttempt() != 3 || run.GetConclusion() != "cancelled" {
		t.Errorf("run = %v, %v", run, err)
	}
}

func TestTheMemoryCacheIsBounded(t *testing.T) {
	c := &githubapi.MemoryCache{MaxBytes: 100, MaxEntries: 3}
	put := func(key string, size int) {
		c.Put(key, githubapi.Answer{ETag: key, Body: bytes.Repeat([]byte("x"), size)})
	}
	has := func() (keys string) {
		for _, key := range []string{"a", "b", "c", "d", "e"} {
			if _, found := c.Get(key); found {
				keys += key
			}
		}
		return keys
	}
	put("a", 10)
	put("b", 10)
	put("c", 10)
	c.Get("a")
	put("d", 10)
	if got := has(); got != "acd" {
		t.Errorf("keeps %q, want acd: the one unused longest went", got)
	}
	put("e", 95)
	if got := has(); got != "e" {
		t.Errorf("keeps %q, want e alone for its size", got)
	}
	put("e", 5)
	put("a", 95)
	if got := has(); got != "ae" {
		t.Errorf("keeps %q, want ae: what was replaced takes no room", got)
	}
	put("b", 101)
	if got := has(); got != "ae" {
		t.Errorf("keeps %q, want ae: what never fits is left out", got)
	}
}

// TestASpoiledCacheIsAskedAround holds that a cache on a disk cannot hurt.
func TestASpoiledCacheIsAskedAround(t *testing.T) {
	for name, spoil := range map[string]func(*githubapi.Answer){
		"a cut body":     func(a *githubapi.Answer) { a.Body = a.Body[:len(a.Body)/2] },
		"no ETag":        func(a *githubapi.Answer) { a.ETag = "" },
		"a foreign Link": func(a *githubapi.Answer) { a.Link = `<https://evil.example/?page=2>; rel="next"` },
	} {
		cache := &spoiled{spoil: spoil}
		r := newRig(t, func(o *githubapi.Options) { o.Cache = cache })
		r.list(t)
		err := r.list(t)
		if name == "a foreign Link" {
			if githubapi.Classify(err).Kind != githubapi.Redirect {
				t.Errorf("%s: %v, want refused", name, err)
			}
		} else if err != nil || r.client.Limits().Requests != 2 {
			t.Errorf("%s: %v, %+v, want it asked anew", name, err, r.client.Limits())
		}
		for key := range cache.keys {
			if strings.Contains(key, "acme") || strings.Contains(key, secret) {
				t.Errorf("key %q tells what it is of", key)
			}
		}
	}
}

type spoiled struct {
	githubapi.MemoryCache
	spoil func(*githubapi.Answer)
	keys  map[string]bool
}

func (s *spoiled) Put(key string, a githubapi.Answer) {
	if s.keys == nil {
		s.keys = map[string]bool{}
	}
	s.keys[key] = true
	s.spoil(&a)
	s.MemoryCache.Put(key, a)
}

func TestBaseURLs(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "https://api.github.com/"},
		{"https://api.github.com", "https://api.github.com/"},
		{"https://api.acme.ghe.com/", "https://api.acme.ghe.com/"},
		{"https://git.acme.example", "https://git.acme.example/api/v3/"},
		{"https://Git.acme.example:8443/", "https://git.acme.example:8443/api/v3/"},
		{"https://git.acme.example/api/v3", "https://git.acme.example/api/v3/"},
		{"https://git.acme.example/github/api/v3/", "https://git.acme.example/github/api/v3/"},
		{"http://127.0.0.1:3000", "http://127.0.0.1:3000/api/v3/"},
		{"http://git.acme.example", ""},
		{"https://user:pw@git.acme.example", ""},
		{"https://git.acme.example/?token=pw", ""},
		{"ftp://git.acme.example", ""},
		{"git.acme.example", ""},
		{"https://", ""},
		{"https://%zzpw", ""},
	} {
		client, err := githubapi.New(githubapi.Options{BaseURL: test.text})
		if test.want == "" {
			if err == nil || strings.Contains(err.Error(), "pw") {
				t.Errorf("New(%q) = %v, want it refused without the password", test.text, err)
			}
			continue
		}
		if err != nil || client.BaseURL.String() != test.want {
			t.Errorf("New(%q) = %v, %v, want %s", test.text, client, err, test.want)
		}
	}
}

func TestTokensAreReadAfreshAndChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	auth := githubapi.Token(githubapi.File(path))
	if _, err := auth.Credential(context.Background()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("without a file: %v", err)
	}
	write("first\n")
	a, err := auth.Credential(context.Background())
	if err != nil || a.Token != "first" {
		t.Errorf("Credential = %+v, %v", a, err)
	}
	write("second")
	if b, err := auth.Credential(context.Background()); err != nil || b.Token != "second" || b.Identity == a.Identity || strings.Contains(b.Identity, "second") {
		t.Errorf("Credential = %+v, %v, want the rotated token", b, err)
	}
	for _, bad := range []string{"", "  \n", "hush two", "hush\nmore", "hush\x00", "hushé", "hush" + strings.Repeat("x", 9000)} {
		write(bad)
		if _, err := auth.Credential(context.Background()); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("Credential of %.10q = %v, want it refused and not told", bad, err)
		}
	}
	t.Setenv("RR_TEST_TOKEN", " third ")
	if c, err := githubapi.Token(githubapi.Env("RR_TEST_TOKEN")).Credential(context.Background()); err != nil || c.Token != "third" {
		t.Errorf("Credential = %+v, %v", c, err)
	}
	_, err = githubapi.Env("RR_TEST_NO_TOKEN")()
	r := newRig(t, func(o *githubapi.Options) { o.Auth = githubapi.Token(githubapi.Env("RR_TEST_NO_TOKEN")) })
	if p := githubapi.Classify(r.list(t)); err == nil || p.Kind != githubapi.Unauthorized || !strings.Contains(p.Message, "$RR_TEST_NO_TOKEN is not set") || len(r.server.Requests()) != 0 {
		t.Errorf("Classify = %+v, want it said and nothing sent", p)
	}
}
