//go:build verify

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/netlifytest"
	"rr/schemas"
)

const (
	shopList  = schemas.ID("netlify/shop/manifest/functions")
	shopSite  = schemas.ID("netlify/shop/site/shop")
	shopHello = schemas.ID("netlify/shop/function/hello")

	goodHello = "export default async () => new Response(process.env.GREETING)\nexport const config = { path: \"/api/hello\" }\n"
	badHello  = "export default async () => {\n"
)

// netlifyShop is a checkout with one function, of which the newest commit and the
// published deploy are broken, before a fake of the API: the deploy answers 500
// where the broken one is shown.
type netlifyShop struct {
	*rig
	fake            *netlifytest.Fake
	site, good, bad string
	secrets         []string
}

func newNetlifyShop(t *testing.T, more string) *netlifyShop {
	t.Helper()
	f := netlifytest.Start(t)
	s := &netlifyShop{fake: f, site: f.AddSite("shop-acme")}
	now := time.Now()
	functions := map[string]string{"hello": strings.Repeat("a", 64)}
	s.good = f.AddDeploy(s.site, netlifytest.Deploy{CreatedAt: now.Add(-3 * time.Hour), PublishedAt: now.Add(-3 * time.Hour), Functions: functions})
	s.bad = f.AddDeploy(s.site, netlifytest.Deploy{CreatedAt: now.Add(-time.Hour), PublishedAt: now.Add(-time.Hour), Functions: functions})
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if f.Published(s.site) == s.bad {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(answers.Close)
	f.SetEnv(s.site, "GREETING", ofRR+"-value-at-netlify")
	hook := f.AddHook(s.site)
	s.rig = newRig(t, fmt.Sprintf(`interval: "300ms"
min_interval: "100ms"
settle: "1s"
budget: {target: max: 100, total: max: 100}
netlify: shop: {
	broken_for: "0s"
	site: "shop-acme", base_url: %q, token_env: "NETLIFY_AUTH_TOKEN", hook_env: "BUILD_HOOK"
	interval: "300ms", expect: ["hello"]
	manifest: path: ".netlify/functions/manifest.json"
	build: {command: ["sh", "-c", "echo building with $BUILD_KEY; exit 4"], env: ["BUILD_KEY"]}
	deploy: settle: "1s"
	probes: hello: {url: "%s/api/hello?key=%s-of-the-probe", interval: "300ms"}
	ladder: {
		manifest: cooldown: "100ms"
		build: {cooldown: "100ms", within: "1s"}
		restore_deploy: {cooldown: "100ms", within: "1s"}
		restore_source: cooldown: "100ms"
	}
}
%s`, f.Base, answers.URL, ofRR, more))
	s.env = append(s.env, "NETLIFY_AUTH_TOKEN="+f.Token, "BUILD_HOOK="+hook, "BUILD_KEY="+ofRR+"-for-the-build", "LANG=C")
	s.secrets = append(f.Secrets(), hook, ofRR)
	s.mkdir("netlify/functions")
	s.write(".gitignore", ".rr\n.netlify\nhome\n")
	s.write("netlify/functions/hello.mjs", goodHello)
	s.git("init", "-q", "-b", "main")
	s.git("add", "-A")
	s.git("commit", "-q", "-m", "good")

	return s
}

func (s *netlifyShop) git(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "HOME="+s.path("home"), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}

	return strings.TrimSpace(string(out))
}

// breakSource commits a source that does not parse.
func (s *netlifyShop) breakSource() {
	s.write("netlify/functions/hello.mjs", badHello)
	s.git("commit", "-q", "-a", "-m", "bad")
}

// attempts are those of verbs that were done or begun, oldest first.
func (s *netlifyShop) attempts() []schemas.Attempt {
	all := s.history().Attempts
	slices.Reverse(all)

	return slices.DeleteFunc(all, func(a schemas.Attempt) bool { return a.State == schemas.AttemptRefused })
}

// (4, 5) A source that is broken: the list of functions is written anew, the
// build fails, the last good deploy is published again, the source is restored;
// each only after the one before it verifiably failed to mend the function, and
// one deploy is restored exactly once. No secret is anywhere.
func TestAFunctionIsMendedRungByRungWithOneRollback(t *testing.T) {
	t.Parallel()
	s := newNetlifyShop(t, "")
	if got := s.rr("act", "netlify.manifest", string(shopList)); got.code != exitOK {
		t.Fatal(got)
	}
	s.breakSource()
	said := &buffer{}
	say := func(args ...string) { fmt.Fprintln(said, s.rr(args...)) }
	say("collect")
	say("collect", "-o", "json")
	say("eval", "--explain", "--facts", "-o", "json")
	service := s.run("-v", "--log", "json")
	await(t, "hello to be mended", func() bool {
		return slices.ContainsFunc(s.attempts(), func(a schemas.Attempt) bool {
			return a.Action.Verb == "netlify.restore_source" && a.State == schemas.AttemptRecovered
		})
	})
	if got := s.read("netlify/functions/hello.mjs"); got != goodHello {
		t.Errorf("hello.mjs holds %q", got)
	}
	if s.fake.Published(s.site) != s.good || s.fake.Count("POST sites/*/restore") != 1 || s.fake.Writes() != 1 {
		t.Errorf("published is %s, restored %d times, %d writes", s.fake.Published(s.site), s.fake.Count("POST sites/*/restore"), s.fake.Writes())
	}
	s.rungs()
	await(t, "everything to be well", func() bool { return s.rr("eval").code == exitOK })
	for _, args := range [][]string{
		{"status"}, {"history", "--turns"}, {"history", "-o", "json"}, {"why", string(shopHello)}, {"why", string(shopSite), "-o", "json"}, {"collect"}, {"check"},
	} {
		say(args...)
	}
	for i, turn := range s.history().Turns {
		if i%10 > 0 { // they are alike
			continue
		}
		say("history", "show", "-o", "json", fmt.Sprint(turn.Turn))
	}
	service.stop()
	lacks(t, said.String(), "what commands print", s.secrets...)
	lacks(t, service.log.String(), "the log", s.secrets...)
	for path, b := range files(t, s.path(".rr")) {
		lacks(t, string(b), path, s.secrets...)
	}
	holds(t, said.String(), "building with [redacted]", "what the build printed")
}

