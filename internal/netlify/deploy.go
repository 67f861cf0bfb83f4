package netlify

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// States of a deploy that rr tells apart; the API has more on the way to ready.
const (
	StateNew           = "new" // its content has not been told yet
	StatePreparing     = "preparing"
	StatePrepared      = "prepared"
	StateUploading     = "uploading" // it waits for what it requires
	StateUploaded      = "uploaded"
	StateProcessing    = "processing"
	StatePendingReview = "pending_review" // it waits for a person
	StateReady         = "ready"
	StateError         = "error"
	StateRejected      = "rejected"
)

// ContextProduction is the context of deploys that the site may show.
const ContextProduction = "production"

// Deploy is one deploy of a site.
type Deploy struct {
	ID        string `json:"id"`
	SiteID    string `json:"site_id"`
	BuildID   string `json:"build_id"`
	State     string `json:"state"`
	Error     string `json:"error_message"` // the API's own words, at most MaxErrorText bytes
	Branch    string `json:"branch"`
	CommitRef string `json:"commit_ref"` // empty of a deploy that no commit caused
	Context   string `json:"context"`    // production, deploy-preview, branch-deploy
	URL       string `json:"deploy_ssl_url"`
	Locked    *bool  `json:"locked"` // that no newer one is published by itself; nil when the API does not say
	Draft     bool   `json:"draft"`
	Skipped   bool   `json:"skipped"` // nothing had changed: its error is none

	CreatedAt   Time `json:"created_at"`
	UpdatedAt   Time `json:"updated_at"`
	PublishedAt Time `json:"published_at"` // zero of one that never was

	Functions []Function `json:"available_functions"`
	Schedules []Schedule `json:"function_schedules"`

	Required          []string `json:"required"`           // SHA-1 of files that the API has not
	RequiredFunctions []string `json:"required_functions"` // SHA-256 of zips that the API has not
}

// Function is a deployed function.
type Function struct {
	Name string `json:"n"`
}

// Schedule is when a deployed function runs by itself.
type Schedule struct {
	Name string `json:"name"`
	Cron string `json:"cron"`
}

// MaxErrorText is how much is kept of what the API says of a failed deploy, in
// bytes.
const MaxErrorText = 2000

// DeployQuery says which deploys to ask for.
type DeployQuery struct {
	Site       string // id
	State      string // only of this state; empty for all
	Branch     string // only of this branch; empty for all
	Production bool   // only of the production context
	PerPage    int    // 1 to 100; 0 is 20
	Pages      int    // at most; 0 is 1
}

// maxPages bounds a listing whatever is asked for.
const maxPages = 50

// Deploys asks for deploys, newest first. complete says that there are no more
// than these.
func (c *Client) Deploys(ctx context.Context, q DeployQuery) (deploys []Deploy, complete bool, err error) {
	per, pages := min(max(q.PerPage, 0), 100), min(max(q.Pages, 1), maxPages)
	if per == 0 {
		per = 20
	}
	query := url.Values{"per_page": {strconv.Itoa(per)}}
	if q.State != "" {
		query.Set("state", q.State)
	}
	if q.Branch != "" {
		query.Set("branch", q.Branch)
	}
	if q.Production {
		query.Set("production", "true")
	}
	op := "ask for deploys of site " + line(q.Site, 100)
	seen := map[string]bool{}
	for page := range pages {
		query.Set("page", strconv.Itoa(page+1))
		var some []Deploy
		if err := c.get(ctx, op, segments("sites", q.Site, "deploys"), query, &some); err != nil {
			return nil, false, err
		}
		for _, d := range some {
			if d.ID == "" {
				return nil, false, &Error{Op: op, Kind: Unavailable, Text: "a deploy has no id"}
			}
			if !seen[d.ID] { // a new one moves the rest on to the next page
				seen[d.ID] = true
				deploys = append(deploys, d.tidy())
			}
		}
		if len(some) < per {
			return deploys, true, nil
		}
	}

	return deploys, false, nil
}

// Deploy asks for one deploy.
func (c *Client) Deploy(ctx context.Context, site, deploy string) (Deploy, error) {
	return c.deploy(ctx, question{op: "ask for deploy " + line(deploy, 100), method: http.MethodGet, path: segments("sites", site, "deploys", deploy)})
}

// Restore publishes a deploy that was ready before. Done twice it is done once.
func (c *Client) Restore(ctx context.Context, site, deploy string) (Deploy, error) {
	return c.deploy(ctx, question{op: "restore deploy " + line(deploy, 100), method: http.MethodPost, path: segments("sites", site, "deploys", deploy, "restore")})
}

// Lock keeps the site at its published deploy, which this must be.
func (c *Client) Lock(ctx context.Context, deploy string) (Deploy, error) {
	return c.deploy(ctx, question{op: "lock deploy " + line(deploy, 100), method: http.MethodPost, path: segments("deploys", deploy, "lock")})
}

// Unlock lets the site publish newer deploys by itself again.
func (c *Client) Unlock(ctx context.Context, deploy string) (Deploy, error) {
	return c.deploy(ctx, question{op: "unlock deploy " + line(deploy, 100), method: http.MethodPost, path: segments("deploys", deploy, "unlock")})
}

// Cancel ends a deploy that is not ready yet.
func (c *Client) Cancel(ctx context.Context, deploy string) (Deploy, error) {
	return c.deploy(ctx, question{op: "cancel deploy " + line(deploy, 100), method: http.MethodPost, path: segments("deploys", deploy, "cancel")})
}

// deploy asks what is answered with a deploy. One without an id is none.
func (c *Client) deploy(ctx context.Context, q question) (Deploy, error) {
	var d Deploy
	if err := c.ask(ctx, q, &d); err != nil {
		return Deploy{}, err
	}
	if d.ID == "" {
		return Deploy{}, &Error{Op: q.op, Kind: Unavailable, Text: "the answer has no id", lost: q.write()}
	}

	return d.tidy(), nil
}

// tidy keeps of foreign text what may be shown.
func (d Deploy) tidy() Deploy {
	d.Error = line(d.Error, MaxErrorText)

	return d
}
