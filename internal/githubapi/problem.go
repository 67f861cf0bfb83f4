package githubapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

// Kind is what sort of problem a call met.
type Kind string

// The kinds of problems, by what is to be done about them.
const (
	Unauthorized Kind = "unauthorized" // no token, or one that GitHub does not take: a person
	Forbidden    Kind = "forbidden"    // the token may not; Message names the permission where GitHub does
	Limited      Kind = "limited"      // wait until Until
	Scope        Kind = "scope"        // a classic token lacks the scope that Message names
	NotFound     Kind = "not_found"    // it is not there, or not for this token
	Invalid      Kind = "invalid"      // GitHub refuses the request itself: 422, 409 and other 4xx
	Unavailable  Kind = "unavailable"  // no answer of GitHub's: later
	Redirect     Kind = "redirect"     // an answer that leads away from the API host
)

// Problem is an error as a fact: what sort it is, in words that may be kept and
// shown. The zero Problem is none.
type Problem struct {
	Kind    Kind
	Status  int // of the answer; 0 without one
	Message string
	Until   time.Time // of a limit
}

// Error is the kind and the message.
func (p Problem) Error() string { return string(p.Kind) + ": " + p.Message }

// Classify tells what went wrong in a call. Message holds no token and no query
// of a URL, whatever err holds. Whether a change was made is not said here but
// by errors.Is(err, schemas.ErrOutcomeUnknown).
func Classify(err error) Problem {
	p := classify(err)
	p.Message = tell(p.Message)

	return p
}

func classify(err error) Problem {
	if err == nil {
		return Problem{}
	}
	var (
		limited     ErrLimited
		redirect    *RedirectError
		refused     *refusedTokenError
		auth        *AuthError
		unavailable *UnavailableError
	)
	switch {
	case errors.As(err, &limited):
		return Problem{Kind: Limited, Message: limited.Error(), Until: limited.Until}
	case errors.As(err, &redirect):
		return Problem{Kind: Redirect, Message: redirect.Error()}
	case errors.As(err, &refused):
		kind := Unauthorized
		if refused.Status == http.StatusForbidden || refused.Status == http.StatusTooManyRequests {
			kind = Forbidden
		}
		return Problem{Kind: kind, Status: refused.Status, Message: err.Error()}
	case errors.As(err, &unavailable):
		return Problem{Kind: Unavailable, Status: unavailable.Status, Message: unavailable.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return Problem{Kind: Unavailable, Message: "no answer in time"}
	case errors.Is(err, context.Canceled):
		return Problem{Kind: Unavailable, Message: "given up before there was an answer"}
	case errors.As(err, &auth):
		return Problem{Kind: Unauthorized, Message: auth.Error()}
	}

	return classifyGitHub(err)
}

// classifyGitHub knows go-github's errors.
func classifyGitHub(err error) Problem {
	var (
		answered  *github.ErrorResponse
		rate      *github.RateLimitError
		abuse     *github.AbuseRateLimitError
		otp       *github.TwoFactorAuthError
		malformed *json.SyntaxError
		mistyped  *json.UnmarshalTypeError
		dated     *time.ParseError
		transfer  *url.Error
	)
	switch {
	case errors.As(err, &answered):
		return classifyAnswer(answered)
	case errors.As(err, &rate):
		return Problem{Kind: Limited, Status: http.StatusForbidden, Message: rate.Message, Until: rate.Rate.Reset.Time}
	case errors.As(err, &abuse):
		return Problem{Kind: Limited, Status: http.StatusForbidden, Message: abuse.Message}
	case errors.As(err, &otp):
		return Problem{Kind: Unauthorized, Status: http.StatusUnauthorized, Message: "a one-time password is asked for: use a token"}
	case errors.As(err, &malformed), errors.As(err, &mistyped), errors.As(err, &dated):
		return Problem{Kind: Unavailable, Message: "the answer has another form than GitHub's: " + err.Error()}
	case errors.As(err, &transfer):
		return Problem{Kind: Unavailable, Message: transfer.Err.Error()}
	}

	return Problem{Kind: Unavailable, Message: err.Error()}
}

func classifyAnswer(answered *github.ErrorResponse) Problem {
	if answered.Response == nil {
		return Problem{Kind: Unavailable, Message: answered.Message}
	}
	p := Problem{Kind: Invalid, Status: answered.Response.StatusCode, Message: messageOfAnswer(answered)}
	switch p.Status {
	case http.StatusUnauthorized:
		p.Kind = Unauthorized
	case http.StatusForbidden:
		p.Kind = Forbidden
		p.Message += permissions(answered.Response.Header)
	case http.StatusNotFound, http.StatusGone:
		p.Kind = NotFound
		if scope := missingScope(answered.Response); scope != "" {
			p.Kind = Scope
			p.Message = "the token lacks the scope " + scope + ", or it is not there: " + p.Message
		}
	default:
		if p.Status >= 300 && p.Status < 400 {
			p.Kind, p.Message = Redirect, "redirected without an address that can be followed"
		}
	}

	return p
}

func messageOfAnswer(answered *github.ErrorResponse) string {
	parts := []string{answered.Message}
	if answered.Message == "" {
		parts[0] = http.StatusText(answered.Response.StatusCode)
	}
	for _, e := range answered.Errors[:min(len(answered.Errors), 5)] {
		about := strings.Trim(e.Resource+"."+e.Field, ".")
		parts = append(parts, strings.Join(slices.DeleteFunc([]string{about, e.Code, e.Message}, func(s string) bool { return s == "" || s == "custom" }), " "))
	}

	return strings.Join(parts, "; ")
}

// permissions is what GitHub says a token of the newer kinds would need.
func permissions(header http.Header) string {
	if header.Get("X-GitHub-SSO") != "" { // its address is a secret
		return "; authorize the token for the organization's single sign-on"
	}
	if needed := header.Get("X-Accepted-GitHub-Permissions"); needed != "" {
		return "; needs " + needed
	}

	return ""
}

// missingScope is the scope of a classic token for want of which GitHub says
// 404, as far as its answer tells.
func missingScope(response *http.Response) string {
	told, classic := response.Header["X-Oauth-Scopes"]
	if !classic || len(told) == 0 {
		return ""
	}
	has := scopes(told[0])
	if response.Request != nil && !reading(response.Request.Method) && strings.Contains(response.Request.URL.Path, "/contents/.github/workflows/") && !slices.Contains(has, "workflow") {
		return "workflow"
	}
	accepted := scopes(response.Header.Get("X-Accepted-OAuth-Scopes"))
	if len(accepted) == 0 || slices.ContainsFunc(accepted, func(s string) bool { return slices.Contains(has, s) || impliedBy(s, has) }) {
		return ""
	}
	if slices.Contains(accepted, "repo") {
		return "repo"
	}

	return accepted[0]
}

// impliedBy reports whether a wider scope holds this one: repo holds
// public_repo and repo:status, admin:org holds write:org and read:org.
func impliedBy(scope string, has []string) bool {
	if (scope == "public_repo" || strings.HasPrefix(scope, "repo:") || scope == "repo_deployment") && slices.Contains(has, "repo") {
		return true
	}
	level, of, leveled := strings.Cut(scope, ":")

	return leveled && (slices.Contains(has, "admin:"+of) || level == "read" && slices.Contains(has, "write:"+of))
}
