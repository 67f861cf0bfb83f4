package netlify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rr/internal/netlify"
	"rr/internal/netlifytest"
	"rr/schemas"
)

// call is one method of the client.
type call struct {
	name  string
	write bool
	do    func(ctx context.Context, r *rig, deploy, hook string) error
}

// calls are all that ask once.
func calls() []call {
	return []call{
		{"Site", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.Site(ctx, r.site)
			return err
		}},
		{"Site by name", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.Site(ctx, "shop-acme")
			return err
		}},
		{"Deploys", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, _, err := r.client.Deploys(ctx, netlify.DeployQuery{Site: r.site, Pages: 5})
			return err
		}},
		{"Deploy", false, func(ctx context.Context, r *rig, deploy, _ string) error {
			_, err := r.client.Deploy(ctx, r.site, deploy)
			return err
		}},
		{"Restore", true, func(ctx context.Context, r *rig, deploy, _ string) error {
			_, err := r.client.Restore(ctx, r.site, deploy)
			return err
		}},
		{"Lock", true, func(ctx context.Context, r *rig, deploy, _ string) error {
			_, err := r.client.Lock(ctx, deploy)
			return err
		}},
		{"Unlock", true, func(ctx context.Context, r *rig, deploy, _ string) error {
			_, err := r.client.Unlock(ctx, deploy)
			return err
		}},
		{"Cancel", true, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.Cancel(ctx, r.AddDeploy(r.site, netlifytest.Deploy{State: "processing"}))
			return err
		}},
		{"TriggerBuildHook", true, func(ctx context.Context, r *rig, _, hook string) error {
			return r.client.TriggerBuildHook(ctx, hook)
		}},
		{"Builds", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.Builds(ctx, r.site)
			return err
		}},
		{"BuildStatus", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.BuildStatus(ctx, "acme")
			return err
		}},
		{"EnvKeys", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.EnvKeys(ctx, "acme", r.site)
			return err
		}},
		{"SSL", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.SSL(ctx, r.site)
			return err
		}},
		{"Functions", false, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.Functions(ctx, r.site)
			return err
		}},
		{"Upload", true, func(ctx context.Context, r *rig, _, _ string) error {
			_, err := r.client.Upload(ctx, r.site, shop(r.t), options)
			return err
		}},
	}
}

