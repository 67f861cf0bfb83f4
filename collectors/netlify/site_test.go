package netlify

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/netlify"
	"rr/internal/netlifytest"
	"rr/schemas"
)

// siteRig is a site with a fake of the API.
type siteRig struct {
	*rig
	fake   *netlifytest.Fake
	id     string
	board  *Board
	site   *Site
	source *Source
}

func newSiteRig(t *testing.T, files map[string]string, config schemas.Netlify) *siteRig {
	t.Helper()
	r := &siteRig{rig: newRig(t, files), fake: netlifytest.Start(t), board: &Board{}}
	r.fake.Now = r.now
	r.id = r.fake.AddSite("shop-acme")
	config.Site = "shop-acme"
	r.source = r.rig.source(config)
	client := &netlify.Client{Base: r.fake.Base, Token: func() (string, error) { return r.fake.Token, nil }, Timeout: time.Second, Now: r.now}
	r.site = NewSite("shop", r.source, config, client, r.board, nil, r.now)

	return r
}

// ago adds a deploy that was begun, changed and published so long ago.
func (r *siteRig) ago(ago time.Duration, d netlifytest.Deploy) string {
	d.CreatedAt = r.at.Add(-ago)
	if d.State == "" || d.State == "ready" {
		d.PublishedAt = d.CreatedAt
	}

	return r.fake.AddDeploy(r.id, d)
}

func (r *siteRig) look() schemas.Site {
	r.t.Helper()
	facts, err := r.site.Collect(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := json.Marshal(facts)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, secret := range r.fake.Secrets() {
		if strings.Contains(string(text), secret) {
			r.t.Errorf("the facts hold %q: %s", secret, text)
		}
	}

	return facts.(schemas.SiteFacts).Site
}

var twoFunctions = map[string]string{"hello": strings.Repeat("a", 64), "tick": strings.Repeat("b", 64)}

func shopFiles() map[string]string {
	return map[string]string{
		"netlify.toml": "[functions.tick]\nschedule = \"@daily\"\n", "netlify/functions/hello.mjs": hello,
		"netlify/functions/tick.js": "exports.handler = async () => process.env.TICK_KEY + process.env.NODE_ENV\n",
	}
}

func TestSiteTellsOfDeploys(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, shopFiles(), schemas.Netlify{})
	if got := r.look(); got.PublishedState != "none" || got.PublishedID != "" || got.PublishedAgeS != nil || got.LatestState != "none" || got.RollbackID != "" || got.Blocked != "no" || got.InWork {
		t.Errorf("a site without deploys is %+v", got)
	}
	r.ago(4*time.Hour, netlifytest.Deploy{Functions: twoFunctions})
	older := r.ago(3*time.Hour, netlifytest.Deploy{Functions: twoFunctions})
	r.ago(2*time.Hour, netlifytest.Deploy{Context: "deploy-preview"})
	r.ago(2*time.Hour, netlifytest.Deploy{State: "uploading"}) // given up
	shown := r.ago(time.Hour, netlifytest.Deploy{Functions: twoFunctions, Schedules: map[string]string{"tick": "@daily"}})
	got := r.look()
	if got.Site != "shop-acme" || got.State != "current" || got.PublishedID != shown || *got.PublishedAgeS != 3600 || got.PublishedState != "ready" || got.Locked ||
		got.LatestID != shown || got.LatestState != "ready" || got.LatestError != "" || got.InWork || got.StuckS != nil || got.Streak != 0 || got.RollbackID != older || got.Unpublished != "" {
		t.Errorf("a site that is well is %+v", got)
	}
	r.ago(30*time.Minute, netlifytest.Deploy{State: "error", Error: "Build script returned non-zero exit code: 2"})
	failed := r.ago(20*time.Minute, netlifytest.Deploy{State: "error", Error: "again"})
	if got = r.look(); got.LatestID != failed || got.LatestState != "error" || got.LatestError != "again" || *got.LatestAgeS != 1200 || got.Streak != 2 || got.PublishedID != shown || got.Blocked != "no" {
		t.Errorf("a site with failed deploys is %+v", got)
	}
	stuck := r.ago(10*time.Minute, netlifytest.Deploy{State: "processing"})
	if got = r.look(); !got.InWork || got.StuckID != stuck || *got.StuckS != 600 || got.LatestState != "processing" || got.Streak != 2 {
		t.Errorf("a site with a stuck deploy is %+v", got)
	}
	ready := r.fake.AddDeploy(r.id, netlifytest.Deploy{CreatedAt: r.at.Add(-time.Minute)})
	if got = r.look(); got.Unpublished != ready || got.PublishedID != shown || got.InWork || got.Streak != 0 {
		t.Errorf("a site that does not show its newest deploy is %+v", got)
	}
	r.ago(time.Second, netlifytest.Deploy{State: "error", Skipped: true, Error: "Canceled: no changes"})
	if got = r.look(); got.LatestID != ready || got.LatestState != "ready" {
		t.Errorf("a skipped deploy is told as %+v", got)
	}
}

