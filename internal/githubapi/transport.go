package githubapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"rr/schemas"
)

// transport is the path of a request of rr's to GitHub.
type transport struct {
	base     *apiURL
	auth     Auth
	cache    Cache
	exchange *exchange
	limits   *limits
	writes   *writes
}

// RoundTrip sends a request, unless a limit stands against it. An error of a
// change that may have reached GitHub is a schemas.ErrOutcomeUnknown. A 304 is
// given as the 200 that it stands for, with the header FromCache. A redirect
// out of the API is an error here, because http.Client would tell its address
// in its own, and that can be a secret.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.call(request)
	if err != nil {
		return nil, err
	}
	if err := t.checkLocation(request, response); err != nil {
		return nil, err
	}

	return response, nil
}

// call is RoundTrip without its last check, for those who go to a redirect's
// address themselves.
func (t *transport) call(request *http.Request) (*http.Response, error) {
	if !within(t.base, request.URL) {
		closeBody(request)
		return nil, &RedirectError{Host: request.URL.Hostname(), Reason: "it is not the API host"}
	}
	if reading(request.Method) {
		return t.send(request)
	}
	if err := t.mayAsk(request); err != nil { // at once, and again once it is its turn
		closeBody(request)
		return nil, err
	}
	end, err := t.writes.begin(request.Context())
	if err != nil {
		closeBody(request)
		return nil, fmt.Errorf("wait for the write before: %w", err)
	}
	defer end()

	return t.send(request)
}

// mayAsk refuses what a limit stands against, before a credential is asked for
// where its owner is known without.
func (t *transport) mayAsk(request *http.Request) error {
	return t.limits.allows(t.limits.last(), t.resource(request))
}

func (t *transport) send(request *http.Request) (*http.Response, error) {
	credential, err := t.credential(request)
	if err != nil {
		closeBody(request)
		return nil, err
	}
	resource := t.resource(request)
	if err := t.limits.allows(credential.Identity, resource); err != nil {
		closeBody(request)
		return nil, err
	}
	outgoing, answer, key := t.prepare(request, credential)
	markSent(request)
	response, err := t.exchange.RoundTrip(outgoing)
	if err != nil {
		return nil, lost(request, err)
	}
	body, _ := io.ReadAll(response.Body) // from memory
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := t.limits.notice(credential.Identity, resource, response, body); err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusUnauthorized {
		t.forget()
	}
	response, err = t.settle(request, response, body, answer, key)
	if err != nil {
		return nil, lost(request, err)
	}

	return response, nil
}

// prepare is the request as it leaves: with the token, and with the ETag of the
// answer that is remembered.
func (t *transport) prepare(request *http.Request, credential Credential) (outgoing *http.Request, remembered Answer, key string) {
	outgoing = request.Clone(request.Context())
	outgoing.Header.Del("Authorization")
	if credential.Token != "" {
		outgoing.Header.Set("Authorization", "Bearer "+credential.Token)
	}
	if request.Method != http.MethodGet || request.Header.Get("If-None-Match") != "" {
		return outgoing, Answer{}, ""
	}
	key = cacheKey(request, credential.Identity)
	if remembered, found := t.cache.Get(key); found && remembered.usable() {
		outgoing.Header.Set("If-None-Match", remembered.ETag)
		return outgoing, remembered, key
	}

	return outgoing, Answer{}, key
}

// settle checks an answer that is complete, remembers it, or finds the one that
// it stands for.
func (t *transport) settle(request *http.Request, response *http.Response, body []byte, remembered Answer, key string) (*http.Response, error) {
	status := response.StatusCode
	if response.Header.Get("X-RateLimit-Remaining") == "0" {
		response.Header.Del("X-RateLimit-Reset") // go-github would hold calls too, by a clock of its own
	}
	switch {
	case status == http.StatusNotModified && key == "":
		return response, nil // who set If-None-Match knows what it means
	case status == http.StatusNotModified && remembered.ETag == "":
		return nil, &UnavailableError{Status: status, Reason: "not modified, which was not asked"}
	case status == http.StatusNotModified:
		restored := remembered.restore(response)
		restored.Request = request
		return restored, t.checkLinks(restored.Header)
	case status/100 == 2:
		if err := checkBody(request, status, body); err != nil {
			return nil, err
		}
		if err := t.checkLinks(response.Header); err != nil {
			return nil, err
		}
		t.remember(key, response, body)
		response.Request = request
	case status >= 400 && len(body) > 0 && !json.Valid(body):
		return nil, &UnavailableError{Status: status, Reason: fmt.Sprintf("%d with a body that is not GitHub's", status)}
	}

	return response, nil
}

