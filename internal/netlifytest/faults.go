package netlifytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// Fault is what happens to a request instead of its answer, or with it: answer
// is what would have been.
type Fault func(f *Fake, w http.ResponseWriter, r *http.Request, answer http.HandlerFunc)

// injected is a fault and the requests that it waits for.
type injected struct {
	pattern string
	times   int // left; below 0 for always
	fault   Fault
}

// Inject lets a fault have the next requests of a pattern, "PUT deploys/*" for
// one, in which * is anything; all of them with 0 times.
func (f *Fake) Inject(pattern string, times int, fault Fault) {
	if times == 0 {
		times = -1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &injected{pattern, times, fault})
}

// Heal takes all faults back.
func (f *Fake) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// fault finds the first that waits for a request.
func (f *Fake) fault(request string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.faults {
		if i.times != 0 && match(i.pattern, request) {
			i.times--
			return i.fault
		}
	}

	return nil
}

// match compares a text with a pattern in which * is anything.
func match(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}

	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// Answer answers with a status and the API's shape of an error.
func Answer(status int, message string) Fault {
	return func(_ *Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) { refuse(w, status, message) }
}

// Text answers with what is no JSON.
func Text(status int, text string) Fault {
	return func(_ *Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

// NoCredits answers as the API does when an account has used its credits.
func NoCredits() Fault {
	return func(_ *Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		reply(w, 403, map[string]any{"error": "Account credit usage exceeded - new deploys are blocked until credits are added"})
	}
}

// TooMany answers 429, with a reset in as many seconds.
func TooMany(seconds int) Fault {
	return func(f *Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("X-RateLimit-Limit", "500")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(f.now().Unix()+int64(seconds), 10))
		refuse(w, 429, "API rate limit exceeded")
	}
}

// Hang answers nothing for as long as anybody waits.
func Hang() Fault {
	return func(f *Fake, _ http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-f.closing:
		}
		panic(http.ErrAbortHandler)
	}
}

// Redirect sends the caller elsewhere.
func Redirect(status int, to string) Fault {
	return func(_ *Fake, w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// LoseAnswer does what was asked and ends the connection without a word.
func LoseAnswer() Fault {
	return func(_ *Fake, _ http.ResponseWriter, r *http.Request, answer http.HandlerFunc) {
		answer(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
}

// CutAnswer does what was asked and ends the connection in the middle of the
// answer.
func CutAnswer() Fault {
	return func(_ *Fake, w http.ResponseWriter, r *http.Request, answer http.HandlerFunc) {
		whole := httptest.NewRecorder()
		answer(whole, r)
		body := whole.Body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(whole.Code)
		w.Write(body[:len(body)/2])
		http.NewResponseController(w).Flush() // else nothing of it is sent
		panic(http.ErrAbortHandler)
	}
}

// CutUpload reads so many bytes of what is sent and ends the connection.
func CutUpload(after int64) Fault {
	return func(_ *Fake, _ http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		io.CopyN(io.Discard, r.Body, after)
		panic(http.ErrAbortHandler)
	}
}
