package netlify

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/functions"
	"rr/internal/netlify"
	"rr/internal/netlifytest"
	"rr/schemas"
)

const (
	manifestID = schemas.ID("netlify/shop/manifest/functions")
	siteID     = schemas.ID("netlify/shop/site/shop")
	helloID    = schemas.ID("netlify/shop/function/hello")

	hello  = "export default async () => new Response(process.env.GREETING)\nexport const config = { path: \"/api/hello\" }\n"
	broken = "export default async () => {"
)

// actor is what every verb is.
type actor interface {
	Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error)
}

// rig is a site with a folder, a fake of the API and a memory.
type rig struct {
	t     *testing.T
	fake  *netlifytest.Fake
	id    string
	site  Site
	at    time.Time
	env   map[string]string
	seen  schemas.Snapshot
	older string // deploy to go back to
	shown string // published deploy
}

// notes is a memory, and fails on demand.
type notes struct {
	mu   sync.Mutex
	text []byte
	err  error
}

func (n *notes) Load() ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.text == nil {
		return nil, os.ErrNotExist
	}

	return n.text, nil
}

func (n *notes) Save(text []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err == nil {
		n.text = text
	}

	return n.err
}

// newRig is a site with two production deploys and one valid function.
func newRig(t *testing.T, config schemas.Netlify) *rig {
	t.Helper()
	r := &rig{t: t, fake: netlifytest.Start(t), at: time.Now().UTC(), env: map[string]string{"PATH": os.Getenv("PATH"), "HOME": t.TempDir()}}
	r.id = r.fake.AddSite("shop-acme")
	r.older = r.deploy(2*time.Hour, "ready")
	r.shown = r.deploy(time.Hour, "ready")
	config.Site, config.BaseURL = "shop-acme", r.fake.Base
	if config.Deploy.Timeout == 0 {
		config.Deploy.Timeout = schemas.Duration(20 * time.Second)
	}
	if config.Build.Timeout == 0 {
		config.Build.Timeout = schemas.Duration(20 * time.Second)
	}
	token := func() (string, error) { return r.fake.Token, nil }
	r.site = Site{
		Scope: "shop", Config: config, Dir: t.TempDir(), Token: token, Getenv: func(name string) string { return r.env[name] },
		Client: &netlify.Client{Base: r.fake.Base, Token: token, Timeout: 2 * time.Second, Sleep: func(ctx context.Context, d time.Duration) error {
			return ctx.Err()
		}},
		Replace: filepath.Join(t.TempDir(), "replaced"), Memory: &notes{}, Work: &Work{}, Now: func() time.Time { return r.at },
	}
	r.write("netlify/functions/hello.mjs", hello)
	r.look()

	return r
}

// deploy adds a deploy of so long ago.
func (r *rig) deploy(ago time.Duration, state string) string {
	d := netlifytest.Deploy{State: state, CreatedAt: r.at.Add(-ago)}
	if state == "ready" {
		d.PublishedAt = d.CreatedAt
	}

	return r.fake.AddDeploy(r.id, d)
}

// look notes what is there now as what was seen.
func (r *rig) look() {
	r.t.Helper()
	found, err := functions.Find(r.t.Context(), r.site.Dir, functions.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.seen = schemas.Snapshot{Functions: map[schemas.ID]schemas.Function{helloID: {State: state(found, "hello")}}, Sources: map[string]schemas.Source{
		manifestID.Source(): {TakenAt: r.at}, siteID.Source(): {TakenAt: r.at}, helloID.Source(): {TakenAt: r.at},
	}, Sites: map[schemas.ID]schemas.Site{siteID: {PublishedID: r.fake.Published(r.id), RollbackID: r.older, Blocked: "no"}}}
}

// saw changes what was seen of the site.
func (r *rig) saw(change func(*schemas.Site)) {
	site := r.seen.Sites[siteID]
	change(&site)
	r.seen.Sites[siteID] = site
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.site.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.site.Dir, name))
	if err != nil {
		r.t.Fatal(err)
	}

	return string(text)
}

func (r *rig) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.site.Dir
	cmd.Env = append(os.Environ(), "HOME="+r.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}

	return strings.TrimSpace(string(out))
}

func (r *rig) commit() string {
	r.t.Helper()
	if _, err := os.Stat(filepath.Join(r.site.Dir, ".git")); err != nil {
		r.git("init", "-q", "-b", "main")
	}
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "change")

	return r.git("rev-parse", "HEAD")
}

func (r *rig) sites() Sites {
	return func(scope string) (Site, bool) { return r.site, scope == "shop" }
}

// act acts, and holds that nothing secret is told.
func (r *rig) act(verb func(Sites) actor, target schemas.ID, by string) (string, error) {
	r.t.Helper()
	note, err := verb(r.sites()).Act(r.t.Context(), schemas.Action{Target: target, Subject: target, Policy: by, Verb: "netlify.x"}, r.seen)
	told := note
	if err != nil {
		told += err.Error()
	}
	kept, _ := r.site.Memory.Load()
	told += string(kept)
	secrets := r.fake.Secrets()
	if r.site.Hook != nil {
		if hook, err := r.site.Hook(); err == nil {
			secrets = append(secrets, hook)
		}
	}
	for _, name := range r.site.Config.Build.Env {
		secrets = append(secrets, r.env[name])
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(told, secret) {
			r.t.Errorf("%q is told: %s", secret, told)
		}
	}

	return note, err
}

// does holds that an act is done, and that its note has a text.
func (r *rig) does(verb func(Sites) actor, target schemas.ID, text string) {
	r.t.Helper()
	note, err := r.act(verb, target, "policies.netlify.x")
	if err != nil || !strings.Contains(note, text) {
		r.t.Fatalf("it ends with %q and %v, want a note with %q", note, err, text)
	}
}

// refuses holds that an act is not begun, writes nothing, and why.
func (r *rig) refuses(verb func(Sites) actor, target schemas.ID, text string) {
	r.t.Helper()
	before := r.fake.Writes()
	note, err := r.act(verb, target, "policies.netlify.x")
	if !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), text) {
		r.t.Errorf("it ends with %q and %v, want a refusal with %q", note, err, text)
	}
	if n := r.fake.Writes() - before; n != 0 {
		r.t.Errorf("it refuses and yet writes %d times", n)
	}
}

func manifestVerb(s Sites) actor { return Manifest{s} }
func buildVerb(s Sites) actor    { return Build{s} }
func restoreVerb(s Sites) actor  { return RestoreDeploy{s} }
func deployVerb(s Sites) actor   { return Deploy{s} }
func triggerVerb(s Sites) actor  { return TriggerBuild{s} }
func sourceVerb(s Sites) actor   { return RestoreSource{Sites: s} }
func unlockVerb(s Sites) actor   { return Unlock{s} }

// lockToo restores and locks the site, as Netlify may.
func lockToo() netlifytest.Fault {
	return func(f *netlifytest.Fake, w http.ResponseWriter, req *http.Request, answer http.HandlerFunc) {
		restored := httptest.NewRecorder()
		answer(restored, req)
		deploy := strings.Split(strings.TrimPrefix(req.URL.Path, "/"), "/")
		id := deploy[len(deploy)-2]
		client := &netlify.Client{Base: f.Base, Token: func() (string, error) { return f.Token, nil }}
		if _, err := client.Lock(req.Context(), id); err != nil {
			w.WriteHeader(500)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_, _ = w.Write([]byte(strings.Replace(restored.Body.String(), `"locked":false`, `"locked":true`, 1)))
	}
}