func (t *transport) remember(key string, response *http.Response, body []byte) {
	etag := response.Header.Get("Etag")
	if key == "" || etag == "" || response.StatusCode != http.StatusOK || !json.Valid(body) {
		return
	}
	t.cache.Put(key, Answer{
		ETag: etag, Body: body,
		ContentType: response.Header.Get("Content-Type"), Link: strings.Join(response.Header.Values("Link"), ", "),
	})
}

// checkBody wants JSON where GitHub gives JSON: a page of a proxy or of a login
// is not an answer.
func checkBody(request *http.Request, status int, body []byte) error {
	accept := request.Header.Get("Accept")
	if strings.Contains(accept, "raw") || strings.Contains(accept, "diff") || strings.Contains(accept, "patch") || strings.HasSuffix(accept, ".sha") {
		return nil
	}
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		if request.Method == http.MethodGet && status == http.StatusOK {
			return &UnavailableError{Reason: "the answer is empty"}
		}
		return nil
	}
	if (trimmed[0] != '{' && trimmed[0] != '[') || !json.Valid(trimmed) {
		return &UnavailableError{Reason: "the answer is not JSON, as if it came from something between rr and GitHub"}
	}

	return nil
}

// checkLinks refuses next pages on another host: who says that is not GitHub.
func (t *transport) checkLinks(header http.Header) error {
	for _, link := range header.Values("Link") {
		for part := range strings.SplitSeq(link, ",") {
			_, rest, opened := strings.Cut(part, "<")
			target, _, closed := strings.Cut(rest, ">")
			if !opened || !closed {
				continue
			}
			u, err := url.Parse(target)
			if err != nil {
				return &RedirectError{Host: "a next page", Reason: "its address is not a URL"}
			}
			if resolved := t.base.ResolveReference(u); !sameHost(t.base, resolved) {
				return &RedirectError{Host: resolved.Hostname(), Reason: "a next page is not on the API host"}
			}
		}
	}

	return nil
}

func (t *transport) checkLocation(request *http.Request, response *http.Response) error {
	location := response.Header.Get("Location")
	if response.StatusCode/100 != 3 || location == "" {
		return nil
	}
	to, err := request.URL.Parse(location)
	if err != nil {
		return &RedirectError{Host: "an address", Reason: "it is not a URL"}
	}
	if !within(t.base, to) {
		return &RedirectError{Host: to.Hostname(), Reason: "it is not the API host"}
	}

	return nil
}

// checkRedirect lets http.Client follow a few times, within the API as RoundTrip
// saw to. A change is followed only as the same change.
func (t *transport) checkRedirect(next *http.Request, via []*http.Request) error {
	switch host := next.URL.Hostname(); {
	case next.Method != via[0].Method:
		return &RedirectError{Host: host, Reason: "a " + via[0].Method + " would become a " + next.Method}
	case len(via) > 3:
		return &RedirectError{Host: host, Reason: "redirected more than 3 times"}
	}

	return nil
}

func (t *transport) credential(request *http.Request) (Credential, error) {
	if t.auth == nil {
		return Credential{}, nil
	}
	if err := t.mayAsk(request); err != nil && t.asksTheNetwork() {
		return Credential{}, err
	}
	credential, err := t.auth.Credential(request.Context())
	if err != nil {
		return Credential{}, &AuthError{err}
	}

	return credential, nil
}

// asksTheNetwork reports whether asking for the credential is a request too,
// which a limit stands against as well.
func (t *transport) asksTheNetwork() bool {
	_, app := t.auth.(*App)

	return app
}

func (t *transport) forget() {
	if forgetful, ok := t.auth.(interface{ forget() }); ok {
		forgetful.forget()
	}
}

func (t *transport) resource(request *http.Request) string {
	return resourceOf(strings.TrimPrefix(request.URL.Path, t.base.Path))
}

func reading(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == ""
}

// lost marks the error of a change of which GitHub may have received enough to
// do it.
func lost(request *http.Request, err error) error {
	var unsent *unsentError
	if errors.As(err, &unsent) {
		markUnsent(request)
		return unsent.err
	}
	if reading(request.Method) {
		return err
	}

	return fmt.Errorf("%w: %w", schemas.ErrOutcomeUnknown, err)
}
