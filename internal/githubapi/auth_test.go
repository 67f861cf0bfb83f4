package githubapi_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/githubapi"
	"rr/internal/githubtest"
)

// newAppRig is a rig whose client is an installation of an app. Its clock is
// offset from the wall's, by which tokens are renewed.
func newAppRig(t *testing.T, offset, timeout time.Duration) (r *rig, key string) {
	t.Helper()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(pair)}), 0o600); err != nil {
		t.Fatal(err)
	}
	r = &rig{clock: &clock{at: time.Now().Add(offset)}}
	r.server = githubtest.Start(t, githubtest.Options{Now: r.clock.Now})
	r.server.Change(func(w *githubtest.World) {
		w.Apps[7] = &githubtest.App{Key: &pair.PublicKey, Installations: map[int64]githubtest.Installation{42: {Permissions: map[string]string{"actions": "read"}}}}
		w.AddRepo("acme", "web").Commit("main", "add ci", map[string]string{".github/workflows/ci.yml": workflow})
	})
	r.client, err = githubapi.New(githubapi.Options{BaseURL: r.server.URL, Auth: &githubapi.App{ID: 7, Installation: 42, KeyFile: path}, Timeout: timeout, Now: r.clock.Now, Wait: r.clock.Wait})
	if err != nil {
		t.Fatal(err)
	}

	return r, path
}

func (r *rig) tokensGiven() (n int) {
	for _, request := range r.server.Requests() {
		if strings.HasPrefix(request.Path, "/app/") {
			n++
		}
	}

	return n
}

