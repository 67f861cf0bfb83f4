package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Remote is where a checkout comes from. It holds nothing else of the address:
// people keep tokens there.
type Remote struct {
	Host        string // lower case, without a port
	Owner, Name string
}

// Remote reads the address of origin.
func (r *Repo) Remote(ctx context.Context) (Remote, error) {
	out, err := r.git(ctx, "remote", "get-url", "origin")
	var failed *failure
	if errors.As(err, &failed) && failed.code == 2 {
		return Remote{}, fmt.Errorf("read remote of %s: %w", r.Dir, ErrNoRemote)
	}
	if err != nil {
		return Remote{}, fmt.Errorf("read remote of %s: %w", r.Dir, err)
	}
	remote, ok := parseRemote(strings.TrimSuffix(string(out), "\n"))
	if !ok {
		return Remote{}, fmt.Errorf("read remote of %s: %w", r.Dir, ErrNoRemote)
	}

	return remote, nil
}

// parseRemote reads https://host/owner/name.git, ssh://git@host/owner/name and
// git@host:owner/name.
func parseRemote(address string) (Remote, bool) {
	host, path := "", ""
	if strings.Contains(address, "://") {
		u, err := url.Parse(address)
		if err != nil {
			return Remote{}, false
		}
		host, path = u.Hostname(), u.Path
	} else {
		before, after, found := strings.Cut(address, ":")
		if !found || strings.Contains(before, "/") {
			return Remote{}, false // a folder
		}
		host, path = before[strings.LastIndex(before, "@")+1:], after
	}
	owner, name, found := strings.Cut(strings.Trim(path, "/"), "/")
	name = strings.TrimSuffix(name, ".git")
	if !found || host == "" || !plainName(owner) || !plainName(name) {
		return Remote{}, false
	}

	return Remote{Host: strings.ToLower(host), Owner: owner, Name: name}, true
}

// plainName holds the letters that GitHub takes, and no part of an address.
func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	})
}