func TestSiteKnowsALock(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, nil, schemas.Netlify{})
	shown := r.ago(time.Hour, netlifytest.Deploy{})
	client := &netlify.Client{Base: r.fake.Base, Token: func() (string, error) { return r.fake.Token, nil }}
	if _, err := client.Lock(t.Context(), shown); err != nil {
		t.Fatal(err)
	}
	if got := r.look(); !got.Locked {
		t.Errorf("a locked site is %+v", got)
	}
}

func TestSiteLooksFurtherBackForADeployToGoBackTo(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, nil, schemas.Netlify{})
	older := r.ago(100*time.Hour, netlifytest.Deploy{})
	r.ago(90*time.Hour, netlifytest.Deploy{})
	for range 25 {
		r.ago(time.Hour, netlifytest.Deploy{State: "error"})
	}
	if got := r.look(); got.RollbackID != older {
		t.Errorf("behind 25 failed deploys it finds %q, want %q", got.RollbackID, older)
	}
}

func TestSiteComparesWhatIsDeployedWithTheSource(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, shopFiles(), schemas.Netlify{Expect: []string{"gone"}})
	r.write("netlify/functions/bad.mjs", "export default async () => {")
	all := map[string]string{"hello": "a", "gone": "b", "old": "c"}
	r.ago(2*time.Hour, netlifytest.Deploy{Functions: all})
	r.ago(time.Hour, netlifytest.Deploy{Functions: map[string]string{"tick": "b", "extra": "c", "___netlify-server-handler": "d"}})
	got := r.look()
	for _, row := range []struct {
		what      string
		got, want []string
	}{
		{"missing", got.FunctionsMissing, []string{"bad", "hello"}}, {"extra", got.FunctionsExtra, []string{"extra"}},
		{"lost", got.FunctionsLost, []string{"gone", "hello"}}, {"invalid", got.FunctionsInvalid, []string{"bad"}},
		{"schedules lost", got.SchedulesLost, []string{"tick"}}, {"failing", got.FunctionsFailing, []string{}},
		{"variables missing", got.EnvMissing, []string{"GREETING", "TICK_KEY"}}, // NODE_ENV is Netlify's
	} {
		if row.got == nil || !slices.Equal(row.got, row.want) {
			t.Errorf("%s = %q, want %q", row.what, row.got, row.want)
		}
	}
	if got.SourceKnown != "yes" {
		t.Errorf("the source is known: %s", got.SourceKnown)
	}
	r.fake.SetEnv(r.id, "GREETING", "s3cr3t-value")
	r.at = r.at.Add(eachEnv)
	if got := r.look(); !slices.Equal(got.EnvMissing, []string{"TICK_KEY"}) {
		t.Errorf("variables missing = %q", got.EnvMissing)
	}
	r.write("netlify.toml", "[functions\n")
	if got := r.look(); got.SourceKnown != "no" || len(got.FunctionsMissing)+len(got.FunctionsExtra)+len(got.EnvMissing) != 0 {
		t.Errorf("with a broken netlify.toml it is %+v", got)
	}
}

func TestSiteKnowsCommitAndCertificate(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, shopFiles(), schemas.Netlify{})
	head := r.commit()
	r.ago(time.Hour, netlifytest.Deploy{})
	if got := r.look(); got.CommitDrift != "unknown" || got.CertExpiresS != nil || len(got.Unreadable) != 0 {
		t.Errorf("without commit and certificate it is %+v", got)
	}
	for commit, want := range map[string]string{head: "no", strings.Repeat("0", 40): "yes", "": "unknown"} {
		if got := r.site.commitDrift(t.Context(), &netlify.Deploy{CommitRef: commit}); got != want {
			t.Errorf("commit %q drifts: %s, want %s", commit, got, want)
		}
	}
	r.fake.SetCertificate(r.id, r.at.Add(eachCertificate+time.Hour))
	r.at = r.at.Add(eachCertificate)
	if got := r.look(); got.CertExpiresS == nil || *got.CertExpiresS != 3600 {
		t.Errorf("with a certificate it is %+v", got)
	}
}

