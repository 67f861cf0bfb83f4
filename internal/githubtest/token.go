package githubtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var tokenPath = regexp.MustCompile(`^/app/installations/\d+/access_tokens$`)

// anonymous is the token of one who sends none.
const anonymous = ""

// authenticate finds the token of a request. The routes of apps want a JWT,
// which their handler checks.
func (s *Server) authenticate(r *http.Request, where string) (token *Token, name string, known bool) {
	header := r.Header.Get("Authorization")
	scheme, name, _ := strings.Cut(header, " ")
	if tokenPath.MatchString(where) {
		return &Token{Login: "app"}, name, true
	}
	if header == "" {
		if s.world.Tokens[anonymous] == nil {
			s.world.Tokens[anonymous] = &Token{Limit: 60}
		}
		return s.world.Tokens[anonymous], anonymous, true
	}
	if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "token") || name == anonymous {
		return nil, name, false
	}
	token = s.world.Tokens[name]
	if token == nil || !token.ExpiresAt.IsZero() && !s.now().Before(token.ExpiresAt) {
		return nil, name, false
	}

	return token, name, true
}

func resourceOf(where string) string {
	switch {
	case strings.HasPrefix(where, "/search/"):
		return "search"
	case where == "/rate_limit", strings.HasPrefix(where, "/app/"):
		return ""
	}

	return "core"
}

// allowed opens a new window when the last has ended, and reports whether there
// is a request left in it.
func (t *Token) allowed(resource string, now time.Time) bool {
	switch resource {
	case "core":
		if !now.Before(t.ResetAt) {
			t.Used, t.ResetAt = 0, now.Add(time.Hour)
		}
		return t.Used < t.limit()
	case "search":
		if !now.Before(t.SearchResetAt) {
			t.SearchUsed, t.SearchResetAt = 0, now.Add(time.Minute)
		}
		return t.SearchUsed < searchLimit
	}

	return true
}

const searchLimit = 30 // a minute

func (t *Token) limit() int {
	if t.Limit == 0 {
		return 5000
	}

	return t.Limit
}

func (t *Token) count(resource string) {
	switch resource {
	case "core":
		t.Used++
	case "search":
		t.SearchUsed++
	}
}

func (s *Server) limitHeaders(header http.Header, t *Token, resource string) {
	limit, used, reset := t.limit(), t.Used, t.ResetAt
	if resource == "search" {
		limit, used, reset = searchLimit, t.SearchUsed, t.SearchResetAt
	}
	if resource != "" {
		header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
		header.Set("X-RateLimit-Used", strconv.Itoa(used))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(max(limit-used, 0)))
		header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
		header.Set("X-RateLimit-Resource", resource)
	}
	if t.Scopes != nil {
		header.Set("X-OAuth-Scopes", strings.Join(t.Scopes, ", "))
		if header.Get("X-Accepted-OAuth-Scopes") == "" {
			header.Set("X-Accepted-OAuth-Scopes", "")
		}
	}
	if !t.ExpiresAt.IsZero() && !t.app {
		header.Set("GitHub-Authentication-Token-Expiration", t.ExpiresAt.UTC().Format("2006-01-02 15:04:05 MST"))
	}
}

// permit is nil when the token may use a route that needs a permission.
func (c *call) permit(p permission) *reply {
	if c.repo != nil && c.repo.Private && (c.name == anonymous || c.token.Scopes != nil && !slices.Contains(c.token.Scopes, "repo")) {
		return refusal(problem(http.StatusNotFound, "Not Found"))
	}
	writes := p.level == "write"
	switch {
	case p.name == "":
		return nil
	case c.name == anonymous && (writes || p.admin):
		return refusal(problem(http.StatusUnauthorized, "Requires authentication"))
	case c.token.Scopes == nil && c.name != anonymous && !c.token.may(p.name, p.level):
		text := "Resource not accessible by personal access token"
		if c.token.app {
			text = "Resource not accessible by integration"
		}
		r := problem(http.StatusForbidden, text)
		r.header = map[string]string{"X-Accepted-GitHub-Permissions": p.name + "=" + p.level}
		return &r
	case c.token.Scopes != nil && writes && !slices.Contains(c.token.Scopes, "repo") && !slices.Contains(c.token.Scopes, "public_repo"):
		r := problem(http.StatusNotFound, "Not Found")
		r.header = map[string]string{"X-Accepted-OAuth-Scopes": "public_repo, repo"}
		return &r
	case p.admin && c.token.Scopes != nil && !c.token.Admin:
		return refusal(problem(http.StatusForbidden, "Must have admin rights to Repository."))
	case writes && c.repo != nil && c.repo.Archived:
		return refusal(problem(http.StatusForbidden, "Repository was archived so is read-only."))
	}

	return nil
}

func refusal(r reply) *reply { return &r }

func (t *Token) may(name, level string) bool {
	if t.Permissions == nil {
		return true
	}
	has := t.Permissions[name]

	return has == "write" || has == "admin" || has == level
}

// installationToken gives an app's installation a token for an hour.
func (c *call) installationToken() reply {
	app, found := c.app()
	if !found {
		return problem(http.StatusUnauthorized, "A JSON web token could not be decoded")
	}
	id, _ := strconv.ParseInt(c.PathValue("id"), 10, 64)
	installation, found := app.Installations[id]
	switch {
	case !found:
		return problem(http.StatusNotFound, "Integration not found")
	case installation.Suspended:
		return problem(http.StatusForbidden, "This installation has been suspended")
	}
	token := fmt.Sprintf("ghs_fakeInstallationToken%d", c.world.id())
	until := c.s.now().Add(time.Hour).UTC().Truncate(time.Second)
	c.world.Tokens[token] = &Token{Login: "app[bot]", Permissions: installation.Permissions, ExpiresAt: until, Admin: true, app: true}
	permissions := map[string]any{"metadata": "read"}
	for name, level := range installation.Permissions {
		permissions[name] = level
	}

	return created(map[string]any{"token": token, "expires_at": stamp(until), "permissions": permissions, "repository_selection": "all"})
}

// app checks the JWT of a call by the wall clock, by which it was made.
func (c *call) app() (*App, bool) {
	parts := strings.Split(c.name, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var claims struct {
		Issuer    json.RawMessage `json:"iss"`
		ExpiresAt int64           `json:"exp"`
		IssuedAt  int64           `json:"iat"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return nil, false
	}
	id, _ := strconv.ParseInt(strings.Trim(string(claims.Issuer), `"`), 10, 64)
	app, found := c.world.Apps[id]
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if !found || err != nil {
		return nil, false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	now := time.Now().Unix()
	if claims.IssuedAt > now || claims.ExpiresAt <= now || claims.ExpiresAt > now+600 {
		return nil, false
	}

	return app, rsa.VerifyPKCS1v15(app.Key, crypto.SHA256, digest[:], signature) == nil
}
