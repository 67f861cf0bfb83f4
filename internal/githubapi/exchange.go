package githubapi

import (
	"bytes"
	"context"
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
)

// exchange sends one request to the API host and reads its whole answer,
// bounded in time and size. An answer that it gives is complete and came from
// GitHub's side of a proxy: 5xx, a hang, a cut or too large body are errors.
type exchange struct {
	carrier http.RoundTripper
	base    *apiURL
	timeout time.Duration
	maxBody int64
}

// RoundTrip implements http.RoundTripper. Its error is an *unsentError when
// nothing of the request can have reached the server.
func (e *exchange) RoundTrip(request *http.Request) (*http.Response, error) {
	if !within(e.base, request.URL) {
		closeBody(request)
		return nil, &unsentError{&RedirectError{Host: request.URL.Hostname(), Reason: "it is not the API host"}}
	}
	ctx, cancel := context.WithTimeout(request.Context(), e.timeout)
	defer cancel()
	var asked, got atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	})
	response, err := e.carrier.RoundTrip(request.Clone(traced))
	if err != nil {
		err = e.explain(request, ctx, err)
		if asked.Load() && !got.Load() {
			return nil, &unsentError{err}
		}
		return nil, err
	}
	defer response.Body.Close()
	body, err := readBounded(response.Body, e.maxBody)
	if err != nil {
		return nil, e.explain(request, ctx, err)
	}
	if response.StatusCode >= 300 {
		body = without(body, secretOf(request))
	}
	if response.StatusCode >= http.StatusInternalServerError {
		return nil, &UnavailableError{Status: response.StatusCode, Reason: messageOf(body)}
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	response.Request = withoutQuery(request) // it is told in errors

	return response, nil
}

// explain says why there is no answer. The caller's own end is told apart from
// a server that hangs.
func (e *exchange) explain(request *http.Request, ctx context.Context, err error) error {
	if ended := request.Context().Err(); ended != nil {
		return fmt.Errorf("no answer from %s: %w", request.URL.Hostname(), ended)
	}
	if ctx.Err() != nil {
		return &UnavailableError{Reason: fmt.Sprintf("no answer from %s within %s", request.URL.Hostname(), e.timeout), err: context.DeadlineExceeded}
	}
	var large *http.MaxBytesError
	var dns *net.DNSError
	var op *net.OpError
	reason := "the connection to %s broke"
	switch {
	case errors.As(err, &large):
		return &UnavailableError{Reason: fmt.Sprintf("the answer has more than %d bytes", large.Limit)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &UnavailableError{Reason: "the answer was cut off", err: err}
	case errors.As(err, &dns):
		reason = "the name %s was not found"
	case errors.As(err, &op) && op.Op == "dial":
		reason = "no connection to %s"
	}
	cause := errors.New(tell(strings.ReplaceAll(err.Error(), secretOr(request), redacted)))

	return &UnavailableError{Reason: fmt.Sprintf(reason, request.URL.Hostname()) + ": " + cause.Error(), err: cause}
}

// readBounded reads all of it, or fails with an *http.MaxBytesError.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}

	return body, nil
}

// unsentError marks an error before which nothing was sent.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// secretOf is the token that a request carries.
func secretOf(request *http.Request) string {
	_, secret, _ := strings.Cut(request.Header.Get("Authorization"), " ")

	return secret
}

// secretOr is secretOf for a replacement, which must not be of nothing.
func secretOr(request *http.Request) string {
	if secret := secretOf(request); secret != "" {
		return secret
	}

	return "\x00"
}

// withoutQuery is a request as it may be told: where to, without a query or a
// header.
func withoutQuery(request *http.Request) *http.Request {
	plain := request.Clone(request.Context())
	plain.URL = &url.URL{Scheme: request.URL.Scheme, Host: request.URL.Host, Path: request.URL.Path}
	plain.Header = http.Header{}
	plain.Body = nil

	return plain
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		request.Body.Close()
	}
}
