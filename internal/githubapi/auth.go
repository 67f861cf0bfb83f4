package githubapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Auth says who asks. It is called once for each request, so that a token that
// was changed outside is taken up.
type Auth interface {
	Credential(ctx context.Context) (Credential, error)
}

// Credential is what one request is sent with.
type Credential struct {
	Token string // the secret itself

	// Identity tells one asker from another without telling the secret. Cached
	// answers and limits belong to an identity.
	Identity string
}

// TokenSource finds a token each time it is asked.
type TokenSource func() (string, error)

// Token authenticates with a token from a source.
func Token(source TokenSource) Auth {
	return tokenAuth{source}
}

type tokenAuth struct{ source TokenSource }

func (a tokenAuth) Credential(context.Context) (Credential, error) {
	token, err := a.source()
	if err != nil {
		return Credential{}, err
	}

	return newCredential(token)
}

// maxToken is far above the longest token that GitHub gives (a JWT of 1 KB).
const maxToken = 8 << 10

// newCredential checks what was found, and never tells it.
func newCredential(token string) (Credential, error) {
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return Credential{}, errors.New("the token is empty")
	case len(token) > maxToken:
		return Credential{}, fmt.Errorf("the token has more than %d bytes", maxToken)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return Credential{}, errors.New("the token holds a space or a character that no token has")
	}

	return Credential{Token: token, Identity: digest(token)}, nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))

	return hex.EncodeToString(sum[:16])
}

// Env reads the token from a variable of the environment.
func Env(name string) TokenSource {
	return func() (string, error) {
		token, found := os.LookupEnv(name)
		if !found || strings.TrimSpace(token) == "" {
			return "", fmt.Errorf("$%s is not set", name)
		}

		return token, nil
	}
}

// File reads the token from a file, of which it is the only line.
func File(path string) TokenSource {
	return func() (string, error) {
		file, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		defer file.Close()
		if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
			return "", fmt.Errorf("read the token: %s is not a file", path)
		}
		token, err := io.ReadAll(io.LimitReader(file, maxToken+1))
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}

		return string(token), nil
	}
}
