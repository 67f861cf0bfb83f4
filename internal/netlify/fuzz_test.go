package netlify

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzAnswer gives any bytes as an answer of any status to every question:
// nothing panics, no secret is in an error, and what is decoded can be shown.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"id":"s","name":"shop","published_deploy":{"id":"d","state":"ready","created_at":"2026-01-01T00:00:00.000Z","available_functions":[{"n":"hello"}],"locked":true}}`,
		`[{"id":"d","state":"error","error_message":"no\n","published_at":null}]`,
		`[{"key":"API_KEY","scopes":["builds"],"values":[{"value":"x"}]}]`,
		`{"functions":[{"n":"hello"}]}`, `{"active":1,"minutes":{"current":1.5}}`, `{"state":"issued","expires_at":"2026-01-01T00:00:00Z"}`,
		`{"code":401,"message":"Access Denied"}`, `{"error":{"a":1}}`, `null`, `[null]`, `{"id":`, `<html>`, ``,
	} {
		f.Add([]byte(seed), 200, "1767225600")
		f.Add([]byte(seed), 429, "x")
		f.Add([]byte(seed), 307, "-1")
	}
	f.Fuzz(func(t *testing.T, body []byte, status int, reset string) {
		if status < 100 || status > 999 {
			return
		}
		const token = "nfp_s3crettoken"
		answer := func(r *http.Request) (*http.Response, error) {
			header := http.Header{}
			header["X-Ratelimit-Limit"], header["X-Ratelimit-Remaining"], header["X-Ratelimit-Reset"] = []string{"500"}, []string{"1"}, []string{reset}
			header["Location"], header["Retry-After"] = []string{reset}, []string{reset}
			return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(string(body) + token))}, nil
		}
		now := time.Unix(1767225600, 0)
		for _, whole := range []bool{true, false} {
			client := func() *Client {
				return &Client{Token: func() (string, error) { return token, nil }, Now: func() time.Time { return now }, HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					response, err := answer(r)
					if whole {
						response.Body = io.NopCloser(strings.NewReader(string(body)))
					}
					return response, err
				})}}
			}
			ctx := t.Context()
			site, err := client().Site(ctx, "a.netlify.app")
			check(t, token, site, err)
			deploys, _, err := client().Deploys(ctx, DeployQuery{Site: "s", Pages: 3})
			check(t, token, deploys, err)
			RollbackTarget(deploys, Deploy{CreatedAt: Time{now}})
			FailureStreak(deploys)
			for _, d := range deploys {
				d.Quiet(now)
			}
			deploy, err := client().Restore(ctx, "s", "d")
			check(t, token, deploy, err)
			keys, err := client().EnvKeys(ctx, "a", "s")
			check(t, token, keys, err)
			functions, err := client().Functions(ctx, "s")
			check(t, token, functions, err)
			build, err := client().BuildStatus(ctx, "a")
			check(t, token, build, err)
			ssl, err := client().SSL(ctx, "s")
			check(t, token, ssl, err)
			check(t, token, nil, client().TriggerBuildHook(ctx, "https://netlify.test/"+token))
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func check(t *testing.T, token string, value any, err error) {
	t.Helper()
	raw, marshal := json.Marshal(value)
	if marshal != nil {
		t.Fatalf("cannot be shown: %v", marshal)
	}
	if strings.Contains(string(raw), token) {
		t.Fatalf("the token is in %s", raw)
	}
	if err == nil {
		return
	}
	if KindOf(err) == "" {
		t.Fatalf("%v is of no kind", err)
	}
	if strings.Contains(err.Error(), token) || strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("the error is no plain line or holds the token: %q", err.Error())
	}
}

// FuzzManifest reads any bytes as a manifest: what is taken can be told to the
// API.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"version":1,"timestamp":1,"functions":[{"name":"a","path":"/a.zip","runtime":"js","buildData":{"runtimeAPIVersion":2},"routes":[{"pattern":"/a"}],"trafficRules":{"action":{"type":"rate_limit","config":{"rateLimitConfig":{"windowLimit":5},"aggregate":{}}}}}]}`))
	f.Add([]byte(`{"version":1,"functions":[{"name":"a","path":"..","runtime":"js","routes":null,"buildData":[]}]}`))
	f.Add([]byte(`{"version":1,"functions":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parseManifest(raw)
		if err != nil {
			return
		}
		for _, e := range m.Functions {
			if e.Name == "" || strings.Contains(e.Name, "/") || e.Path == "" {
				t.Fatalf("took %+v", e)
			}
			if _, err := json.Marshal(e.config()); err != nil {
				t.Fatalf("config of %q cannot be told: %v", e.Name, err)
			}
			e.apiVersion()
		}
	})
}