func TestAnAppKeepsItsTokenForItsHour(t *testing.T) {
	r, _ := newAppRig(t, 0, 20*time.Second)
	for range 3 {
		if err := r.list(t); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.tokensGiven(); n != 1 || r.client.Limits().NotModified != 2 {
		t.Errorf("%d tokens, %+v, want one token and two unchanged", n, r.client.Limits())
	}
	p := githubapi.Classify(r.client.EnableWorkflow(t.Context(), "acme", "web", "ci.yml"))
	if p.Kind != githubapi.Forbidden || !strings.Contains(p.Message, "actions=write") {
		t.Errorf("Classify = %+v, want the permission named", p)
	}
	old, _ := newAppRig(t, -59*time.Minute-30*time.Second, 20*time.Second)
	for range 3 {
		if err := old.list(t); err != nil {
			t.Fatal(err)
		}
	}
	if n := old.tokensGiven(); n != 3 {
		t.Errorf("%d tokens, want one for each call within the last minute of an hour", n)
	}
}

func TestAnAppWhoseTokenIsRefusedAsksForAnother(t *testing.T) {
	r, _ := newAppRig(t, 0, 20*time.Second)
	r.list(t)
	r.server.Change(func(w *githubtest.World) { clear(w.Tokens) })
	if p := githubapi.Classify(r.list(t)); p.Kind != githubapi.Unauthorized {
		t.Errorf("Classify = %+v, want unauthorized", p)
	}
	if err := r.list(t); err != nil {
		t.Errorf("with another token: %v", err)
	}
	if n := r.tokensGiven(); n != 2 {
		t.Errorf("%d tokens, want 2", n)
	}
}

func TestAnAppThatGetsNoTokenSaysWhy(t *testing.T) {
	const leaked = "ghs_leakedInAnAnswer000"
	for _, test := range []struct {
		name    string
		fault   githubtest.Fault
		kind    githubapi.Kind
		message string
	}{
		{"it is not installed", githubtest.NotFound(), githubapi.Unauthorized, "installation 42: 404 Not Found"},
		{"its key is not known", githubtest.Unauthorized(), githubapi.Unauthorized, "401"},
		{"it is suspended", githubtest.Forbidden("This installation has been suspended"), githubapi.Forbidden, "suspended"},
		{"GitHub errs", githubtest.ServerError(502), githubapi.Unavailable, "502"},
		{"GitHub hangs", githubtest.Fault{Hang: true}, githubapi.Unavailable, "no answer"},
		{"it is given null", githubtest.Fault{Status: 201, Body: "null"}, githubapi.Unavailable, "no installation token"},
		{"it is given nothing", githubtest.Fault{Status: 201, Body: "{}"}, githubapi.Unavailable, "no installation token"},
		{"it is given a time that is none", githubtest.Fault{Status: 201, Body: `{"token":"` + leaked + `","expires_at":"soon"}`}, githubapi.Unauthorized, ""},
		{"it is given half", githubtest.Fault{Cut: true}, githubapi.Unavailable, "cut off"},
		{"it is led elsewhere", githubtest.RedirectTo(307, "https://evil.example/"), githubapi.Unauthorized, "307"},
	} {
		timeout := 20 * time.Second
		if test.fault.Hang {
			timeout = 300 * time.Millisecond
		}
		r, _ := newAppRig(t, 0, timeout)
		r.server.Fail("POST /app/**", test.fault)
		err := r.list(t)
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		if p := githubapi.Classify(err); p.Kind != test.kind || !strings.Contains(p.Message, test.message) {
			t.Errorf("%s: Classify(%v) = %+v, want %s with %q", test.name, err, p, test.kind, test.message)
		}
		wantNoSecret(t, err, leaked, "eyJ")
		if got := len(r.server.Requests()); got != 1 {
			t.Errorf("%s: %d requests, want the one for a token", test.name, got)
		}
	}
}

func TestAnAppNamesWhatItLacks(t *testing.T) {
	if _, err := githubapi.New(githubapi.Options{Auth: &githubapi.App{ID: 7}}); err == nil {
		t.Error("an app without a key was taken")
	}
	r, path := newAppRig(t, 0, 20*time.Second)
	if err := os.WriteFile(path, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := githubapi.Classify(r.list(t)); p.Kind != githubapi.Unauthorized || !strings.Contains(p.Message, path) || strings.Contains(p.Message, "hush") {
		t.Errorf("Classify = %+v, want the file named", p)
	}
}

// fakeGH is a gh command that does what a script says.
func fakeGH(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}

	return path
}

func TestGHIsAskedSeldomAndToldLittle(t *testing.T) {
	t.Setenv("GH_TOKEN", "ghp_ofTheEnvironment")
	t.Setenv("NETLIFY_AUTH_TOKEN", "nfp_other")
	calls := filepath.Join(t.TempDir(), "calls")
	at := newClock()
	gh := &githubapi.GH{Host: "git.acme.example", Now: at.Now, Path: fakeGH(t, `echo "$@ $GH_TOKEN$NETLIFY_AUTH_TOKEN" >> `+calls+"\necho "+secret)}
	for range 3 {
		c, err := gh.Credential(context.Background())
		if err != nil || c.Token != secret {
			t.Fatalf("Credential = %v, %v", c, err)
		}
	}
	at.Pass(10 * time.Minute)
	gh.Credential(context.Background())
	text, err := os.ReadFile(calls)
	if err != nil || string(text) != strings.Repeat("auth token --hostname git.acme.example \n", 2) {
		t.Errorf("gh was called %q, %v, want twice and without rr's secrets", text, err)
	}
}

func TestGHThatFailsIsBounded(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"it is not logged in", "echo " + secret + " >&2; exit 4", "gh auth login"},
		{"it hangs, with a child", "sleep 60 & wait", "no answer"},
		{"it says nothing", "exit 0", "empty"},
		{"it says too much", "yes | head -c 1000000", "more than 8192 bytes"},
	} {
		gh := &githubapi.GH{Path: fakeGH(t, test.script), Timeout: 2 * time.Second}
		began := time.Now()
		_, err := gh.Credential(context.Background())
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %s", test.name, took)
		}
	}
	gh := &githubapi.GH{Path: filepath.Join(t.TempDir(), "none")}
	if _, err := gh.Credential(context.Background()); err == nil {
		t.Error("a gh that is not there gave a token")
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := new(githubapi.GH).Credential(context.Background()); err == nil || !strings.Contains(err.Error(), "gh is not installed") {
		t.Errorf("Credential = %v, want it said that gh is missing", err)
	}
}

func TestAGHTokenThatIsRefusedIsAskedAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ghp_revoked0000")
	r := newRig(t, func(o *githubapi.Options) { o.Auth = &githubapi.GH{Path: fakeGH(t, "cat "+file)} })
	if p := githubapi.Classify(r.list(t)); p.Kind != githubapi.Unauthorized {
		t.Errorf("Classify = %+v", p)
	}
	write(secret)
	if err := r.list(t); err != nil {
		t.Errorf("with the token that gh has now: %v", err)
	}
}
