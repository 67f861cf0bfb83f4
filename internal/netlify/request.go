package netlify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"rr/schemas"
)

// question is one request to the API.
type question struct {
	op     string // for errors: "restore deploy 64f…"
	method string
	path   string // below Base, escaped
	query  url.Values
	body   any // sent as JSON; nil for none

	stream  func() (io.ReadCloser, error) // sent as it is, instead of body
	size    int64                         // of stream, in bytes
	silent  bool                          // the answer's own words may hold secrets
	timeout time.Duration                 // 0 is the client's
}

// write says that the question changes something.
func (q question) write() bool { return q.method != http.MethodGet }

// fail is an error of this question for which nothing was sent.
func (q question) fail(kind Kind, format string, a ...any) *Error {
	return &Error{Op: q.op, Kind: kind, Text: fmt.Sprintf(format, a...)}
}

// ask sends a question and decodes the answer into one of the types of this
// package, which take the fields they know. into is nil where the answer's
// content is of no use.
func (c *Client) ask(ctx context.Context, q question, into any) error {
	if until, ok := c.closedUntil(); !ok {
		return &Error{Op: q.op, Kind: Limited, Text: "not asked, there were too many questions", Until: until}
	}
	token, err := c.token()
	if err != nil {
		return q.fail(Unauthorized, "%v", err)
	}
	address, err := c.address(q)
	if err != nil {
		return q.fail(Invalid, "%v", err)
	}
	body, failed := c.roundTrip(ctx, q, address, token)
	if failed != nil {
		return c.doubt(ctx, q, failed)
	}
	defer clear(body) // of values of variables, too
	if into == nil {
		return nil
	}
	err = json.Unmarshal(body, into)
	if err == nil && string(bytes.TrimSpace(body)) == "null" {
		err = errors.New("null")
	}
	if err != nil {
		return &Error{Op: q.op, Kind: Unavailable, Text: "the answer is not what the API answers: " + whereNot(err), lost: q.write()}
	}

	return nil
}

// doubt looks again at a 404, which is also what a token that is no longer
// valid gets: the API then says 401 to a question about the token's owner.
func (c *Client) doubt(ctx context.Context, q question, failed *Error) error {
	if failed.Kind != NotFound || q.path == "user" {
		return failed
	}
	owner := c.ask(ctx, question{op: "ask for the owner of the token", method: http.MethodGet, path: "user"}, nil)
	if KindOf(owner) == Unauthorized {
		failed.Kind, failed.Text = Unauthorized, "the token is not valid; the API calls that "+fmt.Sprintf("%q", failed.Text)
	}

	return failed
}

// token asks for the token and refuses what cannot be one.
func (c *Client) token() (string, error) {
	if c.Token == nil {
		return "", errors.New("there is no token")
	}
	token, err := c.Token()
	if err != nil {
		return "", fmt.Errorf("there is no token: %w", err)
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return "", errors.New("the token is empty")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("the token holds characters that no token has")
	}

	return token, nil
}

// address is where a question goes. A token goes in clear text only to this
// machine.
func (c *Client) address(q question) (*url.URL, error) {
	base := c.Base
	if base == "" {
		base = DefaultBase
	}
	u, err := url.Parse(strings.TrimSuffix(base, "/") + "/" + q.path)
	if err != nil {
		return nil, errors.New("the address of the API is not a URL")
	}
	if err := safe(u); err != nil {
		return nil, fmt.Errorf("the address of the API %w", err)
	}
	u.RawQuery = q.query.Encode()

	return u, nil
}

// safe refuses addresses to which no secret may be sent.
func safe(u *url.URL) error {
	switch {
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("is not an http address")
	case u.User != nil:
		return errors.New("holds a password")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("is not https")
	}

	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)

	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// roundTrip sends one question and gives the whole body of a 2xx answer, in
