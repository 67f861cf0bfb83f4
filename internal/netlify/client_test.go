package netlify_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/netlify"
	"rr/internal/netlifytest"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestSiteIsFoundByIDDomainAndName(t *testing.T) {
	r := newRig(t)
	r.AddSite("shop-acme-staging") // whose name holds the other's
	r.SetEnv(r.site, "DATABASE_URL", "postgres://op:s3cretvalue@db")
	r.AddDeploy(r.site, netlifytest.Deploy{CreatedAt: day, PublishedAt: day, Functions: map[string]string{"hello": "00"}, Schedules: map[string]string{"tick": "@daily"}})
	for _, name := range []string{r.site, "shop-acme.netlify.app", "shop-acme"} {
		s, err := r.client.Site(t.Context(), name)
		if err != nil {
			t.Fatalf("Site(%s): %v", name, err)
		}
		if s.ID != r.site || s.Published == nil || s.AccountSlug != "acme" || s.Build.Branch != "main" {
			t.Fatalf("Site(%s) = %+v, want that of the fake", name, s)
		}
		d := s.Published
		if d.State != netlify.StateReady || !d.PublishedAt.Equal(day) || d.Locked == nil || *d.Locked || len(d.Functions) != 1 || d.Functions[0].Name != "hello" || len(d.Schedules) != 1 || d.Schedules[0].Cron != "@daily" {
			t.Errorf("published deploy of %s = %+v", name, d)
		}
		if raw, _ := json.Marshal(s); strings.Contains(string(raw), "s3cretvalue") {
			t.Errorf("Site(%s) decoded a value of a variable", name)
		}
	}
	for _, name := range []string{"shop", "", "other.example.com", "0d3a9d3c-0000-4000-8000-000000000000"} {
		if _, err := r.client.Site(t.Context(), name); netlify.KindOf(err) != netlify.NotFound && netlify.KindOf(err) != netlify.Invalid {
			t.Errorf("Site(%q) = %v, want not_found", name, err)
		}
	}
}

func TestDeploysAreListedByPages(t *testing.T) {
	r := newRig(t)
	for i := range 45 {
		d := netlifytest.Deploy{CreatedAt: day.Add(time.Duration(i) * time.Minute), State: "ready"}
		if i%2 == 1 {
			d.Context, d.State, d.Branch = "deploy-preview", "error", "fix"
		}
		r.AddDeploy(r.site, d)
	}
	for _, c := range []struct {
		name     string
		query    netlify.DeployQuery
		want     int
		complete bool
		asked    int
	}{
		{"it asks for one page of 20", netlify.DeployQuery{}, 20, false, 1},
		{"it asks for as many pages as there are", netlify.DeployQuery{Pages: 9}, 45, true, 3},
		{"it stops at the pages that it may", netlify.DeployQuery{Pages: 2}, 40, false, 2},
		{"it asks for more at once", netlify.DeployQuery{PerPage: 100}, 45, true, 1},
		{"it asks for 100 at most", netlify.DeployQuery{PerPage: 5000, Pages: 5000}, 45, true, 1},
		{"it asks for one state", netlify.DeployQuery{State: "error", PerPage: 50}, 22, true, 1},
		{"it asks for production", netlify.DeployQuery{Production: true, PerPage: 50}, 23, true, 1},
		{"it asks for one branch", netlify.DeployQuery{Branch: "fix", PerPage: 50}, 22, true, 1},
	} {
		before := r.Count("GET sites/*/deploys")
		c.query.Site = r.site
		deploys, complete, err := r.client.Deploys(t.Context(), c.query)
		if err != nil || len(deploys) != c.want || complete != c.complete {
			t.Errorf("%s: %d deploys, complete %v, %v; want %d, %v", c.name, len(deploys), complete, err, c.want, c.complete)
		}
		if asked := r.Count("GET sites/*/deploys") - before; asked != c.asked {
			t.Errorf("%s: asked %d times, want %d", c.name, asked, c.asked)
		}
		if !slices.IsSortedFunc(deploys, func(a, b netlify.Deploy) int { return b.CreatedAt.Compare(a.CreatedAt.Time) }) {
			t.Errorf("%s: they are not newest first", c.name)
		}
	}
}

