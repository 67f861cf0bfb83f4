package netlify

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rr/internal/netlifytest"
	"rr/schemas"
)

func TestRestoreDeployPublishesWhatWasSeenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	r.does(restoreVerb, siteID, "deploy "+r.older+" is published again, in place of "+r.shown)
	if r.fake.Published(r.id) != r.older {
		t.Errorf("published is %s, want %s", r.fake.Published(r.id), r.older)
	}
	r.refuses(restoreVerb, siteID, "is published already")
	r.look()
	r.refuses(restoreVerb, siteID, "is published already")
	if n := r.fake.Count("POST sites/*/restore"); n != 1 || r.fake.Count("PUT sites/*/rollback") != 0 {
		t.Errorf("restored %d times", n)
	}
}

func TestRestoreDeployRefusesWhatChanged(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		change func(*rig)
		text   string
	}{
		"another deploy that is published": {func(r *rig) { r.deploy(time.Minute, "ready") }, "another deploy is published than was seen"},
		"a deploy that has begun":          {func(r *rig) { r.deploy(time.Minute, "processing") }, "has begun since"},
		"a lock": {func(r *rig) {
			if _, err := r.site.Client.Lock(r.t.Context(), r.shown); err != nil {
				r.t.Fatal(err)
			}
		}, "the site is locked at deploy"},
		"no credits":            {func(r *rig) { r.saw(func(s *schemas.Site) { s.Blocked = "credits" }) }, "until credits are added"},
		"no target":             {func(r *rig) { r.saw(func(s *schemas.Site) { s.RollbackID = "" }) }, "no deploy to go back to"},
		"a target that is gone": {func(r *rig) { r.saw(func(s *schemas.Site) { s.RollbackID = "f00" }) }, "there is no deploy f00 any more"},
		"a target that failed":  {func(r *rig) { id := r.deploy(3*time.Hour, "error"); r.saw(func(s *schemas.Site) { s.RollbackID = id }) }, "is error"},
		"a target that never was shown": {func(r *rig) {
			id := r.fake.AddDeploy(r.id, netlifytest.Deploy{CreatedAt: r.at.Add(-3 * time.Hour)})
			r.saw(func(s *schemas.Site) { s.RollbackID = id })
		}, "never was a production deploy that was published"},
		"a target of a branch": {func(r *rig) {
			id := r.fake.AddDeploy(r.id, netlifytest.Deploy{CreatedAt: r.at.Add(-3 * time.Hour), Context: "branch-deploy"})
			r.saw(func(s *schemas.Site) { s.RollbackID = id })
		}, "never was a production deploy that was published"},
		"a site that was not seen": {func(r *rig) { delete(r.seen.Sites, siteID) }, "was not seen"},
		"an act under way":         {func(r *rig) { r.site.Work.mu.Lock() }, "another action on site shop is under way"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, schemas.Netlify{})
			row.change(r)
			r.refuses(restoreVerb, siteID, row.text)
		})
	}
}

func TestEveryFaultOfTheAPIIsToldForWhatItIs(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		pattern string
		fault   netlifytest.Fault
		text    string
		unknown bool
	}{
		"a token that is refused": {"GET *", netlifytest.Answer(401, "Access Denied"), "unauthorized (401)", false},
		"no credits":              {"POST *", netlifytest.NoCredits(), "credits (403)", false},
		"a limit":                 {"POST *", netlifytest.TooMany(20), "limited (429)", false},
		"a limit while looking":   {"GET *", netlifytest.TooMany(20), "limited (429)", false},
		"an error":                {"POST *", netlifytest.Answer(503, "no"), "unavailable (503)", true},
		"an error while looking":  {"GET *", netlifytest.Answer(500, "no"), "unavailable (500)", false},
		"no answer":               {"POST *", netlifytest.Hang(), "no answer in time", true},
		"a lost answer":           {"POST *", netlifytest.LoseAnswer(), "unavailable", true},
		"a cut answer":            {"POST *", netlifytest.CutAnswer(), "broke off", true},
		"a redirect":              {"POST *", netlifytest.Redirect(302, "https://example.com/x"), "redirect", true},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, schemas.Netlify{})
			r.fake.Inject(row.pattern, 0, row.fault)
			note, err := r.act(restoreVerb, siteID, "x")
			if err == nil || !strings.Contains(err.Error(), row.text) || errors.Is(err, schemas.ErrOutcomeUnknown) != row.unknown || errors.Is(err, schemas.ErrRefused) {
				t.Errorf("it ends with %q and %v, want %q, unknown %t", note, err, row.text, row.unknown)
			}
		})
	}
}

