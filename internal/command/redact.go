package command

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// shortest is the length from which on a value can be a secret, in bytes. What
// is shorter would spoil every text.
const shortest = 4

// Redact makes secrets unreadable wherever they are in a text, also as an
// address, as JSON or as base64 would hold them, and each line of them that is
// long enough.
func Redact(text string, secrets []string) string {
	for _, form := range forms(secrets) {
		text = strings.ReplaceAll(text, form, "[redacted]")
	}

	return text
}

// forms are the texts by which secrets could be read, the longest first, so that
// one which holds another is blotted out as a whole.
func forms(secrets []string) []string {
	var all []string
	add := func(form string) {
		if len(form) >= shortest && !slices.Contains(all, form) {
			all = append(all, form)
		}
	}
	for _, secret := range secrets {
		if len(strings.TrimSpace(secret)) < shortest {
			continue
		}
		add(secret)
		add(strings.TrimSpace(secret))
		add(url.QueryEscape(secret))
		add(url.PathEscape(secret))
		if quoted, err := json.Marshal(secret); err == nil {
			add(strings.Trim(string(quoted), `"`))
		}
		add(strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="))
		for line := range strings.Lines(secret) {
			add(strings.TrimSpace(line))
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })

	return all
}

// longest is how long the longest form of a secret is, in bytes.
func longest(secrets []string) int {
	if all := forms(secrets); len(all) > 0 {
		return len(all[0])
	}

	return 0
}

// Environ is the environment of a program: PATH, HOME and LANG, and what is
// named, as far as there is a value. The values of what is named are secrets.
func Environ(lookup func(string) string, names []string) (env, secrets []string) {
	for _, name := range []string{"PATH", "HOME", "LANG"} {
		if value := lookup(name); value != "" && !slices.Contains(names, name) {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range names {
		value := lookup(name)
		if value == "" {
			continue
		}
		env = append(env, name+"="+value)
		if !slices.Contains([]string{"PATH", "HOME", "LANG"}, name) {
			secrets = append(secrets, value)
		}
	}

	return env, secrets
}