// A listing that never ends, because each page is full, ends.
func TestDeploysEndWhereTheAPIDoesNot(t *testing.T) {
	r := newRig(t)
	r.Inject("GET sites/*/deploys", 0, netlifytest.Text(200, `[{"id":"same"},{"id":"same"}]`))
	deploys, complete, err := r.client.Deploys(t.Context(), netlify.DeployQuery{Site: r.site, PerPage: 2, Pages: 1 << 30})
	if err != nil || complete || len(deploys) != 1 {
		t.Errorf("Deploys = %d, complete %v, %v; want 1, which is not all", len(deploys), complete, err)
	}
	if n := len(r.Requests()); n > 50 {
		t.Errorf("asked %d times, want at most 50", n)
	}
}

func TestRestorePublishesTheDeployThatItNames(t *testing.T) {
	r := newRig(t)
	var ids []string
	for i := range 3 {
		at := day.Add(time.Duration(i) * time.Hour)
		ids = append(ids, r.AddDeploy(r.site, netlifytest.Deploy{CreatedAt: at, PublishedAt: at}))
	}
	for range 2 { // twice is once
		d, err := r.client.Restore(t.Context(), r.site, ids[0])
		if err != nil || d.ID != ids[0] || r.Published(r.site) != ids[0] {
			t.Fatalf("Restore = %+v, %v; published is %s, want %s", d, err, r.Published(r.site), ids[0])
		}
	}
	if n := r.Count("PUT sites/*/rollback"); n != 0 {
		t.Errorf("called /rollback %d times", n)
	}
	bad := r.AddDeploy(r.site, netlifytest.Deploy{State: "error"})
	if _, err := r.client.Restore(t.Context(), r.site, bad); netlify.KindOf(err) != netlify.Invalid || r.Published(r.site) != ids[0] {
		t.Errorf("Restore of a failed deploy = %v, want invalid and no change", err)
	}
}

func TestLockUnlockAndCancel(t *testing.T) {
	r := newRig(t)
	published := r.AddDeploy(r.site, netlifytest.Deploy{CreatedAt: day, PublishedAt: day})
	if d, err := r.client.Lock(t.Context(), published); err != nil || d.Locked == nil || !*d.Locked {
		t.Errorf("Lock = %+v, %v; want it locked", d, err)
	}
	if d, err := r.client.Unlock(t.Context(), published); err != nil || d.Locked == nil || *d.Locked {
		t.Errorf("Unlock = %+v, %v; want it unlocked", d, err)
	}
	stuck := r.AddDeploy(r.site, netlifytest.Deploy{State: "processing"})
	if _, err := r.client.Cancel(t.Context(), stuck); err != nil || r.Deploy(stuck).State != "error" {
		t.Errorf("Cancel = %v, state %s; want error", err, r.Deploy(stuck).State)
	}
}

func TestWhatElseIsAsked(t *testing.T) {
	r := newRig(t)
	r.SetEnv(r.site, "API_KEY", "s3cretvalue")
	r.SetEnv(r.site, "ANOTHER", "s3cretother")
	r.SetCertificate(r.site, day)
	r.AddDeploy(r.site, netlifytest.Deploy{CreatedAt: day, PublishedAt: day, Functions: map[string]string{"hello": "00", "tick": "11"}})
	hook := r.AddHook(r.site)

	keys, err := r.client.EnvKeys(t.Context(), "acme", r.site)
	if err != nil || len(keys) != 2 || keys[0].Key != "ANOTHER" || keys[1].Key != "API_KEY" || len(keys[1].Scopes) != 2 {
		t.Errorf("EnvKeys = %+v, %v", keys, err)
	}
	if ssl, err := r.client.SSL(t.Context(), r.site); err != nil || !ssl.ExpiresAt.Equal(day) || ssl.State != "issued" {
		t.Errorf("SSL = %+v, %v", ssl, err)
	}
	if functions, err := r.client.Functions(t.Context(), r.site); err != nil || len(functions) != 2 || functions[0].Name != "hello" {
		t.Errorf("Functions = %+v, %v", functions, err)
	}
	if status, err := r.client.BuildStatus(t.Context(), "acme"); err != nil || status.Active != 1 || status.Enqueued != 2 || status.Minutes.Current != 120 || status.Minutes.Included != 300 {
		t.Errorf("BuildStatus = %+v, %v", status, err)
	}
	if err := r.client.TriggerBuildHook(t.Context(), hook); err != nil {
		t.Errorf("TriggerBuildHook: %v", err)
	}
	if builds, err := r.client.Builds(t.Context(), r.site); err != nil || len(builds) != 1 || builds[0].Done {
		t.Errorf("Builds = %+v, %v; want the one that was triggered", builds, err)
	}
	last := r.Requests()[len(r.Requests())-2]
	if last.Method != "POST" || last.Authorization != "" {
		t.Errorf("the build hook was asked with %s and token %q, want POST and none", last.Method, last.Authorization)
	}
	if limits := r.client.Limits(); !limits.Known || limits.Limit != 500 || limits.Remaining < 480 || limits.Remaining == 500 || limits.Reset.IsZero() {
		t.Errorf("Limits = %+v", limits)
	}
}

