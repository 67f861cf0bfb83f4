package githubapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rr/internal/githubapi"
	"rr/internal/githubtest"
	"rr/schemas"
)

// TestEveryFaultIsTold holds, for each way in which GitHub can fail a read and
// a write: the kind of problem, whether the write may have been made, that
// there was one request and not more, and that no token is told.
func TestEveryFaultIsTold(t *testing.T) {
	echo := githubtest.Fault{Status: 422, Body: `{"message":"bad header Bearer ` + secret + `","errors":[{"resource":"x","field":"y","code":"custom","message":"` + secret + `"}]}`}
	for _, test := range []struct {
		name    string
		fault   githubtest.Fault
		kind    githubapi.Kind
		unknown bool // of the write
		message string
	}{
		{"it does not know the token", githubtest.Unauthorized(), githubapi.Unauthorized, false, "Bad credentials"},
		{"it refuses", githubtest.Forbidden("Must have admin rights to Repository."), githubapi.Forbidden, false, "admin rights"},
		{"it refuses and names the permission", githubtest.Fault{Status: 403, Body: `{"message":"Resource not accessible by integration"}`, Header: map[string]string{"X-Accepted-GitHub-Permissions": "actions=write"}}, githubapi.Forbidden, false, "needs actions=write"},
		{"it wants a single sign-on", githubtest.Fault{Status: 403, Body: `{"message":"SAML"}`, Header: map[string]string{"X-GitHub-SSO": "required; url=https://x/?authorization_request=" + secret}}, githubapi.Forbidden, false, "single sign-on"},
		{"its hour is used up", githubtest.PrimaryLimit(newClock().Now().Add(20 * time.Minute)), githubapi.Limited, false, "12:20:00"},
		{"it is asked too much at once", githubtest.SecondaryLimit(403, 90*time.Second), githubapi.Limited, false, "12:01:30"},
		{"it is asked too much at once, with 429", githubtest.SecondaryLimit(429, 90*time.Second), githubapi.Limited, false, "12:01:30"},
		{"it is asked too much at once, without a time", githubtest.SecondaryLimit(403, 0), githubapi.Limited, false, "12:01:00"},
		{"it is asked too much, with a bare 429", githubtest.Fault{Status: 429, Body: "slow down"}, githubapi.Limited, false, "12:01:00"},
		{"it does not find", githubtest.NotFound(), githubapi.NotFound, false, "Not Found"},
		{"it finds the request invalid", githubtest.Unprocessable("no such thing"), githubapi.Invalid, false, "Thing.field no such thing"},
		{"it sees a conflict", githubtest.Fault{Status: 409, Body: `{"message":"conflict"}`}, githubapi.Invalid, false, "conflict"},
		{"it echoes the token", echo, githubapi.Invalid, false, "[redacted]"},
		{"it errs", githubtest.ServerError(500), githubapi.Unavailable, true, "500"},
		{"its balancer errs", githubtest.ServerError(502), githubapi.Unavailable, true, "502"},
		{"it errs in JSON", githubtest.Fault{Status: 503, Body: `{"message":"` + secret + `"}`}, githubapi.Unavailable, true, "[redacted]"},
		{"it hangs", githubtest.Fault{Hang: true}, githubapi.Unavailable, true, "no answer"},
		{"it breaks the connection", githubtest.Fault{Drop: true}, githubapi.Unavailable, true, "broke"},
		{"it cuts the body", githubtest.Fault{Cut: true}, githubapi.Unavailable, true, "cut off"},
		{"it sends too much", githubtest.Fault{Garbage: 2 << 20}, githubapi.Unavailable, true, "more than 1048576 bytes"},
		{"it sends a login page", githubtest.NotJSON(), githubapi.Unavailable, true, "not JSON"},
		{"it sends a string", githubtest.Fault{Status: 200, Body: `"yes"`}, githubapi.Unavailable, true, "not JSON"},
		{"a proxy refuses", githubtest.Fault{Status: 403, Body: "<html>blocked</html>"}, githubapi.Unavailable, true, "not GitHub's"},
		{"it leads elsewhere", githubtest.RedirectTo(307, "https://evil.example/?x="+secret), githubapi.Redirect, false, "evil.example"},
		{"it leads elsewhere for good", githubtest.RedirectTo(301, "https://evil.example/"), githubapi.Redirect, false, "evil.example"},
		{"it leads to itself", githubtest.RedirectTo(307, "/api/v3/again"), githubapi.NotFound, false, ""},
		{"its next page is elsewhere", githubtest.ForeignLink("https://evil.example/"), githubapi.Redirect, true, "evil.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			timely := func(o *githubapi.Options) {
				if o.Timeout = 20 * time.Second; test.fault.Hang {
					o.Timeout = 300 * time.Millisecond
				}
			}
			reading := newRig(t, timely)
			reading.server.Fail("GET /repos/acme/web/actions/workflows", test.fault)
			check(t, reading, reading.list(t), test.kind, test.message, false)

			writing := newRig(t, timely)
			writing.server.Fail("POST /repos/acme/web/actions/runs/**", test.fault)
			err := writing.client.RerunFailed(t.Context(), "acme", "web", writing.run)
			check(t, writing, err, test.kind, test.message, test.unknown)
		})
	}
}

