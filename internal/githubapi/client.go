package githubapi

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/google/go-github/v62/github"
)

// What holds when Options says nothing.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultMaxBody      = 16 << 20 // bytes; a page of 100 runs is 1.2 MB
	DefaultWriteSpacing = time.Second
)

// Options is what a Client is made of.
type Options struct {
	// BaseURL is where the API is: empty for github.com, or the address of a
	// GitHub Enterprise Server, to which /api/v3/ is added unless it has a path.
	BaseURL string

	// Auth says who asks; nil asks without a token.
	Auth Auth

	// Cache remembers answers with their ETags; a MemoryCache when nil.
	Cache Cache

	// Timeout bounds one call, its body included; 0 is DefaultTimeout.
	Timeout time.Duration

	// MaxBody bounds one answer in bytes, after decompression; 0 is DefaultMaxBody.
	MaxBody int64

	// Now is the clock, and Wait lets a time pass by it or returns the error of
	// the context; the wall clock when nil. Give both or neither.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error

	// Base carries the requests; one made for the API when nil.
	Base http.RoundTripper
}

// Client is go-github with rr's transport beneath it. It is safe for concurrent
// use.
type Client struct {
	*github.Client

	transport *transport
}

// New makes a client. It sends nothing and reads no token yet.
func New(o Options) (*Client, error) {
	base, err := parseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	t := newTransport(base, o)
	if binder, ok := o.Auth.(interface {
		bind(base string, through http.RoundTripper) error
	}); ok {
		if err := binder.bind(base.String(), t.exchange); err != nil {
			return nil, err
		}
	}
	client := github.NewClient(&http.Client{Transport: t, CheckRedirect: t.checkRedirect})
	client.BaseURL = base
	client.UploadURL = base // nothing is uploaded; a request there must not leave with the token
	client.UserAgent = "rr"

	return &Client{Client: client, transport: t}, nil
}

// Limits tells how the rate limits stand, as the answers so far said.
func (c *Client) Limits() Limits {
	return c.transport.limits.read()
}

func newTransport(base *apiURL, o Options) *transport {
	now, wait := o.Now, o.Wait
	if now == nil {
		now = time.Now
	}
	if wait == nil {
		wait = waitByTheWall
	}
	cache := o.Cache
	if cache == nil {
		cache = &MemoryCache{}
	}
	carrier := o.Base
	if carrier == nil {
		carrier = newCarrier()
	}

	return &transport{
		base:  base,
		auth:  o.Auth,
		cache: cache,
		exchange: &exchange{
			carrier: carrier,
			base:    base,
			timeout: cmp.Or(max(o.Timeout, 0), DefaultTimeout),
			maxBody: cmp.Or(max(o.MaxBody, 0), DefaultMaxBody),
		},
		limits: &limits{now: now},
		writes: &writes{turn: make(chan struct{}, 1), now: now, wait: wait},
	}
}

// newCarrier is a transport whose parts have deadlines of their own, so that a
// dead host does not hold a connection for the whole of a call.
func newCarrier() http.RoundTripper {
	carrier := http.DefaultTransport.(*http.Transport).Clone()
	carrier.MaxResponseHeaderBytes = 1 << 20
	carrier.MaxIdleConnsPerHost = 4
	carrier.MaxConnsPerHost = 16 // GitHub allows 100 at once, for all that a token does

	return carrier
}

func waitByTheWall(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
