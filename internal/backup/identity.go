package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"filippo.io/age"
)

// parseRecipients reads age recipients. A mistake is told with its place, and
// without the text where that is an identity: it would be a secret in a log.
func parseRecipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for i, text := range texts {
		if strings.Contains(strings.ToUpper(text), "AGE-SECRET-KEY") {
			return nil, fmt.Errorf("recipient %d is an identity, the secret half: name what age-keygen -y prints", i+1)
		}
		some, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(some) != 1 {
			return nil, fmt.Errorf("recipient %d, %q, is no age recipient: want one like age1...", i+1, text)
		}
		all = append(all, some...)
	}

	return all, nil
}

// recipientsHash is equal for equal recipients in any order. A backup for other
// recipients is not the same backup.
func recipientsHash(texts []string) string {
	texts = slices.Sorted(slices.Values(texts))
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))

	return hex.EncodeToString(sum[:8])
}

// IdentityFile gives the identities of a file that nobody but its owner may
// read. It is read each time.
func IdentityFile(path string) func() ([]age.Identity, error) {
	return func() ([]age.Identity, error) {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("%s may be read by others: chmod 600 it", path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}

		return parseIdentities(text, path)
	}
}

// IdentityText gives the identities of a text, such as an environment variable.
func IdentityText(text, name string) func() ([]age.Identity, error) {
	return func() ([]age.Identity, error) { return parseIdentities([]byte(text), name) }
}

// parseIdentities tells where it found them, never what is there.
func parseIdentities(text []byte, where string) ([]age.Identity, error) {
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New(where + " holds no age identities")
	}

	return identities, nil
}