func check(t *testing.T, r *rig, err error, kind githubapi.Kind, message string, unknown bool) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", kind)
	}
	p := githubapi.Classify(err)
	if p.Kind != kind || !strings.Contains(p.Message, message) {
		t.Errorf("Classify(%v) = %s %q, want %s with %q", err, p.Kind, p.Message, kind, message)
	}
	if kind == githubapi.Limited != !p.Until.IsZero() {
		t.Errorf("until = %s of %s", p.Until, kind)
	}
	if got := errors.Is(err, schemas.ErrOutcomeUnknown); got != unknown {
		t.Errorf("outcome unknown = %v, want %v: %v", got, unknown, err)
	}
	wantNoSecret(t, err)
	most := 1
	if r.server.Requests()[0].Status == http.StatusTemporaryRedirect {
		most = 2
	}
	if got := len(r.server.Requests()); got > most {
		t.Errorf("%d requests for one call, want %d", got, most)
	}
	if n := len(r.server.Foreign()); n != 0 {
		t.Errorf("%d requests to another host", n)
	}
}

func TestAMissingWorkflowScopeIsNamed(t *testing.T) {
	r := newRig(t, nil)
	r.server.Change(func(w *githubtest.World) { w.Tokens[secret].Scopes = []string{"repo"} })
	put := func(path string) error {
		request, err := r.client.NewRequest(http.MethodPut, "repos/acme/web/contents/"+path, map[string]string{"message": "m", "content": "eA=="})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.client.Do(t.Context(), request, nil)
		return err
	}
	p := githubapi.Classify(put(".github/workflows/new.yml"))
	if p.Kind != githubapi.Scope || !strings.Contains(p.Message, "scope workflow") {
		t.Errorf("Classify = %+v, want the scope named", p)
	}
	if err := put("docs/a.md"); err != nil {
		t.Errorf("put a file that needs no scope: %v", err)
	}
	r.server.Change(func(w *githubtest.World) { w.Tokens[secret].Scopes = []string{"read:org"} })
	p = githubapi.Classify(r.client.RerunFailed(t.Context(), "acme", "web", r.run))
	if p.Kind != githubapi.Scope || !strings.Contains(p.Message, "scope repo") {
		t.Errorf("Classify = %+v, want the scope repo named", p)
	}
	r.server.Change(func(w *githubtest.World) { w.Tokens[secret].Scopes = []string{"repo", "workflow"} })
	p = githubapi.Classify(r.client.RerunFailed(t.Context(), "acme", "web", 1))
	if p.Kind != githubapi.NotFound {
		t.Errorf("Classify = %+v, want not_found with all scopes there", p)
	}
}

