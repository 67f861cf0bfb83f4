package config

import (
	"strings"
	"testing"
)

func TestFieldsThatOnlyTellOfASecretAreTaken(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]bool{
		`github: web: {repo: "acme/web", gh_token: true}`:                                                    false,
		`github: web: {repo: "acme/web", warn: token_expires: "24h"}`:                                        false,
		`github: web: {repo: "acme/web", gh_token: "ghp_0123456789abcdef0123456789abcdef0123"}`:              true,
		`github: web: {repo: "acme/web", warn: token_expires: "ghp_0123456789abcdef0123456789ab"}`:           true,
		`pm2: local: {}, backup: {encrypt: "none", sets: keys: {root: ".", paths: ["*.pem"], secret: true}}`: false,
		`pm2: local: {}, backup: sets: keys: {root: ".", paths: ["*.pem"], secret: "0123456789abcdef"}`:      true,
		`pm2: local: {}, _secret: "ghp_0123456789abcdef0123456789abcdef0123"`:                                true,
		`_x: gh_token: "ghp_0123456789abcdef0123456789abcdef0123"`:                                           true,
	} {
		_, err := Parse("redundancy.cue", []byte(text))
		if (err != nil) != refused || err != nil && (!strings.Contains(err.Error(), "no secret may be in this file") || strings.Contains(err.Error(), "ghp_")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
