// Package netlifytest is an API of Netlify for tests: sites with deploys that
// change as Netlify's do, on the loopback, with a clock and faults of the
// test's. It has its own idea of the protocol, so that a mistake in rr's does
// not meet the same mistake here; the real `netlify deploy` is run against it.
//
// Read it as netlifytest.go (a fake and its sites), serve.go (what is done with
// every request), deploys.go (how a deploy changes), uploads.go (what is sent to
// one), rest.go (the rest of the API) and faults.go (what may go wrong).
package netlifytest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// Fake is one API. Its fields are set before it is first asked.
type Fake struct {
	// Base is the address of the API, with its path and a slash.
	Base string

	// Token is the one that is accepted.
	Token string

	// Now tells the time; time.Now when nil.
	Now func() time.Time

	// Stage is how long a deploy stays in each state that it leaves by itself.
	// With 0 it moves on each time that somebody looks at it.
	Stage time.Duration

	// Manual deploys move on by Step alone.
	Manual bool

	// BadTokenIs404 answers a wrong token with a site that is not found, as the
	// API has been seen to do.
	BadTokenIs404 bool

	// Limit is how many questions are answered in a minute; 0 is 500.
	Limit int

	t       testing.TB
	server  *httptest.Server
	closing chan struct{}

	mu       sync.Mutex
	sites    []*site
	deploys  map[string]*deploy
	hooks    map[string]*site // by secret
	requests []Request
	faults   []*injected
	window   time.Time
	asked    int
}

// Request is one that arrived.
type Request struct {
	Method        string
	Path          string // below Base, or the whole where it is not
	Query         string
	Authorization string
	ContentType   string
	Body          []byte // without the content of files and functions
}

// Write says that a request changes something.
func (r Request) Write() bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// Start serves an API until the test ends.
func Start(t testing.TB) *Fake {
	t.Helper()
	f := &Fake{Token: "nfp_" + random(18), t: t, closing: make(chan struct{}), deploys: map[string]*deploy{}, hooks: map[string]*site{}}
	f.server = httptest.NewServer(http.HandlerFunc(f.serve))
	f.Base = f.server.URL + prefix
	t.Cleanup(func() {
		close(f.closing)
		f.server.CloseClientConnections()
		f.server.Close()
	})

	return f
}

func (f *Fake) now() time.Time {
	if f.Now != nil {
		return f.Now().UTC()
	}

	return time.Now().UTC()
}

// Requests lists what arrived, in order.
func (f *Fake) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()

	return slices.Clone(f.requests)
}

// Count counts the requests of a pattern: "POST sites/*/deploys", in which *
// is anything.
func (f *Fake) Count(pattern string) int {
	n := 0
	for _, r := range f.Requests() {
		if match(pattern, r.Method+" "+r.Path) {
			n++
		}
	}

	return n
}

// Writes counts the requests that change something.
func (f *Fake) Writes() int {
	n := 0
	for _, r := range f.Requests() {
		if r.Write() {
			n++
		}
	}

	return n
}

// Secrets are the texts that must be nowhere else.
func (f *Fake) Secrets() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []string{f.Token}
	for secret := range f.hooks {
		all = append(all, secret)
	}
	for _, s := range f.sites {
		for _, v := range s.env {
			all = append(all, v)
		}
	}

	return all
}

// site is one site.
type site struct {
	id, name, account string
	published         []*deploy // in the order in which they were; the last is it
	locked            bool
	blobs             map[string]bool // digests of what the API has
	env               map[string]string
	certificate       time.Time
	failNext          string
	stickNext         bool
}

// AddSite adds a site without deploys and gives its id.
func (f *Fake) AddSite(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &site{id: uuid(), name: name, account: "acme", blobs: map[string]bool{}, env: map[string]string{}}
	f.sites = append(f.sites, s)

	return s.id
}

// change changes a site that must be there.
func (f *Fake) change(id string, do func(*site)) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.siteOf(id)
	if s == nil {
		f.t.Fatalf("no site %s", id)
	}
	do(s)
}

// SetEnv gives a site a variable.
func (f *Fake) SetEnv(id, key, value string) {
	f.change(id, func(s *site) { s.env[key] = value })
}

// SetCertificate gives a site a certificate.
func (f *Fake) SetCertificate(id string, expires time.Time) {
	f.change(id, func(s *site) { s.certificate = expires })
}

// FailNext makes the next deploy that is processed fail with this message.
func (f *Fake) FailNext(id, message string) {
	f.change(id, func(s *site) { s.failNext = message })
}

// StickNext makes the next deploy that is processed stay so.
func (f *Fake) StickNext(id string) { f.change(id, func(s *site) { s.stickNext = true }) }

// AddHook gives a site a build hook and tells its address, a secret.
func (f *Fake) AddHook(id string) string {
	secret := random(12)
	f.change(id, func(s *site) { f.hooks[secret] = s })

	return f.server.URL + "/build_hooks/" + secret
}

// Published is the id of the deploy that a site shows, empty for none.
func (f *Fake) Published(id string) (deploy string) {
	f.change(id, func(s *site) {
		if d := s.current(); d != nil {
			deploy = d.ID
		}
	})

	return deploy
}

func (s *site) current() *deploy {
	if len(s.published) == 0 {
		return nil
	}

	return s.published[len(s.published)-1]
}

func (f *Fake) siteOf(id string) *site {
	for _, s := range f.sites {
		if s.id == id || s.name+".netlify.app" == id {
			return s
		}
	}

	return nil
}

func random(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)

	return hex.EncodeToString(b)
}

func uuid() string {
	h := random(16)

	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