func TestUnlockTakesOffOnlyWhatRRLocked(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	r.refuses(unlockVerb, siteID, "the site is not locked")
	lock := func() {
		t.Helper()
		if _, err := r.site.Client.Lock(t.Context(), r.fake.Published(r.id)); err != nil {
			t.Fatal(err)
		}
	}
	lock()
	r.refuses(unlockVerb, siteID, "rr did not lock deploy "+r.shown)
	if err := r.site.remember(func(m *memories) { m.Locked = r.older }); err != nil {
		t.Fatal(err)
	}
	r.refuses(unlockVerb, siteID, "rr did not lock")
	if err := r.site.remember(func(m *memories) { m.Locked = r.shown }); err != nil {
		t.Fatal(err)
	}
	r.does(unlockVerb, siteID, "deploy "+r.shown+" is unlocked")
	r.refuses(unlockVerb, siteID, "the site is not locked")
	lock()
	r.refuses(unlockVerb, siteID, "rr did not lock") // it forgot
	if note, err := r.act(unlockVerb, siteID, schemas.PolicyOperator); err != nil {
		t.Errorf("by hand it ends with %q and %v", note, err)
	}
}

func TestTriggerBuildAsksOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	if note, err := r.act(triggerVerb, siteID, "x"); err == nil || !strings.Contains(err.Error(), "there is no build hook") {
		t.Errorf("without a hook it ends with %q and %v", note, err)
	}
	hook := r.fake.AddHook(r.id)
	r.site.Hook = func() (string, error) { return hook, nil }
	r.at = r.at.Add(time.Second)
	r.does(triggerVerb, siteID, "Netlify was asked to build")
	r.refuses(triggerVerb, siteID, "")    // the deploy has begun, and a build was asked for
	other := newRig(t, schemas.Netlify{}) // of which no deploy is to be seen yet
	other.site.Hook = r.site.Hook
	if err := other.site.remember(func(m *memories) { m.Triggered = other.at.Add(time.Second) }); err != nil {
		t.Fatal(err)
	}
	other.refuses(triggerVerb, siteID, "a build was asked for since the site was looked at")
	if n := r.fake.Count("POST /build_hooks/*"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	for it, row := range map[string]struct {
		hook string
		text string
	}{
		"refuses an address in clear": {"http://example.com/build_hooks/s3cr3t0123", "not https"},
		"tells no address":            {strings.Replace(hook, "build_hooks/", "build_hooks/x", 1), "not_found"},
		"tells no host":               {"https://127.0.0.1:1/build_hooks/s3cr3t0123", "connection failed"},
	} {
		r := newRig(t, schemas.Netlify{})
		r.site.Hook = func() (string, error) { return row.hook, nil }
		if note, err := r.act(triggerVerb, siteID, "x"); err == nil || !strings.Contains(err.Error(), row.text) || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("it %s: %q and %v", it, note, err)
		}
	}
}

func TestRestoringThatLocksIsRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	r.fake.Inject("POST sites/*/restore", 1, lockToo())
	r.does(restoreVerb, siteID, "that locked the site")
	if got := r.site.recall().Locked; got != r.older {
		t.Errorf("it remembers %q as locked, want %q", got, r.older)
	}
	r.look()
	r.does(unlockVerb, siteID, "is unlocked")
}

func TestWithoutAccessNothingIsAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{Deploy: schemas.NetlifyDeploy{By: "rr"}})
	r.site.Client = nil
	for name, verb := range map[string]func(Sites) actor{"restore": restoreVerb, "deploy": deployVerb, "trigger": triggerVerb, "unlock": unlockVerb} {
		if note, err := r.act(verb, siteID, "x"); err == nil || !strings.Contains(err.Error(), "there is no access to the API") {
			t.Errorf("%s ends with %q and %v", name, note, err)
		}
		if note, err := r.act(verb, "netlify/other/site/other", "x"); err == nil || !strings.Contains(err.Error(), "no site is configured") {
			t.Errorf("%s of another site ends with %q and %v", name, note, err)
		}
	}
}
