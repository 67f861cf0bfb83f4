package netlify

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Build is a build that Netlify made or makes.
type Build struct {
	ID        string `json:"id"`
	DeployID  string `json:"deploy_id"`
	SHA       string `json:"sha"`
	Done      bool   `json:"done"`
	CreatedAt Time   `json:"created_at"`
}

// BuildStatus is what an account's builds use.
type BuildStatus struct {
	Active   int `json:"active"`   // builds that run
	Enqueued int `json:"enqueued"` // builds that wait
	Minutes  struct {
		Current  float64 `json:"current"`          // used in this period
		Included float64 `json:"included_minutes"` // paid for, in this period
	} `json:"minutes"`
}

// Builds asks for the newest 20 builds of a site.
func (c *Client) Builds(ctx context.Context, site string) ([]Build, error) {
	var builds []Build
	err := c.get(ctx, "ask for builds of site "+line(site, 100), segments("sites", site, "builds"), url.Values{"per_page": {"20"}}, &builds)

	return builds, err
}

// BuildStatus asks what the builds of an account use. The API answers with one
// object or a list of one, so this takes both.
func (c *Client) BuildStatus(ctx context.Context, account string) (BuildStatus, error) {
	op := "ask for the build status of account " + line(account, 100)
	var status oneOf[struct {
		BuildStatus
		Known *int `json:"active"`
	}]
	if err := c.get(ctx, op, segments(account, "builds", "status"), nil, &status); err != nil {
		return BuildStatus{}, err
	}
	if len(status) == 0 {
		return BuildStatus{}, &Error{Op: op, Kind: NotFound, Text: "the API has none"}
	}

	if status[0].Known == nil {
		return BuildStatus{}, &Error{Op: op, Kind: Unavailable, Text: "the answer does not say how many builds are active"}
	}
	status[0].Active = *status[0].Known

	return status[0].BuildStatus, nil
}

// oneOf is a list, or one of what it would hold.
type oneOf[T any] []T

func (l *oneOf[T]) UnmarshalJSON(raw []byte) error {
	*l = nil
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*l = oneOf[T]{one}

	return nil
}

// TriggerBuildHook asks for a build by the address of a build hook. Who knows
// the address can build, so it is a secret: it is in no error, and neither is
// what is answered. The token is not sent there.
func (c *Client) TriggerBuildHook(ctx context.Context, hook string) error {
	q := question{op: "trigger the build hook", method: http.MethodPost, silent: true, body: struct{}{}}
	address, err := url.Parse(strings.TrimSpace(hook))
	if err != nil {
		return q.fail(Invalid, "its address is not a URL")
	}
	if err := safe(address); err != nil {
		return q.fail(Invalid, "its address %v", err)
	}
	if _, failed := c.roundTrip(ctx, q, address, ""); failed != nil {
		if failed.Status == 0 && failed.Kind == Unavailable && failed.cause == nil {
			failed.Text = "the connection failed" // its words may hold the host
		}
		return failed
	}

	return nil
}
