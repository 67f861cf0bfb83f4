package githubapi

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

const redacted = "[redacted]"

// secretShapes are the forms of GitHub's tokens, of JWTs and of whatever
// follows the name of a secret in a header or a query.
var secretShapes = regexp.MustCompile(`gh[opusr]_[A-Za-z0-9_.-]{8,}` +
	`|github_pat_[A-Za-z0-9_]{8,}` +
	`|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*` +
	`|(?i:\b(?:bearer|basic|token)\s+)[A-Za-z0-9_~+/.=-]{16,}`)

// queries are the queries of URLs, which hold signatures and tokens.
var queries = regexp.MustCompile(`(https?://[^\s"'<>?]*)\?[^\s"'<>]*`)

// maxMessage bounds what is told of a foreign text, in bytes.
const maxMessage = 400

// tell makes a foreign text fit to be told: one line, bounded, without
// anything that looks like a secret.
func tell(text string) string {
	if most := 10 * maxMessage; len(text) > most { // and no half of a secret at the cut
		text = text[:most]
		text = text[:strings.LastIndexAny(text, " \t\n,;")+1]
	}
	text = strings.ToValidUTF8(text, "")
	text = queries.ReplaceAllString(text, "$1")
	text = secretShapes.ReplaceAllString(text, redacted)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}

	return text
}

// without takes a secret out of bytes that came from outside.
func without(body []byte, secret string) []byte {
	if secret == "" {
		return body
	}

	return bytes.ReplaceAll(body, []byte(secret), []byte(redacted))
}

// messageOf is what an answer says in GitHub's form of an error.
func messageOf(body []byte) string {
	var answer struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Message == "" {
		return "no message"
	}

	return tell(answer.Message)
}