// rungs holds the order in which rr climbed for hello.
func (s *netlifyShop) rungs() {
	s.t.Helper()
	var order []string
	var before *schemas.Attempt
	for _, a := range s.attempts() {
		if a.Action.Verb == "netlify.manifest" && a.Action.Policy == schemas.PolicyOperator || slices.Contains(order, "netlify.restore_source") {
			continue
		}
		if before != nil && before.Action.Subject == shopHello && before.State != schemas.AttemptFailed {
			s.t.Errorf("%s is %s, and yet %s came after it", before.Action.Verb, before.State, a.Action.Verb)
		}
		if before != nil && a.Action.Subject == shopHello && (before.VerifiedAt == nil || a.BeganAt.Before(*before.VerifiedAt)) {
			s.t.Errorf("%s began at %s, before %s was verified at %v", a.Action.Verb, a.BeganAt, before.Action.Verb, before.VerifiedAt)
		}
		order, before = append(order, a.Action.Verb), &a
	}
	if want := []string{"netlify.manifest", "netlify.build", "netlify.restore_deploy", "netlify.restore_source"}; !slices.Equal(order, want) {
		s.t.Errorf("rr climbed %q, want %q", order, want)
		for _, a := range s.attempts() {
			s.t.Logf("%s of %s for %s: %s, %s", a.Action.Verb, a.Action.Target, a.Action.Subject, a.State, a.Note)
		}
	}
}

// (3) A dry run writes nothing: neither to the API nor to the folder.
func TestADryRunOfNetlifyWritesNothing(t *testing.T) {
	t.Parallel()
	s := newNetlifyShop(t, "")
	s.breakSource()
	for range 4 {
		got := decode[evaluated](t, s.rr("run", "--dry-run", "--once", "-o", "json"))
		if len(got.Outcomes) == 0 || got.Outcomes[0].Status != schemas.OutcomeWithheld {
			t.Errorf("a dry run does %+v", got.Outcomes)
		}
	}
	if s.fake.Writes() != 0 || s.read("netlify/functions/hello.mjs") != badHello || s.git("status", "--porcelain") != "" {
		t.Errorf("%d writes, and git says %q", s.fake.Writes(), s.git("status", "--porcelain"))
	}
	if _, err := os.Stat(s.path(".netlify")); err == nil {
		t.Error("a list was written")
	}
}

// (3) A site that is well is left alone, however often it is looked at.
func TestAHealthySiteIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newNetlifyShop(t, "netlify: shop: ladder: manifest: attempts: 1\n")
	s.fake.AddDeploy(s.site, netlifytest.Deploy{PublishedAt: time.Now().Add(-time.Minute), CreatedAt: time.Now().Add(-time.Minute), Functions: map[string]string{"hello": strings.Repeat("a", 64)}})
	if got := s.rr("act", "netlify.manifest", string(shopList)); got.code != exitOK {
		t.Fatal(got)
	}
	before := len(s.attempts())
	service := s.run()
	s.turns(20)
	service.stop()
	if got := s.attempts(); len(got) != before || s.fake.Writes() != 0 {
		t.Errorf("it was acted on: %+v, %d writes", got, s.fake.Writes())
	}
}

// (3) While nothing can be known of the site, nothing is done to it.
func TestNothingIsDoneWhileTheAPIIsUnknown(t *testing.T) {
	t.Parallel()
	for it, fault := range map[string]netlifytest.Fault{
		"token": netlifytest.Answer(401, "Access Denied"), "limit": netlifytest.TooMany(60), "down": netlifytest.Answer(503, "no"),
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			s := newNetlifyShop(t, "")
			s.fake.Inject("GET *", 0, fault)
			service := s.run()
			s.turns(12)
			got := decode[collectedFacts](t, s.rr("collect", "-o", "json")).Snapshot.Sources["netlify/shop/site"]
			service.stop()
			if got.State != schemas.SourceUnknown || s.fake.Writes() != 0 {
				t.Errorf("the site is %+v, %d writes", got, s.fake.Writes())
			}
		})
	}
}
