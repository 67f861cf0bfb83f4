package githubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// call is a request on its way to a handler, which runs under the server's lock.
type call struct {
	*http.Request
	s     *Server
	world *World
	token *Token // nil without one
	name  string // the token itself, or what else was sent as one
	repo  *Repo  // nil where the route has none
	base  string // of URLs, as the client knows the server; no slash at its end
	body  []byte
}

// reply is what a handler answers.
type reply struct {
	status int
	body   any // nil for none
	header map[string]string
	link   string
}

// exchange carries a reply through the mux.
type exchange struct {
	http.ResponseWriter
	call  *call
	reply reply
	found bool
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return // the client went
	}
	where := strings.TrimPrefix(r.URL.Path, "/api/v3")
	s.mu.Lock()
	index := len(s.requests)
	s.requests = append(s.requests, Request{Method: r.Method, Path: where, Query: r.URL.Query(), Header: r.Header.Clone(), Body: string(body), At: s.now()})
	fault := s.due(r.Method, where)
	if fault.Hang {
		s.mu.Unlock()
		s.hang(r)
		return
	}
	answer, counted := s.answer(r, where, body, fault)
	s.requests[index].Counted = counted
	if !fault.Drop {
		s.requests[index].Status = answer.status
	}
	s.mu.Unlock()
	send(w, r, answer, fault)
}

// hang waits for the client to go.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.end:
	}
	panic(http.ErrAbortHandler)
}

// sent is an answer in bytes.
type sent struct {
	status int
	header http.Header
	body   []byte
}

// answer authenticates, limits, routes and makes the answer conditional, in the
// order in which GitHub does.
func (s *Server) answer(r *http.Request, where string, body []byte, fault Fault) (sent, bool) {
	base := "http://" + r.Host + strings.TrimSuffix(r.URL.Path, where)
	if fault.Status != 0 {
		return s.seal(r, failed(fault), nil, ""), fault.Status < 500
	}
	token, name, known := s.authenticate(r, where)
	if !known {
		return s.seal(r, problem(http.StatusUnauthorized, "Bad credentials"), nil, ""), true
	}
	resource := resourceOf(where)
	if !token.allowed(resource, s.now()) {
		return s.seal(r, problem(http.StatusForbidden, "API rate limit exceeded for user ID 1."), token, resource), true
	}
	routed := r.Clone(r.Context())
	routed.URL.Path, routed.URL.RawPath = where, strings.TrimPrefix(r.URL.RawPath, "/api/v3")
	e := &exchange{ResponseWriter: discard{}, call: &call{Request: routed, s: s, world: s.world, token: token, name: name, base: base, body: body}}
	s.mux.ServeHTTP(e, routed)
	if !e.found {
		e.reply = problem(http.StatusNotFound, "Not Found")
	}
	if fault.NextPage {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		e.reply.link = fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, base, where, max(page, 1)+1)
	}
	if fault.Link != "" {
		e.reply.link = fault.Link
	}
	answer := s.seal(r, e.reply, nil, "")
	counted := !conditional(r, name, &answer)
	if counted {
		token.count(resource)
	}
	s.limitHeaders(answer.header, token, resource)

	return answer, counted
}

// conditional gives an answer its ETag, which depends on who asks, and empties
// one that the client has.
func conditional(r *http.Request, name string, answer *sent) bool {
	if r.Method != http.MethodGet || answer.status != http.StatusOK {
		return false
	}
	tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(fmt.Append(nil, name, "\n", r.Header.Get("Accept"), "\n", answer.header.Get("Link"), "\n", string(answer.body))))
	answer.header.Set("Etag", tag)
	answer.header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
	answer.header.Set("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP")
	for candidate := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == strings.TrimPrefix(tag, "W/") {
			answer.status, answer.body = http.StatusNotModified, nil
			answer.header.Del("Content-Type")
			answer.header.Del("Link")
			return true
		}
	}

	return false
}

// seal makes bytes of a reply, with the headers that every answer has.
func (s *Server) seal(r *http.Request, answer reply, token *Token, resource string) sent {
	out := sent{status: answer.status, header: http.Header{}}
	out.header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	out.header.Set("X-GitHub-Request-Id", fmt.Sprintf("FAKE:%d", len(s.requests)))
	out.header.Set("X-GitHub-Media-Type", "github.v3; format=json")
	switch body := answer.body.(type) {
	case nil:
	case string:
		out.body = []byte(body)
		out.header.Set("Content-Type", "application/json; charset=utf-8")
	default:
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(body); err != nil {
			panic("githubtest: " + err.Error())
		}
		out.body = buffer.Bytes()
		out.header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if answer.link != "" {
		out.header.Set("Link", answer.link)
	}
	if token != nil {
		s.limitHeaders(out.header, token, resource)
	}
	for name, value := range answer.header {
		out.header.Set(name, value)
	}

	return out
}

func send(w http.ResponseWriter, _ *http.Request, answer sent, fault Fault) {
	if fault.Drop {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	if answer.status != http.StatusNoContent && answer.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)+fault.Garbage))
	}
	w.WriteHeader(answer.status)
	if fault.Cut {
		w.Write(answer.body[:len(answer.body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(answer.body)
	for left := fault.Garbage; left > 0; left -= 4096 {
		if _, err := w.Write(bytes.Repeat([]byte(" "), min(left, 4096))); err != nil {
			return
		}
	}
}

func failed(f Fault) reply {
	return reply{status: f.Status, body: f.Body, header: f.Header, link: f.Link}
}

// problem is GitHub's form of an error.
func problem(status int, text string) reply {
	return reply{status: status, body: map[string]any{"message": text, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}}
}

// invalid is a 422 with its list.
func invalid(resource, field, code, text string) reply {
	one := map[string]any{"resource": resource, "field": field, "code": code}
	if text != "" {
		one["message"] = text
	}

	return reply{status: http.StatusUnprocessableEntity, body: map[string]any{
		"message": "Validation Failed", "errors": []any{one}, "documentation_url": "https://docs.github.com/rest", "status": "422",
	}}
}

func ok(body any) reply      { return reply{status: http.StatusOK, body: body} }
func created(body any) reply { return reply{status: http.StatusCreated, body: body} }
func noContent() reply       { return reply{status: http.StatusNoContent} }

// decode reads the body of a call; a reply says what is wrong with it.
func (c *call) decode(into any) (reply, bool) {
	if err := json.Unmarshal(c.body, into); err != nil {
		return problem(http.StatusBadRequest, "Problems parsing JSON"), false
	}

	return reply{}, true
}

// discard takes what the mux writes for a path that it does not know.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// stamp is a time as GitHub writes it; null for none.
func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}

	return at.UTC().Format(time.RFC3339)
}
