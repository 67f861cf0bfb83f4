package githubapi

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits is how the rate limits and the token stand, as the newest answers said.
type Limits struct {
	Resource  string    // of the four numbers below: core, which all but searches count against
	Limit     int       // requests in an hour; 0 while not known
	Remaining int       // of them; means nothing while Limit is 0
	ResetAt   time.Time // by the client's clock; zero while not known

	SecondaryUntil time.Time // zero unless a secondary limit was met
	TokenExpiresAt time.Time // zero for a token that does not expire, or does not say
	Scopes         []string  // of a classic token, sorted; nil for every other

	Requests    int64 // answers that counted against the limit
	NotModified int64 // answers that did not
}

const core = "core"

// Clamps on what a server says, so that a wrong clock or header cannot hold rr
// for ever: a window of GitHub's is an hour.
const (
	maxPrimary       = time.Hour + 5*time.Minute
	maxSecondary     = time.Hour
	defaultSecondary = time.Minute // as GitHub asks of those to whom it gives no time
	mostSecondary    = 16 * time.Minute
)

// limits keeps the state of one identity at a time: another token has limits of
// its own.
type limits struct {
	now func() time.Time

	mu       sync.Mutex
	identity string
	rates    map[string]rate
	backoff  time.Duration // of the last secondary limit that gave no time
	told     Limits
}

type rate struct {
	limit, remaining int
	reset            time.Time
}

func (l *limits) read() Limits {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := l.told
	told.Resource = core
	told.Scopes = slices.Clone(told.Scopes)
	if r, known := l.rates[core]; known {
		told.Limit, told.Remaining, told.ResetAt = r.limit, r.remaining, r.reset
	}

	return told
}

// last is the identity that the state belongs to.
func (l *limits) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.identity
}

// allows is nil unless a limit stands against a request of this identity.
func (l *limits) allows(identity, resource string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if identity != l.identity {
		return nil
	}
	now := l.now()
	if now.Before(l.told.SecondaryUntil) {
		return ErrLimited{Resource: resource, Secondary: true, Until: l.told.SecondaryUntil}
	}
	if r, known := l.rates[resource]; known && r.remaining == 0 && now.Before(r.reset) {
		return ErrLimited{Resource: resource, Until: r.reset}
	}

	return nil
}

// notice learns from an answer. It returns an ErrLimited when the answer is a
// refusal for a limit; body is that of an answer that is not a success.
func (l *limits) notice(identity, resource string, response *http.Response, body []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if identity != l.identity {
		l.identity, l.rates, l.backoff = identity, nil, 0
		l.told = Limits{Requests: l.told.Requests, NotModified: l.told.NotModified}
	}
	if response.StatusCode == http.StatusNotModified {
		l.told.NotModified++
	} else {
		l.told.Requests++
	}
	l.noticeToken(response.Header)
	if named := response.Header.Get("X-RateLimit-Resource"); named != "" {
		resource = named
	}
	l.noticeRate(resource, response.Header)
	if response.StatusCode < 400 {
		l.backoff = 0
		return nil
	}

	return l.refused(resource, response, body)
}

func (l *limits) noticeToken(header http.Header) {
	if expires, ok := tokenExpiry(header.Get("GitHub-Authentication-Token-Expiration")); ok {
		l.told.TokenExpiresAt = expires
	}
	if values, told := header["X-Oauth-Scopes"]; told && len(values) > 0 {
		l.told.Scopes = scopes(values[0])
	}
}

// noticeRate takes the lower of two counts of one window, because answers
// arrive in another order than that in which they were counted.
func (l *limits) noticeRate(resource string, header http.Header) {
	limit, err1 := strconv.Atoi(header.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || limit <= 0 || remaining < 0 {
		return
	}
	now := l.now()
	server := now
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		server = date
	}
	left := min(max(time.Unix(reset, 0).Sub(server), 0), maxPrimary)
	fresh := rate{limit: limit, remaining: remaining, reset: now.Add(left).Truncate(time.Second)}
	old, known := l.rates[resource]
	if known && now.Before(old.reset) && fresh.reset.Sub(old.reset).Abs() < time.Minute {
		fresh.remaining = min(fresh.remaining, old.remaining)
		fresh.reset = old.reset
	}
	if l.rates == nil {
		l.rates = map[string]rate{}
	}
	if len(l.rates) < 32 || known { // a server that invents names fills no memory
		l.rates[resource] = fresh
	}
}

// refused tells a refusal for a limit from any other.
func (l *limits) refused(resource string, response *http.Response, body []byte) error {
	if response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusTooManyRequests {
		return nil
	}
	text := strings.ToLower(string(body[:min(len(body), 4096)]))
	now := l.now()
	after, hasAfter := retryAfter(response.Header)
	secondary := hasAfter || strings.Contains(text, "secondary rate limit") || strings.Contains(text, "secondary-rate-limits") || strings.Contains(text, "abuse")
	primary := response.Header.Get("X-RateLimit-Remaining") == "0" && (strings.Contains(text, "rate limit") || response.StatusCode == http.StatusTooManyRequests)
	switch {
	case primary && !secondary:
		if r := l.rates[resource]; now.Before(r.reset) {
			return ErrLimited{Resource: resource, Until: r.reset}
		}
		// Exhausted without a time that could be read: treated as the other.
	case !secondary && response.StatusCode != http.StatusTooManyRequests:
		return nil
	}
	if !hasAfter {
		after = min(max(2*l.backoff, defaultSecondary), mostSecondary)
		l.backoff = after
	}
	if until := now.Add(after); until.After(l.told.SecondaryUntil) {
		l.told.SecondaryUntil = until
	}

	return ErrLimited{Resource: resource, Secondary: true, Until: l.told.SecondaryUntil}
}

// retryAfter reads whole seconds or a date, and clamps either.
func retryAfter(header http.Header) (time.Duration, bool) {
	text := header.Get("Retry-After")
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 1), int64(maxSecondary/time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(text)
	date, err2 := http.ParseTime(header.Get("Date"))
	if err != nil || err2 != nil {
		return 0, false
	}

	return min(max(at.Sub(date), time.Second), maxSecondary), true
}

func tokenExpiry(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}

	return time.Time{}, false
}

// scopes reads the list of a header. It is not nil, for "none" is an answer.
func scopes(text string) []string {
	set := map[string]bool{}
	for scope := range strings.SplitSeq(text, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			set[scope] = true
		}
	}

	return append([]string{}, slices.Sorted(maps.Keys(set))...)
}

// resourceOf is what a request counts against, until the answer says it.
func resourceOf(path string) string {
	switch {
	case strings.HasPrefix(path, "search/code"):
		return "code_search"
	case strings.HasPrefix(path, "search/"):
		return "search"
	case path == "graphql":
		return "graphql"
	case path == "rate_limit":
		return "rate_limit" // free, and allowed while all others are used up
	default:
		return core
	}
}
