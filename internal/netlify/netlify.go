// Package netlify speaks to the API of Netlify. It reports what the API says
// and judges nothing; what it sends are the few writes that heal a site.
//
// It decodes field by field what rr needs and skips the rest without looking at
// it: the API mixes values of environment variables, build commands and
// repository addresses into what it answers, and none of them enters rr. No
// token, address of a build hook or value of a variable is in an error.
//
// It never calls /rollback, which publishes the deploy before the published one
// and so goes back one further each time that it is repeated: Restore names the
// deploy that it means. It follows no redirect, so the token goes nowhere but
// to Base. It sleeps only in Upload, and repeats only the transfers of files
// there, each of which the API takes by its digest.
//
// Read it as request.go (one question and its answer), errors.go and limits.go
// (what may be wrong with it), site.go, deploy.go, build.go, env.go, ssl.go and
// functions.go (what is asked), history.go (what a list of deploys tells),
// bundle.go, manifest.go and collect.go (what is to be deployed) and upload.go,
// transfer.go and settle.go (how it gets there).
package netlify

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// DefaultBase is where the API is.
	DefaultBase = "https://api.netlify.com/api/v1/"

	// DefaultTimeout bounds one question and its answer.
	DefaultTimeout = 30 * time.Second

	// DefaultMaxBody is the longest answer that is read, in bytes: some 100
	// deploys with a thousand functions each.
	DefaultMaxBody = 16 << 20
)

// Client asks the API for one owner of a token. Any number of goroutines may
// use it at once; it is not copied after its first use.
type Client struct {
	// Base is the address of the API with its path, such as DefaultBase, which
	// it is when empty. The token is sent there and nowhere else, so it is
	// https, unless it is on the loopback.
	Base string

	// Token gives the access token; it is asked before each question, so that a
	// renewed one is used.
	Token func() (string, error)

	// HTTP sends; http.DefaultClient when nil. Its CheckRedirect is not used.
	HTTP *http.Client

	// Timeout bounds one question and its answer, uploads by their size longer;
	// 0 is DefaultTimeout.
	Timeout time.Duration

	// MaxBody is the longest answer that is read, in bytes; 0 is
	// DefaultMaxBody.
	MaxBody int64

	// Now tells the time; time.Now when nil.
	Now func() time.Time

	// Sleep waits within Upload, for as long as it is told or until the context
	// ends, which it then returns the error of; a timer when nil.
	Sleep func(context.Context, time.Duration) error

	mu     sync.Mutex
	limits Limits
	until  time.Time // before it, nothing is asked: the API said 429
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}

	return time.Now()
}

func (c *Client) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}

	return DefaultTimeout
}

func (c *Client) maxBody() int64 {
	if c.MaxBody > 0 {
		return c.MaxBody
	}

	return DefaultMaxBody
}

// sleep waits, and says why not when the context ends first.
func (c *Client) sleep(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
