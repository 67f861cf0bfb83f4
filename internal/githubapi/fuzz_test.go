package githubapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzTell holds that whatever is told is one bounded line without a token.
func FuzzTell(f *testing.F) {
	f.Add("Bearer abcdefghijklmnopqrstuvwxyz", "ghp_0123456789abcdef")
	f.Add("https://logs.example/x?sig=", "github_pat_0123456789abcdef")
	f.Add("\x00\n\xff", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln")
	f.Fuzz(func(t *testing.T, text, _ string) {
		const token = "ghp_theTokenThatIsHidden0123"
		told := tell(text + " " + token + " " + text)
		if strings.Contains(told, token) || strings.ContainsAny(told, "\n\r\x00") || len(told) > maxMessage+8 || !utf8.ValidString(told) {
			t.Errorf("tell(%q) = %q", text, told)
		}
	})
}

// FuzzLimits holds that no header holds calls for longer than the clamps, nor
// lets a refusal for a limit pass without an end.
func FuzzLimits(f *testing.F) {
	f.Add(403, "5000", "0", "1772370000", "", "core", "Sun, 01 Mar 2026 12:00:00 GMT", "rate limit")
	f.Add(429, "", "", "", "9223372036854775807", "", "", "")
	f.Add(200, "-1", "99999999999999999999", "-5", "Sun, 01 Mar 2099 12:00:00 GMT", "x", "soon", "secondary rate limit")
	f.Fuzz(func(t *testing.T, status int, limit, remaining, reset, after, resource, date, body string) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		l := &limits{now: func() time.Time { return now }}
		header := http.Header{}
		for name, value := range map[string]string{"X-RateLimit-Limit": limit, "X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset, "Retry-After": after, "X-RateLimit-Resource": resource, "Date": date} {
			header.Set(name, value)
		}
		err := l.notice("me", core, &http.Response{StatusCode: status, Header: header}, []byte(body))
		if limited, is := err.(ErrLimited); err != nil && (!is || !limited.Until.After(now)) {
			t.Errorf("notice = %v, want a limit that ends later", err)
		}
		now = now.Add(maxPrimary)
		if err := l.allows("me", core); err != nil {
			t.Errorf("after %s: %v", maxPrimary, err)
		}
	})
}

// FuzzLinks holds that no next page on another host is let through.
func FuzzLinks(f *testing.F) {
	f.Add(`<https://api.github.com/x?page=2>; rel="next"`)
	f.Add(`<https://evil.example/?page=2>; rel="next", </x>`)
	f.Add(`<//evil.example/>; rel="next"`)
	f.Fuzz(func(t *testing.T, link string) {
		base, err := parseBaseURL("")
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Link": {link}}
		if (&transport{base: base}).checkLinks(header) != nil {
			return
		}
		for _, part := range strings.Split(link, ",") {
			address, ok := strings.CutPrefix(strings.TrimSpace(part), "<")
			address, _, closed := strings.Cut(address, ">")
			if u, err := url.Parse(address); ok && closed && err == nil && u.Host != "" && !strings.EqualFold(u.Hostname(), "api.github.com") {
				t.Errorf("checkLinks(%q) lets %s through", link, u.Host)
			}
		}
	})
}