// Both shapes of an answer are read that are promised somewhere.
func TestAnswersOfTwoShapes(t *testing.T) {
	r := newRig(t)
	for _, body := range []string{`{"functions":[{"n":"hello"}]}`, `[{"functions":[{"n":"hello"}]}]`, `[{"n":"hello"}]`} {
		r.Inject("GET sites/*/functions", 1, netlifytest.Text(200, body))
		if functions, err := r.client.Functions(t.Context(), r.site); err != nil || len(functions) != 1 || functions[0].Name != "hello" {
			t.Errorf("Functions of %s = %+v, %v", body, functions, err)
		}
	}
	for _, body := range []string{`{"active":3}`, `[{"active":3}]`} {
		r.Inject("GET acme/builds/status", 1, netlifytest.Text(200, body))
		if status, err := r.client.BuildStatus(t.Context(), "acme"); err != nil || status.Active != 3 {
			t.Errorf("BuildStatus of %s = %+v, %v", body, status, err)
		}
	}
	r.Inject("GET sites/*/deploys/*", 1, netlifytest.Text(200, `{"id":"d","created_at":"soon","locked":null,"skipped":null,"required":null}`))
	if d, err := r.client.Deploy(t.Context(), r.site, "d"); err != nil || !d.CreatedAt.IsZero() || d.Locked != nil {
		t.Errorf("Deploy = %+v, %v; want an unknown time and lock", d, err)
	}
}

// A deploy without an id cannot be acted on, and is no deploy.
func TestDeploysWithoutAnIDAreNone(t *testing.T) {
	r := newRig(t)
	r.Inject("GET sites/*/deploys", 1, netlifytest.Text(200, `[{"id":"a"},{"state":"ready"}]`))
	if deploys, _, err := r.client.Deploys(t.Context(), netlify.DeployQuery{Site: r.site}); netlify.KindOf(err) != netlify.Unavailable {
		t.Errorf("Deploys = %+v, %v; want unavailable", deploys, err)
	}
}

// Dots that a server would resolve are escaped.
func TestDotsAreNoFolders(t *testing.T) {
	var asked []string
	client := &netlify.Client{Base: "https://netlify.test/api/v1/", Token: func() (string, error) { return "nfp_s3crettoken", nil },
		HTTP: &http.Client{Transport: answering(func(r *http.Request) string {
			asked = append(asked, r.URL.RequestURI())
			return `{"id":"d"}`
		})}}
	for _, name := range []string{"..", ".", "a/../b"} {
		if _, err := client.Cancel(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"/api/v1/deploys/%2E%2E/cancel", "/api/v1/deploys/%2E/cancel", "/api/v1/deploys/a%2F..%2Fb/cancel"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

// A name is one part of a path, whatever it holds.
func TestNamesStayWithinTheirPath(t *testing.T) {
	r := newRig(t)
	deploy := r.AddDeploy(r.site, netlifytest.Deploy{})
	for _, name := range []string{"../../sites/" + r.site + "/deploys/" + deploy, "..", ".", "a/b", "a?b=c", "a#b", "%2e%2e"} {
		before := len(r.Requests())
		if _, err := r.client.Cancel(t.Context(), name); err == nil {
			t.Errorf("Cancel(%q) did something", name)
		}
		for _, q := range r.Requests()[before:] {
			if q.Method != "GET" && (!strings.HasPrefix(q.Path, "deploys/") || !strings.HasSuffix(q.Path, "/cancel") || q.Query != "") {
				t.Errorf("Cancel(%q) asked %s %s?%s", name, q.Method, q.Path, q.Query)
			}
		}
	}
	if r.Deploy(deploy).State != "ready" {
		t.Error("a deploy was canceled")
	}
}
