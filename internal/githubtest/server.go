// Package githubtest is a GitHub REST API in memory, for tests. It has its own
// idea of the API, so that a mistake of rr's does not meet the same mistake
// here, and does right what fakes get wrong: ETags that depend on who asks, 304
// that are not counted, both rate limits, filters, pages, a 404 for a missing
// scope, runs that keep their id when they are rerun.
//
// Read world.go for what a test sets, server.go for how it is started and
// watched, fault.go for what can go wrong and serve.go for the path of a
// request. routes.go names every route with the permission it needs; the other
// files answer them. The end-to-end tests hold its answers against GitHub's own
// description of the API.
package githubtest

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// Options is how a Server is started.
type Options struct {
	// Now is the clock of the server; the wall clock when nil.
	Now func() time.Time

	// Wrap puts a handler around the API, which sees every request and answer.
	Wrap func(http.Handler) http.Handler
}

// Server is a running API and another host beside it, where logs are.
type Server struct {
	URL        string // of the API, without a path; what is below /api/v3/ is there too
	ForeignURL string // of the other host

	now func() time.Time
	mux *http.ServeMux
	end chan struct{} // closed when hanging requests are let go

	mu       sync.Mutex
	world    *World
	faults   []*armed
	requests []Request
	foreign  []Request
	logs     map[string]string // by the secret of their address
}

// Request is one that arrived.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   string
	At     time.Time

	Status  int  // of the answer; 0 while there is none, and for one that was not sent
	Counted bool // against a rate limit
}

// Write reports whether the request asks for a change. One for an app's token
// does not.
func (r Request) Write() bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && !tokenPath.MatchString(r.Path)
}

// Start serves an empty world until the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{now: o.Now, end: make(chan struct{}), world: newWorld(), logs: map[string]string{}}
	if s.now == nil {
		s.now = time.Now
	}
	s.world.now = s.now
	s.mux = s.routes()
	var handler http.Handler = http.HandlerFunc(s.serve)
	if o.Wrap != nil {
		handler = o.Wrap(handler)
	}
	api := httptest.NewServer(handler)
	other := httptest.NewServer(http.HandlerFunc(s.serveForeign))
	s.URL, s.ForeignURL = api.URL, other.URL
	t.Cleanup(func() {
		close(s.end)
		api.CloseClientConnections()
		api.Close()
		other.Close()
	})

	return s
}

// Change lets a test read and change the world while nobody else does.
func (s *Server) Change(change func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.world)
}

// Requests are those that arrived at the API, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.Clone(s.requests)
}

// Foreign are those that arrived at the other host.
func (s *Server) Foreign() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.Clone(s.foreign)
}

// Writes are the requests that asked for a change.
func (s *Server) Writes() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.Write() })
}

// Counted is how many requests were counted against a rate limit.
func (s *Server) Counted() int {
	return len(slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.Counted }))
}

// Forget empties the records, not the world.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.foreign = nil, nil
}

// serveForeign is the host of the logs. It wants the secret of the address and
// takes no credential.
func (s *Server) serveForeign(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	log, found := s.logs[r.URL.Query().Get("sig")]
	status := http.StatusOK
	if !found || r.URL.Path != "/log" {
		status, log = http.StatusForbidden, "<Error>AuthenticationFailed</Error>"
	}
	s.foreign = append(s.foreign, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(), At: s.now(), Status: status})
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(log))
}

// logURL is an address of a log with a secret of its own.
func (s *Server) logURL(log string) string {
	secret := make([]byte, 16)
	rand.Read(secret)
	s.logs[hex.EncodeToString(secret)] = log

	return s.ForeignURL + "/log?sv=1&sig=" + hex.EncodeToString(secret)
}
