package netlify

import (
	"net/http"
	"strconv"
	"time"
)

// Limits is how much may still be asked, as the last answer said.
type Limits struct {
	Known     bool      // an answer said so
	Limit     int       // questions in a window
	Remaining int       // of them left
	Reset     time.Time // when the window ends; zero when unknown
}

// Limits tells how much may still be asked. It asks nothing.
func (c *Client) Limits() Limits {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.limits
}

const (
	// limitWindow is the API's own: 500 questions in a minute.
	limitWindow = time.Minute

	// limitLongest is the longest that a 429 is believed to last.
	limitLongest = time.Hour
)

// note keeps what an answer to this token says of limits. A 429 closes the
// client until it may ask again, so that nobody asks on and on.
func (c *Client) note(status int, header http.Header) {
	said, ok := readLimits(header)
	until := limitedUntil(c.now(), status, header)
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.limits = said
	}
	if !until.IsZero() {
		c.until = until
	}
}

// limitedUntil is when to ask again after a 429, and zero after anything else.
// Without a usable time it is when the next window must have begun.
func limitedUntil(now time.Time, status int, header http.Header) time.Time {
	if status != http.StatusTooManyRequests {
		return time.Time{}
	}
	said, _ := readLimits(header)
	until := said.Reset
	if seconds, err := strconv.ParseInt(header.Get("Retry-After"), 10, 32); err == nil && seconds >= 0 {
		until = now.Add(time.Duration(seconds) * time.Second)
	}
	switch {
	case until.IsZero(), until.After(now.Add(limitLongest)):
		until = now.Add(limitWindow)
	case !until.After(now):
		until = now.Add(time.Second)
	}

	return until
}

// closedUntil is when the client may ask again; ok when it may now.
func (c *Client) closedUntil() (until time.Time, ok bool) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.until, !now.Before(c.until)
}

// readLimits reads the X-RateLimit headers; ok when all were there.
func readLimits(header http.Header) (Limits, bool) {
	limit, err := strconv.Atoi(header.Get("X-RateLimit-Limit"))
	if err != nil || limit < 0 {
		return Limits{}, false
	}
	remaining, err := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	if err != nil || remaining < 0 {
		return Limits{}, false
	}
	seconds, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return Limits{}, false
	}

	return Limits{Known: true, Limit: limit, Remaining: remaining, Reset: time.Unix(seconds, 0).UTC()}, true
}
