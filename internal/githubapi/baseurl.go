package githubapi

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

const publicAPI = "https://api.github.com/"

// apiURL is a base URL: absolute, with a path that ends in a slash.
type apiURL = url.URL

// parseBaseURL reads the address of the API. It wants https, because the token
// travels on it; plain http is for a server on this host.
func parseBaseURL(text string) (*apiURL, error) {
	if text == "" {
		text = publicAPI
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("base URL: not a URL") // the text may hold a password
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("base URL: %s holds a user name or password; give the token by token_env or token_file", u.Host)
	case u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("base URL: want https://HOST/, got %q", text)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("base URL: %s: a query has no place in it", u.Host)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("base URL: http://%s would send the token in the clear; use https", u.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("base URL: want https://HOST/, got scheme %q", u.Scheme)
	}
	base := &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimSuffix(u.Path, "/") + "/"}
	if base.Path == "/" && !strings.HasPrefix(base.Host, "api.") {
		base.Path = "/api/v3/"
	}

	return base, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)

	return ip != nil && ip.IsLoopback()
}

// sameHost reports whether both name one server: scheme, host and port.
func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// within reports whether u is a part of the API at base, and so may have the
// token.
func within(base, u *url.URL) bool {
	return sameHost(base, u) && u.User == nil && strings.HasPrefix(u.Path, base.Path)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}

	return "443"
}
