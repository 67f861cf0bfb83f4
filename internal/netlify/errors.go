package netlify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"rr/schemas"
)

// Kind is what is wrong, by what can be done about it.
type Kind string

const (
	Unauthorized Kind = "unauthorized" // the token is missing, wrong or no longer valid
	Credits      Kind = "credits"      // the account has no credits left: no deploy until there are
	Forbidden    Kind = "forbidden"    // the token may not do this
	NotFound     Kind = "not_found"    // there is no such site, deploy or certificate
	Limited      Kind = "limited"      // too many questions: Error.Until says when to ask again
	Invalid      Kind = "invalid"      // this cannot be asked; asking again does not help
	Unavailable  Kind = "unavailable"  // no answer, or one that is not the API's: the state is unknown
)

// Error is a question that was not answered as it should be. Of a write whose
// answer was lost it is a schemas.ErrOutcomeUnknown.
type Error struct {
	Op     string    // what was asked: "restore deploy 64f…"
	Kind   Kind      // what is wrong
	Status int       // HTTP status; 0 where there was no answer
	Text   string    // in one line, of the API or of rr
	Until  time.Time // of Limited: when to ask again

	lost  bool  // it was sent, and may have been done
	cause error // the end of a context
}

func (e *Error) Error() string {
	text := e.Op + ": " + string(e.Kind)
	if e.Status != 0 {
		text += fmt.Sprintf(" (%d)", e.Status)
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	if !e.Until.IsZero() {
		text += ", ask again at " + e.Until.UTC().Format(time.RFC3339)
	}
	if e.lost {
		text += ": " + schemas.ErrOutcomeUnknown.Error()
	}

	return text
}

// Unwrap gives schemas.ErrOutcomeUnknown for a lost write, and the error of a
// context that ended.
func (e *Error) Unwrap() []error {
	var all []error
	if e.lost {
		all = append(all, schemas.ErrOutcomeUnknown)
	}
	if e.cause != nil {
		all = append(all, e.cause)
	}

	return all
}

// KindOf is the kind of an error of this package, and empty for any other.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}

	return ""
}

// kindOfStatus tells what an answer means that is not 2xx. The text is the
// API's, which says 403 for an account without credits too.
func kindOfStatus(status int, text string) Kind {
	switch {
	case status == 401:
		return Unauthorized
	case status == 403 && OfCredits(text):
		return Credits
	case status == 403:
		return Forbidden
	case status == 404:
		return NotFound
	case status == 429:
		return Limited
	case status == 408, status < 400, status >= 500:
		return Unavailable
	}

	return Invalid
}

// saidBy reads the API's own words from an answer that is not 2xx, which is
// {"code":…,"message":…}, {"error":…}, {"errors":…} or none of them. What is not
// JSON is a page of something between rr and the API, and not repeated.
func saidBy(body []byte) string {
	var said struct {
		Message json.RawMessage `json:"message"`
		Error   json.RawMessage `json:"error"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	for _, raw := range []json.RawMessage{said.Message, said.Error, said.Errors} {
		var text string
		switch {
		case len(raw) == 0 || string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			return line(text, 300)
		default:
			return line(string(raw), 300)
		}
	}

	return ""
}

// line makes one printable line of a text, of at most some bytes.
func line(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}

	return text
}

// plainCause is why nothing was answered, without the address that was asked,
// which may be a secret.
func plainCause(err error) (text string, cause error) {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return "given up", context.Canceled
	}

	return line(err.Error(), 300), nil
}

// OfCredits says that the API's own words, of an answer or of a failed deploy,
// are that the account has no credits left.
func OfCredits(text string) bool {
	return strings.Contains(strings.ToLower(text), "credit usage exceeded")
}