// Every fault of every call: told for what it is, once, without a secret. What
// is answered quotes every secret that there is.
func TestFaultsAreToldForWhatTheyAre(t *testing.T) {
	echo := func(status int) netlifytest.Fault {
		return func(f *netlifytest.Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"message": %q}`, strings.Join(f.Secrets()[:1], " ")) // the token
		}
	}
	faults := []struct {
		name    string
		fault   netlifytest.Fault
		kind    netlify.Kind
		lost    bool // of a write
		ok      bool // a hook is answered with 2xx and has no more to say
		timeout time.Duration
	}{
		{"401", netlifytest.Answer(401, "Access Denied"), netlify.Unauthorized, false, false, 0},
		{"403", netlifytest.Answer(403, "Forbidden"), netlify.Forbidden, false, false, 0},
		{"403 credits", netlifytest.NoCredits(), netlify.Credits, false, false, 0},
		{"404", netlifytest.Answer(404, "Not Found"), netlify.NotFound, false, false, 0},
		{"400", netlifytest.Answer(400, "Bad Request"), netlify.Invalid, false, false, 0},
		{"422", netlifytest.Answer(422, "Unprocessable"), netlify.Invalid, false, false, 0},
		{"422 with the token", echo(422), netlify.Invalid, false, false, 0},
		{"409", netlifytest.Answer(409, "Conflict"), netlify.Invalid, false, false, 0},
		{"429", netlifytest.TooMany(20), netlify.Limited, false, false, 0},
		{"500", netlifytest.Answer(500, "Internal"), netlify.Unavailable, true, false, 0},
		{"502 page", netlifytest.Text(502, "<h1>Bad Gateway</h1>"), netlify.Unavailable, true, false, 0},
		{"503 with the token", echo(503), netlify.Unavailable, true, false, 0},
		{"a page of something else", netlifytest.Text(200, "<h1>Please log in</h1>"), netlify.Unavailable, true, true, 0},
		{"JSON of another shape", netlifytest.Text(200, `{"id":17,"functions":3,"active":"two"}`), netlify.Unavailable, true, true, 0},
		{"null", netlifytest.Text(200, `null`), netlify.Unavailable, true, true, 0},
		{"an empty object", netlifytest.Text(200, `{}`), netlify.Unavailable, true, true, 0},
		{"a number", netlifytest.Text(200, `17`), netlify.Unavailable, true, true, 0},
		{"nothing", netlifytest.Text(200, ``), netlify.Unavailable, true, true, 0},
		{"a lost answer", netlifytest.LoseAnswer(), netlify.Unavailable, true, false, 0},
		{"a cut answer", netlifytest.CutAnswer(), netlify.Unavailable, true, true, 0},
		{"a hang", netlifytest.Hang(), netlify.Unavailable, true, false, 100 * time.Millisecond},
	}
	for _, fault := range faults {
		for _, c := range calls() {
			t.Run(fault.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.SetEnv(r.site, "API_KEY", "s3cretvalue")
				r.SetCertificate(r.site, day)
				if fault.timeout > 0 {
					r.client.Timeout = fault.timeout
				}
				at := day
				deploy, hook := r.AddDeploy(r.site, netlifytest.Deploy{CreatedAt: at, PublishedAt: at, Functions: map[string]string{"hello": "00"}}), r.AddHook(r.site)
				for _, pattern := range []string{"* sites*", "* deploys/*", "* acme/*", "* accounts/*", "* /build_hooks/*"} {
					r.Inject(pattern, 0, fault.fault)
				}
				err := c.do(t.Context(), r, deploy, hook)
				r.keeps(c.name, err)
				hooked := c.name == "TriggerBuildHook"
				if hooked && fault.ok {
					if err != nil {
						t.Errorf("%s at %s: %v; what a hook answers is of no interest", c.name, fault.name, err)
					}
					return
				}
				if got := netlify.KindOf(err); got != fault.kind {
					t.Fatalf("%s at %s: %v is of kind %q, want %q", c.name, fault.name, err, got, fault.kind)
				}
				if got, want := errors.Is(err, schemas.ErrOutcomeUnknown), fault.lost && c.write; got != want {
					t.Errorf("%s at %s: %v; outcome unknown is %v, want %v", c.name, fault.name, err, got, want)
				}
				var e *netlify.Error
				if errors.As(err, &e); fault.kind == netlify.Limited && !e.Until.After(time.Now()) {
					t.Errorf("%s at %s: until %v, want a time to come", c.name, fault.name, e.Until)
				}
				if n := len(r.Requests()); n > 2 || r.Writes() > 1 {
					t.Errorf("%s at %s: asked %d times, wrote %d times; want once, and once more for the owner of the token", c.name, fault.name, n, r.Writes())
				}
				if len(r.waits()) > 0 {
					t.Errorf("%s at %s: slept %v", c.name, fault.name, r.waits())
				}
			})
		}
	}
}

// No redirect is followed, so a foreign host gets nothing at all.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var foreign atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { foreign.Add(1) }))
	t.Cleanup(thief.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, c := range calls() {
			r := newRig(t)
			deploy, hook := r.AddDeploy(r.site, netlifytest.Deploy{}), r.AddHook(r.site)
			r.Inject("*", 0, netlifytest.Redirect(status, thief.URL+"/"+r.Token+"?"+hook))
			err := c.do(t.Context(), r, deploy, hook)
			r.keeps(c.name, err)
			if netlify.KindOf(err) != netlify.Unavailable || errors.Is(err, schemas.ErrOutcomeUnknown) != c.write {
				t.Errorf("%s at %d: %v, want unavailable", c.name, status, err)
			}
		}
	}
	if n := foreign.Load(); n != 0 {
		t.Errorf("the foreign host was asked %d times", n)
	}
}

// A token that died reads as a site that is not found; the API is asked whose
// it is.
func TestDeadTokenIsNotAMissingSite(t *testing.T) {
	r := newRig(t)
	r.BadTokenIs404 = true
	r.client.Token = func() (string, error) { return "nfp_dead_token_of_old", nil }
	_, err := r.client.Site(t.Context(), r.site)
	if netlify.KindOf(err) != netlify.Unauthorized || !strings.Contains(err.Error(), "token is not valid") || strings.Contains(err.Error(), "nfp_dead") {
		t.Errorf("Site = %v, want unauthorized", err)
	}
	if n := len(r.Requests()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

func TestTokensThatAreNone(t *testing.T) {
	for _, c := range []struct {
		name  string
		token func() (string, error)
	}{
		{"none", nil},
		{"an error", func() (string, error) { return "", errors.New("$NETLIFY_AUTH_TOKEN is not set") }},
		{"an empty one", func() (string, error) { return " \n", nil }},
		{"one with a line break", func() (string, error) { return "s3cret\nX-Evil: 1", nil }},
		{"one that is no ASCII", func() (string, error) { return "s3crét", nil }},
	} {
		r := newRig(t)
		r.client.Token = c.token
		_, err := r.client.Restore(t.Context(), r.site, "d")
		if netlify.KindOf(err) != netlify.Unauthorized || errors.Is(err, schemas.ErrOutcomeUnknown) || strings.Contains(err.Error(), "s3cr") {
			t.Errorf("%s: %v, want unauthorized", c.name, err)
		}
		if n := len(r.Requests()); n != 0 {
			t.Errorf("%s: asked %d times, want none", c.name, n)
		}
	}
}

// The token goes in clear text nowhere but to this machine.
func TestAddressesThatGetNoSecret(t *testing.T) {
	client := &netlify.Client{Token: func() (string, error) { return "nfp_s3crettoken", nil }, HTTP: &http.Client{Transport: refusing{t}}}
	for _, base := range []string{"http://api.netlify.com/api/v1/", "ftp://api.netlify.com/", "api.netlify.com/api/v1", "https://op:s3cret@api.netlify.com/", "http://127.0.0.1.example.com/", "https:///api", "https://a b/%zz"} {
		client.Base = base
		_, err := client.Site(t.Context(), "a.netlify.app")
		if netlify.KindOf(err) != netlify.Invalid || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Site at %s = %v, want invalid", base, err)
		}
		hook := strings.Replace(base, "api/v1", "build_hooks/s3crethook", 1) + "?s3cret"
		if err := client.TriggerBuildHook(t.Context(), hook); netlify.KindOf(err) != netlify.Invalid || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("TriggerBuildHook at %s = %v, want invalid", base, err)
		}
	}
}

// refusing is a transport that must not be used.
type refusing struct{ t *testing.T }

func (r refusing) RoundTrip(request *http.Request) (*http.Response, error) {
	r.t.Errorf("asked %s", request.URL)
	return nil, errors.New("refused")
}

// A transport's own errors quote the address, which of a hook is a secret.
func TestTransportErrorsQuoteNoAddress(t *testing.T) {
	client := &netlify.Client{HTTP: &http.Client{Transport: quoting{}}}
	err := client.TriggerBuildHook(t.Context(), "https://api.netlify.com/build_hooks/s3crethook")
	if netlify.KindOf(err) != netlify.Unavailable || strings.Contains(err.Error(), "s3crethook") || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("TriggerBuildHook = %v, want unavailable, nothing sent and no address", err)
	}
}

type quoting struct{}

func (quoting) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("cannot send to %s", r.URL)
}

// Nothing was sent where there is nobody, so a write was not done.
func TestWriteThatWasNotSentWasNotDone(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	client := &netlify.Client{Base: gone.URL, Token: func() (string, error) { return "nfp_s3crettoken", nil }}
	_, err := client.Restore(t.Context(), "s", "d")
	if netlify.KindOf(err) != netlify.Unavailable || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("Restore = %v, want unavailable, and known not to be done", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := newRig(t)
	if _, err := r.client.Restore(ctx, r.site, "d"); !errors.Is(err, context.Canceled) || errors.Is(err, schemas.ErrOutcomeUnknown) || r.Writes() != 0 {
		t.Errorf("Restore after its context = %v, want canceled and nothing sent", err)
	}
}

// After a 429 nothing is asked until its time.
func TestLimitIsNotAskedAgainBeforeItsTime(t *testing.T) {
	r := newRig(t)
	now := day
	r.Fake.Now, r.client.Now = func() time.Time { return now }, func() time.Time { return now }
	for _, c := range []struct {
		name  string
		fault netlifytest.Fault
		want  time.Duration
	}{
		{"it waits for the reset", netlifytest.TooMany(20), 20 * time.Second},
		{"it waits a second when the reset is past", netlifytest.TooMany(-50), time.Second},
		{"it waits a window when the reset is absurd", netlifytest.TooMany(1 << 30), time.Minute},
		{"it waits a window when nothing is said", netlifytest.Answer(429, "slow down"), time.Minute},
		{"it waits as it is told", func(_ *netlifytest.Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		}, 7 * time.Second},
	} {
		r.Inject("GET sites/*", 1, c.fault)
		before := len(r.Requests())
		for range 50 {
			_, err := r.client.Site(t.Context(), r.site)
			var e *netlify.Error
			if !errors.As(err, &e) || e.Kind != netlify.Limited || !e.Until.Equal(now.Add(c.want)) {
				t.Fatalf("%s: %v, want limited until %s", c.name, err, now.Add(c.want))
			}
		}
		if n := len(r.Requests()) - before; n != 1 {
			t.Errorf("%s: asked %d times, want once", c.name, n)
		}
		now = now.Add(c.want)
		if _, err := r.client.Site(t.Context(), r.site); err != nil {
			t.Errorf("%s: after it: %v", c.name, err)
		}
	}
}

// The fake's own limit ends with its minute.
func TestLimitsAreTold(t *testing.T) {
	r := newRig(t)
	now := day
	r.Fake.Now, r.client.Now, r.Limit = func() time.Time { return now }, func() time.Time { return now }, 3
	for i := range 3 {
		if _, err := r.client.Site(t.Context(), r.site); err != nil || r.client.Limits().Remaining != 2-i {
			t.Fatalf("Site = %v, remaining %d; want %d", err, r.client.Limits().Remaining, 2-i)
		}
	}
	if _, err := r.client.Site(t.Context(), r.site); netlify.KindOf(err) != netlify.Limited || !r.client.Limits().Reset.Equal(now.Add(time.Minute)) {
		t.Errorf("Site = %v, reset %s", err, r.client.Limits().Reset)
	}
}

func TestAnswerThatIsTooLong(t *testing.T) {
	r := newRig(t)
	r.client.MaxBody = 1000
	r.Inject("GET sites/*", 0, netlifytest.Text(200, `{"id":"`+strings.Repeat("a", 2000)+`"}`))
	if _, err := r.client.Site(t.Context(), r.site); netlify.KindOf(err) != netlify.Unavailable || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("Site = %v, want unavailable", err)
	}
}

// An answer without an end is left.
func TestAnswerWithoutAnEnd(t *testing.T) {
	endless := &counting{}
	client := &netlify.Client{MaxBody: 1000, Token: func() (string, error) { return "nfp_s3crettoken", nil }, HTTP: &http.Client{Transport: endless}}
	if _, err := client.Site(t.Context(), "a.netlify.app"); netlify.KindOf(err) != netlify.Unavailable || endless.read > 10_000 {
		t.Errorf("Site = %v after %d bytes, want unavailable after about 1000", err, endless.read)
	}
}

// counting is a transport whose answer is 10 MB of spaces, and counts what was
// read of them.
type counting struct{ read int }

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(c)}, nil
}

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	if c.read += len(p); c.read > 10<<20 {
		return 0, io.EOF
	}

	return len(p), nil
}

// A value of a variable is in no error, wherever the answer is broken.
func TestBrokenVariablesAreNotQuoted(t *testing.T) {
	r := newRig(t)
	body := `[{"key":"API_KEY","scopes":["builds"],"values":[{"value":"s3cretvalue"}]},{"key":31415926,"scopes":"s3cretvalue"}]`
	for cut := range len(body) {
		r.Inject("GET accounts/*", 1, netlifytest.Text(200, body[:cut]))
		if _, err := r.client.EnvKeys(t.Context(), "acme", r.site); err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "31415926") {
			t.Fatalf("EnvKeys of %s = %v", body[:cut], err)
		}
	}
	r.Inject("GET accounts/*", 1, netlifytest.Text(200, body))
	if _, err := r.client.EnvKeys(t.Context(), "acme", r.site); err == nil || strings.Contains(err.Error(), "31415926") {
		t.Errorf("EnvKeys = %v", err)
	}
	r.Inject("GET accounts/*", 1, netlifytest.Text(200, `[{"key":"API_KEY","values":[{"value":Zs3cret}]}]`))
	if _, err := r.client.EnvKeys(t.Context(), "acme", r.site); err == nil || strings.ContainsAny(err.Error(), "Z") {
		t.Errorf("EnvKeys = %v quotes what it read", err)
	}
	r.Inject("GET accounts/*", 1, netlifytest.Answer(422, "API_KEY=s3cretvalue is not valid"))
	if _, err := r.client.EnvKeys(t.Context(), "acme", r.site); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("EnvKeys = %v", err)
	}
}
