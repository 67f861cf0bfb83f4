package githubapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/bradleyfalzon/ghinstallation/v2"
)

// App authenticates as an installation of a GitHub App. Its tokens last an hour
// and are renewed a minute before they end.
type App struct {
	ID           int64
	Installation int64
	KeyFile      string // PEM, as GitHub gave it; read again whenever a token was refused

	mu           sync.Mutex
	base         string
	through      http.RoundTripper
	installation *ghinstallation.Transport
}

// bind tells the app where and through what to ask for its tokens.
func (a *App) bind(base string, through http.RoundTripper) error {
	if a.ID <= 0 || a.Installation <= 0 || a.KeyFile == "" {
		return errors.New("github app: want an app id, an installation id and a key file")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.through != nil {
		return errors.New("github app: one App serves one client")
	}
	a.base, a.through = strings.TrimSuffix(base, "/"), tokenAnswers{through}

	return nil
}

// Credential is the installation's token of this hour. Its identity outlives
// the token: GitHub checks a remembered answer against the token that asks.
func (a *App) Credential(ctx context.Context) (Credential, error) {
	installation, err := a.current()
	if err != nil {
		return Credential{}, err
	}
	token, err := installation.Token(ctx)
	if err != nil {
		return Credential{}, fmt.Errorf("token of github app %d, installation %d: %w", a.ID, a.Installation, rootOf(err))
	}
	credential, err := newCredential(token)
	credential.Identity = digest(fmt.Sprintf("app %d installation %d", a.ID, a.Installation))

	return credential, err
}

// forget drops a token that was refused, so that the next request has a new one.
func (a *App) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.installation = nil
}

func (a *App) current() (*ghinstallation.Transport, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.through == nil {
		return nil, errors.New("github app: not part of a client")
	}
	if a.installation != nil {
		return a.installation, nil
	}
	key, err := os.ReadFile(a.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("key of github app %d: %w", a.ID, err)
	}
	installation, err := ghinstallation.New(a.through, a.ID, a.Installation, key)
	if err != nil {
		return nil, fmt.Errorf("key of github app %d: %s is no RSA private key in PEM", a.ID, a.KeyFile)
	}
	installation.BaseURL = a.base
	a.installation = installation

	return installation, nil
}

// rootOf takes the cause out of ghinstallation's layers, each of which says the
// same.
func rootOf(err error) error {
	var failed *ghinstallation.HTTPError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.RootCause != nil {
		return failed.RootCause
	}

	return err
}

// tokenAnswers refuses answers that ghinstallation takes and should not: an
// empty token, and null, on which it panics.
type tokenAnswers struct{ next http.RoundTripper }

func (t tokenAnswers) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body) // already bounded by the exchange
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if response.StatusCode/100 != 2 {
		return nil, &refusedTokenError{Status: response.StatusCode, message: messageOf(body)}
	}
	var answer struct {
		Token     string `json:"token"`
		ExpiresAt string `json:"expires_at"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Token == "" || answer.ExpiresAt == "" {
		return nil, &UnavailableError{Reason: "the answer holds no installation token"}
	}

	return response, nil
}

// refusedTokenError is GitHub's refusal to give an installation a token.
type refusedTokenError struct {
	Status  int
	message string
}

func (e *refusedTokenError) Error() string {
	return fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), e.message)
}
