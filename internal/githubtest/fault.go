package githubtest

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong with a request.
type Fault struct {
	Status int    // answer this instead, with Body and Header
	Body   string // JSON, or whatever it is
	Header map[string]string

	Hang     bool   // answer nothing and do nothing, until the client goes
	Drop     bool   // do what was asked, and break the connection instead of answering
	Cut      bool   // answer half the body, and break the connection
	Garbage  int    // answer this many bytes of spaces after the body
	Link     string // add this Link to the answer
	NextPage bool   // add a Link to a next page, however many there were
}

// armed is a fault and what it waits for.
type armed struct {
	method, glob string
	fault        Fault
	skip, left   int // requests to let pass, and to fail; left < 0 for all
}

// Fail makes every request that matches go wrong, until Heal. A pattern is a
// method or *, a space and a path, in which * stands for one segment and a
// last ** for all that follow: "POST /repos/*/*/actions/runs/**".
func (s *Server) Fail(pattern string, f Fault) {
	s.FailSome(pattern, f, 0, -1)
}

// FailSome lets skip matching requests pass, fails times of them, and lets the
// rest pass.
func (s *Server) FailSome(pattern string, f Fault, skip, times int) {
	method, glob, found := strings.Cut(pattern, " ")
	if _, err := path.Match(glob, "/"); !found || err != nil {
		panic("githubtest: a pattern is a method and a path, got " + pattern)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armed{method, glob, f, skip, times})
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// due is the first fault that a request meets.
func (s *Server) due(method, where string) Fault {
	for _, a := range s.faults {
		if !a.matches(method, where) || a.left == 0 {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		a.left--

		return a.fault
	}

	return Fault{}
}

func (a *armed) matches(method, where string) bool {
	if a.method != "*" && a.method != method {
		return false
	}
	if head, deep := strings.CutSuffix(a.glob, "/**"); deep {
		depth := strings.Count(head, "/")
		parts := strings.Split(where, "/")
		if len(parts) <= depth+1 {
			return false
		}
		ok, _ := path.Match(head, strings.Join(parts[:depth+1], "/"))
		return ok
	}
	ok, _ := path.Match(a.glob, where)

	return ok
}

func message(text string) string {
	return fmt.Sprintf(`{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, text)
}

// Unauthorized is the answer to a token that is not known.
func Unauthorized() Fault {
	return Fault{Status: http.StatusUnauthorized, Body: message("Bad credentials")}
}

// Forbidden is a refusal for want of a permission.
func Forbidden(text string) Fault {
	return Fault{Status: http.StatusForbidden, Body: message(text)}
}

// PrimaryLimit is the refusal of one whose hour is used up.
func PrimaryLimit(reset time.Time) Fault {
	return Fault{Status: http.StatusForbidden, Body: message("API rate limit exceeded for user ID 1."), Header: map[string]string{
		"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000", "X-RateLimit-Resource": "core",
		"X-RateLimit-Reset": strconv.FormatInt(reset.Unix(), 10),
	}}
}

// SecondaryLimit is the refusal of one who asks too much at once. GitHub uses
// 403 and 429 for it, and does not always say for how long; 0 says nothing.
func SecondaryLimit(status int, after time.Duration) Fault {
	f := Fault{Status: status, Body: `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",` +
		`"documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`, Header: map[string]string{}}
	if after > 0 {
		f.Header["Retry-After"] = strconv.Itoa(int(after / time.Second))
	}

	return f
}

// NotFound is a 404, as it is also given for want of a scope.
func NotFound() Fault {
	return Fault{Status: http.StatusNotFound, Body: message("Not Found")}
}

// Unprocessable is a 422 with one error in its list.
func Unprocessable(text string) Fault {
	return Fault{Status: http.StatusUnprocessableEntity, Body: fmt.Sprintf(
		`{"message":"Validation Failed","errors":[{"resource":"Thing","field":"field","code":"custom","message":%q}],"documentation_url":"https://docs.github.com/rest"}`, text)}
}

// ServerError is a 5xx with the page of a balancer.
func ServerError(status int) Fault {
	return Fault{Status: status, Body: "<html><title>Unicorn!</title></html>", Header: map[string]string{"Content-Type": "text/html"}}
}

// NotJSON is a 200 with the page of a login.
func NotJSON() Fault {
	return Fault{Status: http.StatusOK, Body: "<html>please log in</html>", Header: map[string]string{"Content-Type": "text/html"}}
}

// RedirectTo leads to another address.
func RedirectTo(status int, address string) Fault {
	return Fault{Status: status, Body: message("Moved"), Header: map[string]string{"Location": address}}
}

// ForeignLink names a next page on another host.
func ForeignLink(address string) Fault {
	return Fault{Link: "<" + address + `?page=2>; rel="next"`}
}
