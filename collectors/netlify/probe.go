package netlify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"rr/schemas"
)

// States of an endpoint.
const (
	stateOK      = "ok"
	stateSuspect = "suspect" // it failed once
	stateFailing = "failing" // it failed twice in a row or more
)

// maxRedirects is how many redirects on one host are followed.
const maxRedirects = 3

// answered is how one request fared.
type answered struct {
	status int    // 0 where there was no answer
	err    string // why there was none
	took   time.Duration
}

// ask sends one request, and counts how it fared unless rr itself gave it up.
func (e *endpoint) ask(ctx context.Context, transport http.RoundTripper, background Background, now func() time.Time) {
	began := now()
	got, err := request(ctx, e.probe, transport, background)
	if ctx.Err() != nil {
		return
	}
	got.took = max(0, now().Sub(began))
	if err != nil {
		got.err = told(err)
	}
	e.asked, e.last = began, got
	if e.healthy() {
		e.failures = 0
	} else {
		e.failures++
	}
}

// request asks and reads no more than the head of the answer.
func request(ctx context.Context, probe schemas.Probe, transport http.RoundTripper, background Background) (answered, error) {
	ctx, cancel := context.WithTimeout(ctx, probe.Timeout.Of())
	defer cancel()
	method := probe.Method
	if method != http.MethodHead {
		method = http.MethodGet // nothing that changes something, whatever is asked
	}
	asked, err := http.NewRequestWithContext(ctx, method, probe.URL, nil)
	if err != nil {
		return answered{}, errors.New("the address cannot be asked")
	}
	asked.Header.Set("User-Agent", "rr")
	client := http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if next.URL.Host != via[0].URL.Host || next.URL.Scheme != via[0].URL.Scheme || len(via) > maxRedirects || background.of(next.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	response, err := client.Do(asked)
	if err != nil {
		return answered{}, err
	}
	response.Body.Close()

	return answered{status: response.StatusCode}, nil
}

// healthy tells whether the last answer is what is wanted.
func (e *endpoint) healthy() bool {
	switch {
	case e.last.status == 0:
		return false
	case e.probe.Status != 0:
		return e.last.status == e.probe.Status
	}

	return e.last.status < 500
}

// facts is what is known of the endpoint.
func (e *endpoint) facts() schemas.Endpoint {
	facts := schemas.Endpoint{URL: shown(e.probe.URL), State: stateOK, Error: e.last.err, Failures: e.failures}
	switch {
	case e.failures == 1:
		facts.State = stateSuspect
	case e.failures > 1:
		facts.State = stateFailing
	}
	took := e.last.took.Milliseconds()
	facts.TookMS = &took
	if e.last.status != 0 {
		facts.Status = &e.last.status
	}

	return facts
}

// shown is an address without what may be a secret in it.
func shown(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return ""
	}

	return (&url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path}).String()
}

// told is why there was no answer, without the address, whose query may be a
// secret.
func told(err error) string {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var name *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &name):
		return fmt.Sprintf("the name %s is not known", name.Name)
	}
	text := err.Error()

	return text[:min(len(text), 200)]
}
