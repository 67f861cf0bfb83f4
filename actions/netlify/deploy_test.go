package netlify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/internal/netlifytest"
	"rr/schemas"
)

// built makes what a build leaves: a page, an archive and the bundler's list.
func (r *rig) built() {
	r.write("netlify.toml", "[build]\npublish = \"public\"\n")
	r.write("public/index.html", "<h1>shop</h1>")
	r.write(".netlify/functions/hello.zip", "PK hello")
	r.write(".netlify/functions/manifest.json", fmt.Sprintf(`{"version":1,"timestamp":1,"functions":[{"name":"hello","mainFile":"%s/netlify/functions/hello.mjs",
"path":"/elsewhere/hello.zip","runtime":"js","runtimeVersion":"nodejs24.x","buildData":{"runtimeAPIVersion":2}}]}`, r.site.Dir))
	r.look()
}

func byRR() schemas.Netlify { return schemas.Netlify{Deploy: schemas.NetlifyDeploy{By: "rr"}} }

func TestDeployPublishesWhatWasBuilt(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.does(deployVerb, siteID, "is ready: 2 files, 1 functions")
	shown := r.fake.Deploy(r.fake.Published(r.id))
	if shown.ID == r.shown || len(shown.Functions) != 1 || shown.Files["index.html"] == "" || shown.Files["netlify.toml"] == "" {
		t.Errorf("published is %+v", shown)
	}
	if m := r.site.recall(); m.Deploy != "" || m.Hash != "" {
		t.Errorf("it remembers %+v", m)
	}
	r.refuses(deployVerb, siteID, "another deploy is published than was seen")
	if n := r.fake.Count("POST sites/*/deploys"); n != 1 {
		t.Errorf("%d deploys were begun", n)
	}
}

func TestDeployRefusesWhatWouldBreakTheSite(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		change func(*rig)
		text   string
	}{
		"a function that does not parse": {func(r *rig) { r.write("netlify/functions/hello.mjs", broken) }, "hello is invalid: netlify/functions/hello.mjs:1:"},
		"a source that changed since": {func(r *rig) {
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(filepath.Join(r.site.Dir, "netlify/functions/hello.mjs"), later, later); err != nil {
				r.t.Fatal(err)
			}
		}, "hello has changed since it was built"},
		"a function that was not built": {func(r *rig) { r.write("netlify/functions/new.mjs", hello) }, "build the functions first"},
		"a folder without a build": {func(r *rig) {
			if err := os.RemoveAll(filepath.Join(r.site.Dir, ".netlify")); err != nil {
				r.t.Fatal(err)
			}
		}, "build the functions first"},
		"a broken netlify.toml": {func(r *rig) { r.write("netlify.toml", "[build\n") }, "it is not known where"},
		"no credits":            {func(r *rig) { r.saw(func(s *schemas.Site) { s.Blocked = "credits" }) }, "until credits are added"},
		"a deploy under way": {func(r *rig) {
			r.deploy(time.Minute, "processing")
			r.saw(func(s *schemas.Site) { s.InWork = true })
		}, "is processing"},
		"a lock": {func(r *rig) {
			if _, err := r.site.Client.Lock(r.t.Context(), r.shown); err != nil {
				r.t.Fatal(err)
			}
		}, "the site is locked"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, byRR())
			r.built()
			row.change(r)
			r.refuses(deployVerb, siteID, row.text)
		})
	}
}

func TestACutUploadIsGoneOnWith(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.fake.Inject("PUT deploys/*/functions/*", 0, netlifytest.CutUpload(2))
	note, err := r.act(deployVerb, siteID, "x")
	if !errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Fatalf("it ends with %q and %v", note, err)
	}
	begun := r.site.recall()
	if begun.Deploy == "" || begun.Hash == "" {
		t.Fatalf("it remembers %+v", begun)
	}
	r.fake.Heal()
	r.saw(func(s *schemas.Site) { s.InWork = true })
	r.does(deployVerb, siteID, "deploy "+begun.Deploy+" is ready")
	if n := r.fake.Count("POST sites/*/deploys"); n != 1 || r.fake.Published(r.id) != begun.Deploy {
		t.Errorf("%d deploys were begun, and %s is published", n, r.fake.Published(r.id))
	}
}

func TestAnotherBundleIsNotGoneOnWith(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.fake.Inject("PUT deploys/*/files/*", 0, netlifytest.CutUpload(2))
	if note, err := r.act(deployVerb, siteID, "x"); !errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Fatalf("it ends with %q and %v", note, err)
	}
	begun := r.site.recall().Deploy
	r.fake.Heal()
	r.saw(func(s *schemas.Site) { s.InWork = true })
	r.write("public/index.html", "<h1>another</h1>")
	r.does(deployVerb, siteID, "is ready")
	if n := r.fake.Count("POST sites/*/deploys"); n != 2 || begun == "" || r.fake.Published(r.id) == begun {
		t.Errorf("%d deploys were begun, and %s is published after %s", n, r.fake.Published(r.id), begun)
	}
}

func TestADeployThatFailsIsToldAndForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.fake.FailNext(r.id, "Deploy directory 'public' does not exist")
	note, err := r.act(deployVerb, siteID, "x")
	if err == nil || !strings.Contains(err.Error(), "is in state error: Deploy directory") || errors.Is(err, schemas.ErrOutcomeUnknown) || r.site.recall().Deploy != "" {
		t.Errorf("it ends with %q and %v, and remembers %+v", note, err, r.site.recall())
	}
}

func TestADeployThatIsStuckIsUnknownWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	config := byRR()
	config.Deploy.Timeout = schemas.Duration(2 * time.Second)
	r := newRig(t, config)
	r.site.Client.Sleep = nil
	r.built()
	r.fake.StickNext(r.id)
	note, err := r.act(deployVerb, siteID, "x")
	if !errors.Is(err, schemas.ErrOutcomeUnknown) || r.site.recall().Deploy == "" {
		t.Errorf("it ends with %q and %v, and remembers %+v", note, err, r.site.recall())
	}
}

func TestARefusalForWantOfCreditsIsRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.fake.Inject("POST sites/*/deploys", 0, netlifytest.NoCredits())
	if note, err := r.act(deployVerb, siteID, "x"); err == nil || !strings.Contains(err.Error(), "credits (403)") || errors.Is(err, schemas.ErrOutcomeUnknown) {
		t.Errorf("it ends with %q and %v", note, err)
	}
	if at := CreditsRefused(r.site.Memory); !at.Equal(r.at) {
		t.Errorf("it remembers %s, want %s", at, r.at)
	}
}

func TestWhatCannotBeRememberedIsNotBegun(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.site.Memory = &notes{err: errors.New("disk full")}
	if note, err := r.act(deployVerb, siteID, "x"); err == nil || !strings.Contains(err.Error(), "disk full") || r.fake.Count("PUT *") != 0 {
		t.Errorf("it ends with %q and %v", note, err)
	}
	hook := r.fake.AddHook(r.id)
	r.site.Hook = func() (string, error) { return hook, nil }
	r.look()
	r.saw(func(s *schemas.Site) { s.InWork = true })
	if _, err := r.act(triggerVerb, siteID, "x"); err == nil || r.fake.Count("POST /build_hooks/*") != 0 {
		t.Errorf("it ends with %v", err)
	}
}

// command is a netlify command that does what a script says.
func (r *rig) command(script string) {
	at := filepath.Join(r.t.TempDir(), "netlify")
	if err := os.WriteFile(at, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		r.t.Fatal(err)
	}
	r.site.Config.Deploy.By, r.site.Config.Deploy.Command = "cli", at
}

func TestDeployByTheCommandGivesTheTokenToItAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, byRR())
	r.built()
	r.env["SECRET_TWO"] = "s3cr3t-two"
	r.command(`echo "$@ with $NETLIFY_AUTH_TOKEN for $NETLIFY_SITE_ID at $NETLIFY_API_URL, $SECRET_TWO."; case "$*" in *"$NETLIFY_AUTH_TOKEN"*) exit 9;; esac`)
	want := "deploy --prod --no-build --dir public --functions .netlify/functions with [redacted] for " + r.id + " at " + strings.TrimSuffix(r.fake.Base, "/") + ", ."
	r.does(deployVerb, siteID, want)
}

func TestDeployByTheCommandThatFails(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		script  string
		text    string
		unknown bool
	}{
		"tells its end":         {`echo "boom $NETLIFY_AUTH_TOKEN" >&2; exit 3`, "exit code 3: boom [redacted]", false},
		"knows of no credits":   {"echo 'Account credit usage exceeded - new deploys are blocked'; exit 1", "credit usage exceeded", false},
		"does not know its end": {"sleep 300", "ended after 1s, with all that it started", true},
		"knows a signal":        {"kill -9 $$", "ended by a signal", true},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, byRR())
			r.site.Config.Deploy.Timeout = schemas.Duration(time.Second)
			if !row.unknown {
				r.site.Config.Deploy.Timeout = schemas.Duration(20 * time.Second)
			}
			r.built()
			r.command(row.script)
			note, err := r.act(deployVerb, siteID, "x")
			if err == nil || !strings.Contains(err.Error(), row.text) || errors.Is(err, schemas.ErrOutcomeUnknown) != row.unknown {
				t.Errorf("it ends with %q and %v", note, err)
			}
			if strings.Contains(row.script, "credit") == CreditsRefused(r.site.Memory).IsZero() {
				t.Errorf("it remembers %+v", r.site.recall())
			}
		})
	}
}

func TestRRDoesNotDeployUnlessSaid(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{Deploy: schemas.NetlifyDeploy{By: "none"}})
	r.built()
	if note, err := r.act(deployVerb, siteID, "x"); err == nil || !strings.Contains(err.Error(), "rr does not deploy") || len(r.fake.Requests()) != 0 {
		t.Errorf("it ends with %q and %v", note, err)
	}
}