// TestAWriteUnderWayIsUnknownWhenItsCallerEnds holds what go-github loses: a
// context that ends in a write leaves its outcome unknown, and one that ended
// before leaves nothing.
func TestAWriteUnderWayIsUnknownWhenItsCallerEnds(t *testing.T) {
	r := newRig(t, nil)
	r.server.Fail("POST /repos/**", githubtest.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := r.client.Rerun(ctx, "acme", "web", r.run)
	if !errors.Is(err, schemas.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Rerun = %v, want outcome unknown and the deadline", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	sent := len(r.server.Requests())
	if err := r.client.Rerun(ended, "acme", "web", r.run); err == nil || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("Rerun = %v, want an error that leaves nothing unknown", err)
	}
	if got := len(r.server.Requests()); got != sent {
		t.Errorf("a write was sent after its caller ended")
	}
}

// TestNoQueryIsTold holds that a signed address in whatever text is told without
// its signature.
func TestNoQueryIsTold(t *testing.T) {
	for _, err := range []error{
		errors.New("get https://logs.example/a?sig=aSignature: refused"),
		&url.Error{Op: "Get", URL: "https://logs.example/a?sig=aSignature", Err: errors.New("at https://u.example/?x=aSignature")},
	} {
		if p := githubapi.Classify(err); strings.Contains(p.Message, "aSignature") || p.Kind != githubapi.Unavailable {
			t.Errorf("Classify = %+v", p)
		}
	}
}

func TestAWriteThatFoundNoServerIsNotUnknown(t *testing.T) {
	r := newRig(t, func(o *githubapi.Options) { o.BaseURL = "http://127.0.0.1:1" })
	err := r.client.Rerun(t.Context(), "acme", "web", r.run)
	if p := githubapi.Classify(err); p.Kind != githubapi.Unavailable || !strings.Contains(p.Message, "no connection to 127.0.0.1") {
		t.Errorf("Classify = %+v", p)
	}
	if errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("Rerun = %v, want it known that nothing was sent", err)
	}
}

// TestAWriteWhoseAnswerWasLostWasMade shows why the outcome is unknown.
func TestAWriteWhoseAnswerWasLostWasMade(t *testing.T) {
	r := newRig(t, nil)
	r.server.Fail("POST /repos/**", githubtest.Fault{Drop: true})
	err := r.client.Rerun(t.Context(), "acme", "web", r.run)
	if !errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Fatalf("Rerun = %v, want outcome unknown", err)
	}
	r.server.Change(func(w *githubtest.World) {
		if got := len(w.Repos["acme/web"].Run(r.run).Attempts); got != 2 {
			t.Errorf("%d attempts, want the rerun made once", got)
		}
	})
}

func TestAMovedRepositoryIsFollowedWithinTheAPI(t *testing.T) {
	r := newRig(t, nil)
	r.server.Change(func(w *githubtest.World) { w.Moved["acme/old"] = "acme/web" })
	if _, _, err := r.client.Actions.ListWorkflows(t.Context(), "acme", "old", nil); err != nil {
		t.Errorf("list: %v", err)
	}
	if err := r.client.Rerun(t.Context(), "acme", "old", r.run); err != nil {
		t.Errorf("rerun: %v", err)
	}
	r.server.Change(func(w *githubtest.World) {
		if got := len(w.Repos["acme/web"].Run(r.run).Attempts); got != 2 {
			t.Errorf("%d attempts, want 2", got)
		}
	})
}

func TestARedirectBackAndForthEnds(t *testing.T) {
	r := newRig(t, nil)
	r.server.Fail("GET /repos/**", githubtest.RedirectTo(302, r.server.URL+"/api/v3/repos/acme/web"))
	err := r.list(t)
	if p := githubapi.Classify(err); p.Kind != githubapi.Redirect {
		t.Errorf("Classify(%v) = %+v, want redirect", err, p)
	}
	if got := len(r.server.Requests()); got > 5 {
		t.Errorf("%d requests, want an end", got)
	}
}