// which the token, should it be there, is blotted out. An empty token is not
// sent.
func (c *Client) roundTrip(ctx context.Context, q question, address *url.URL, token string) ([]byte, *Error) {
	limit := q.timeout
	if limit <= 0 {
		limit = c.timeout()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var sent atomic.Bool
	request, failed := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}), q, address, token)
	if failed != nil {
		return nil, failed
	}
	response, err := c.sender().Do(request)
	if err != nil {
		text, cause := plainCause(err)
		return nil, &Error{Op: q.op, Kind: Unavailable, Text: blot(text, token), lost: q.write() && sent.Load(), cause: cause}
	}
	defer response.Body.Close()
	if token != "" {
		c.note(response.StatusCode, response.Header)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, c.maxBody()+1))
	body = []byte(blot(string(body), token))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, refusal(q, response, body, c.now())
	}
	switch {
	case err != nil:
		text, cause := plainCause(err)
		return nil, &Error{Op: q.op, Kind: Unavailable, Text: "the answer broke off: " + blot(text, token), lost: q.write(), cause: cause}
	case int64(len(body)) > c.maxBody():
		return nil, &Error{Op: q.op, Kind: Unavailable, Text: fmt.Sprintf("the answer is longer than %d bytes", c.maxBody()), lost: q.write()}
	}

	return body, nil
}

// request makes the HTTP request of a question.
func (c *Client) request(ctx context.Context, q question, address *url.URL, token string) (*http.Request, *Error) {
	var body io.Reader
	switch {
	case q.stream != nil:
		stream, err := q.stream()
		if err != nil {
			return nil, q.fail(Invalid, "%v", err)
		}
		body = stream
		if q.size == 0 { // else it would be sent in chunks
			stream.Close()
			body = http.NoBody
		}
	case q.body != nil:
		raw, err := json.Marshal(q.body)
		if err != nil {
			return nil, q.fail(Invalid, "%v", err)
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, q.method, address.String(), body)
	if err != nil {
		if closer, ok := body.(io.Closer); ok {
			closer.Close()
		}
		return nil, q.fail(Invalid, "the address cannot be asked")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "rr")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	switch {
	case q.stream != nil:
		request.ContentLength = q.size
		request.Header.Set("Content-Type", "application/octet-stream")
	case q.body != nil:
		request.Header.Set("Content-Type", "application/json")
	}

	return request, nil
}

// sender is the HTTP client, which follows nothing: what it is sent to does not
// get the token.
func (c *Client) sender() *http.Client {
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	return &client
}

// refusal is the error of an answer that is not 2xx. Of a write that ended in
// one that the API itself does not give it is not known whether it was done.
func refusal(q question, response *http.Response, body []byte, now time.Time) *Error {
	said := saidBy(body)
	e := &Error{Op: q.op, Kind: kindOfStatus(response.StatusCode, said), Status: response.StatusCode, Text: said}
	e.Until = limitedUntil(now, response.StatusCode, response.Header)
	if q.silent {
		e.Text = ""
	}
	if response.StatusCode < 400 {
		e.Text = "it is a redirect, which is not followed"
		if to, err := response.Location(); err == nil && !q.silent {
			e.Text += ": to " + line(to.Hostname(), 100)
		}
	}
	e.lost = q.write() && e.Kind == Unavailable

	return e
}

// blot makes a secret unreadable wherever it is in a text. What is too short to
// be one would spoil the text.
func blot(text, secret string) string {
	if len(secret) < 8 {
		return text
	}

	return strings.ReplaceAll(text, secret, "[redacted]")
}

// whereNot tells where an answer is not as expected, without what is there: the
// errors of encoding/json quote it.
func whereNot(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s at byte %d is no %s", line(kind.Field, 100), kind.Offset, kind.Type)
	}

	return "it cannot be read"
}

// lost says that a write of this error may have been done.
func lost(err error) bool { return errors.Is(err, schemas.ErrOutcomeUnknown) }