func TestSiteKnowsThatThereAreNoCredits(t *testing.T) {
	t.Parallel()
	const text = "Account credit usage exceeded - new deploys are blocked until credits are added"
	r := newSiteRig(t, nil, schemas.Netlify{})
	r.ago(time.Hour, netlifytest.Deploy{})
	r.ago(time.Minute, netlifytest.Deploy{State: "error", Error: text})
	if got := r.look(); got.Blocked != "credits" {
		t.Errorf("after a deploy that failed of it: %s", got.Blocked)
	}
	r = newSiteRig(t, nil, schemas.Netlify{})
	r.ago(time.Hour, netlifytest.Deploy{})
	at := r.at.Add(-time.Minute)
	r.site.Refused = func() time.Time { return at }
	if got := r.look(); got.Blocked != "credits" {
		t.Errorf("after a deploy that was refused: %s", got.Blocked)
	}
	at = r.at.Add(-2 * time.Hour)
	if got := r.look(); got.Blocked != "no" {
		t.Errorf("after a deploy that was ready since: %s", got.Blocked)
	}
}

func TestSiteTellsWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		pattern string
		fault   netlifytest.Fault
		err     string
	}{
		"knows a token that is refused": {"GET *", netlifytest.Answer(401, "Access Denied"), "unauthorized (401)"},
		"knows one that may not look":   {"GET *", netlifytest.Answer(403, "Forbidden"), "forbidden (403)"},
		"knows a limit":                 {"GET sites/*/deploys", netlifytest.TooMany(20), "limited (429)"},
		"knows that there is no answer": {"GET sites/*/deploys", netlifytest.Answer(503, "no"), "unavailable (503)"},
		"knows an answer that is none":  {"GET sites*", netlifytest.Text(200, "<html>"), "unavailable"},
		"waits not for ever":            {"GET sites/*/deploys", netlifytest.Hang(), "no answer in time"},
		"knows a cut answer":            {"GET sites/*/deploys", netlifytest.CutAnswer(), "broke off"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r := newSiteRig(t, shopFiles(), schemas.Netlify{})
			r.ago(time.Hour, netlifytest.Deploy{})
			r.fake.Inject(row.pattern, 0, row.fault)
			facts, err := r.site.Collect(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Fatalf("it gives %+v and %v, want an error with %q", facts, err, row.err)
			}
			if strings.Contains(err.Error(), r.fake.Token) {
				t.Errorf("the error holds the token: %v", err)
			}
			r.fake.Heal()
			r.at = r.at.Add(time.Hour)
			r.look()
			if r.fake.Writes() != 0 {
				t.Errorf("looking wrote: %+v", r.fake.Requests())
			}
		})
	}
}

func TestSiteNamesWhatTheTokenMayNotRead(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, shopFiles(), schemas.Netlify{})
	r.ago(time.Hour, netlifytest.Deploy{Functions: twoFunctions})
	r.fake.Inject("GET accounts/*", 0, netlifytest.Answer(403, "Forbidden"))
	r.fake.Inject("GET sites/*/ssl", 0, netlifytest.Answer(503, "no"))
	if got := r.look(); !slices.Equal(got.Unreadable, []string{"variables", "certificate (no answer)"}) || len(got.EnvMissing) != 0 {
		t.Errorf("it is %+v", got)
	}
	r.look()
	if n := r.fake.Count("GET accounts/*"); n != 1 {
		t.Errorf("what may not be read was asked for %d times", n)
	}
	if n := r.fake.Count("GET sites/*/ssl"); n != 2 {
		t.Errorf("what was not answered was asked for %d times", n)
	}
}

// At rest a look is two questions, well below the 500 a minute.
func TestSiteAsksLittle(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, shopFiles(), schemas.Netlify{})
	r.ago(2*time.Hour, netlifytest.Deploy{})
	r.ago(time.Hour, netlifytest.Deploy{})
	got := r.look()
	if got.APIRemaining == nil || *got.APIRemaining != 494 || got.Limited {
		t.Errorf("the first look leaves %+v", got)
	}
	before := len(r.fake.Requests())
	r.look()
	if n := len(r.fake.Requests()) - before; n != 2 {
		t.Errorf("a look at rest asks %d questions, want 2: %+v", n, r.fake.Requests()[before:])
	}
}

func TestSiteHeedsItsContext(t *testing.T) {
	t.Parallel()
	r := newSiteRig(t, nil, schemas.Netlify{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if facts, err := r.site.Collect(ctx); err == nil {
		t.Errorf("it gives %+v", facts)
	}
}
