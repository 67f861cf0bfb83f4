package githubapi

import (
	"fmt"
	"net/http"
	"time"
)

// ErrLimited is a call that a rate limit stands against. It was refused by
// GitHub, or not sent because GitHub refused one before; either way nothing was
// done. Until is by the clock of the client.
type ErrLimited struct {
	Resource  string // core, search, …: what the limit is on
	Secondary bool   // too much at once, not too much in the hour
	Until     time.Time
}

func (e ErrLimited) Error() string {
	if e.Secondary {
		return "secondary rate limit until " + e.Until.UTC().Format(time.RFC3339)
	}

	return fmt.Sprintf("rate limit of %s used up until %s", e.Resource, e.Until.UTC().Format(time.RFC3339))
}

// UnavailableError is an answer that did not come, or came in a form that
// GitHub does not answer in: 5xx, a hang, a cut or endless body, no JSON.
type UnavailableError struct {
	Status int // 0 when there was none
	Reason string
	err    error
}

func (e *UnavailableError) Error() string {
	if e.Status >= http.StatusInternalServerError {
		return fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), e.Reason)
	}

	return e.Reason
}

func (e *UnavailableError) Unwrap() error { return e.err }

// RedirectError is a way that rr does not go: to another host, or back and
// forth. What was asked for was not done.
type RedirectError struct {
	Host   string // to where, without path or query
	Reason string
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("not followed to %s: %s", e.Host, e.Reason)
}

// AuthError is a credential that could not be had. Nothing was sent.
type AuthError struct{ err error }

func (e *AuthError) Error() string { return "authenticate: " + e.err.Error() }
func (e *AuthError) Unwrap() error { return e.err }
