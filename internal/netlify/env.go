package netlify

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// EnvKey is a variable that a site has, without its values.
type EnvKey struct {
	Key    string   `json:"key"`
	Scopes []string `json:"scopes"` // builds, functions, runtime, post_processing
}

// EnvKeys asks which variables a site has, its own and those of its account, by
// key. Their values are in the answer: they are not decoded, the answer is
// overwritten, and no error repeats it.
func (c *Client) EnvKeys(ctx context.Context, account, site string) ([]EnvKey, error) {
	var keys []EnvKey
	err := c.ask(ctx, question{
		op:     "ask for the variables of site " + line(site, 100),
		method: http.MethodGet,
		path:   segments("accounts", account, "env"),
		query:  url.Values{"site_id": {site}},
		silent: true,
	}, &keys)
	slices.SortFunc(keys, func(a, b EnvKey) int { return strings.Compare(a.Key, b.Key) })

	return keys, err
}
