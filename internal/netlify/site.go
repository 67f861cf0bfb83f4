package netlify

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Site is a site with the deploy that it shows.
type Site struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	State       string        `json:"state"` // current, or why not
	AccountID   string        `json:"account_id"`
	AccountSlug string        `json:"account_slug"`
	URL         string        `json:"ssl_url"`
	Published   *Deploy       `json:"published_deploy"` // nil before the first one
	Build       BuildSettings `json:"build_settings"`
	UpdatedAt   Time          `json:"updated_at"`
}

// BuildSettings is what rr needs of how Netlify builds a site. The command, the
// repository and the environment are not read: they may hold secrets.
type BuildSettings struct {
	Branch       string `json:"repo_branch"`
	Publish      string `json:"dir"`
	FunctionsDir string `json:"functions_dir"`
	Stopped      bool   `json:"stop_builds"`
}

// siteID is the shape of an id.
var siteID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Site asks for a site by its id, its domain, or its name at Netlify. The
// answer's ID is what the other questions want.
func (c *Client) Site(ctx context.Context, site string) (Site, error) {
	op := "ask for site " + line(site, 100)
	if !siteID.MatchString(site) && !strings.Contains(site, ".") {
		id, err := c.siteNamed(ctx, op, site)
		if err != nil {
			return Site{}, err
		}
		site = id
	}
	var s Site
	err := c.get(ctx, op, segments("sites", site), nil, &s)
	if err == nil && s.ID == "" {
		return Site{}, &Error{Op: op, Kind: Unavailable, Text: "the answer has no id"}
	}

	return s, err
}

// siteNamed finds the id of the site of exactly this name. The API's own filter
// finds names that hold it too.
func (c *Client) siteNamed(ctx context.Context, op, name string) (string, error) {
	if name == "" {
		return "", &Error{Op: op, Kind: Invalid, Text: "its name is empty"}
	}
	var sites []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	query := url.Values{"name": {name}, "filter": {"all"}, "per_page": {"100"}}
	if err := c.get(ctx, op, "sites", query, &sites); err != nil {
		return "", err
	}
	for _, s := range sites {
		if s.Name == name && s.ID != "" {
			return s.ID, nil
		}
	}

	return "", &Error{Op: op, Kind: NotFound, Text: "the token's owner has no site of this name"}
}

// get asks for something.
func (c *Client) get(ctx context.Context, op, path string, query url.Values, into any) error {
	return c.ask(ctx, question{op: op, method: http.MethodGet, path: path, query: query}, into)
}

// segments joins a path of which each part is one segment, whatever it holds.
func segments(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = url.PathEscape(part)
		if part == "." || part == ".." {
			escaped[i] = strings.ReplaceAll(part, ".", "%2E")
		}
	}

	return strings.Join(escaped, "/")
}
