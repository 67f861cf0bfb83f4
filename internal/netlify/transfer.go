package netlify

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"rr/schemas"
)

// transfer is one file or function on its way to a deploy.
type transfer struct {
	question question
	file     File
	sum      func() hash.Hash
}

func (u *upload) fileTransfer(name string) transfer {
	path := segments("deploys", u.deploy.ID, "files") + "/" + segments(strings.Split(name, "/")...)

	return transfer{
		question: question{op: "send " + line(name, 200) + " to deploy " + u.deploy.ID, method: http.MethodPut, path: path},
		file:     u.bundle.Files[name],
		sum:      sha1.New,
	}
}

func (u *upload) functionTransfer(name string) transfer {
	f := u.bundle.Functions[name]
	query := url.Values{"runtime": {f.Runtime}}
	if f.InvocationMode != "" {
		query.Set("invocation_mode", f.InvocationMode)
	}
	if f.Timeout != 0 {
		query.Set("timeout", strconv.Itoa(f.Timeout))
	}

	return transfer{
		question: question{op: "send function " + line(name, 200) + " to deploy " + u.deploy.ID, method: http.MethodPut, path: segments("deploys", u.deploy.ID, "functions", name), query: query},
		file:     f.File,
		sum:      sha256.New,
	}
}

// sendAll sends some at once. The first error ends the rest, and is the one
// that is told.
func sendAll(ctx context.Context, transfers []transfer, parallel int, send func(context.Context, transfer) error) error {
	if parallel <= 0 {
		parallel = 4
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan transfer)
	var wg sync.WaitGroup
	for range min(parallel, len(transfers)) {
		wg.Go(func() {
			for t := range next {
				if err := send(ctx, t); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, t := range transfers {
		select {
		case next <- t:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	close(next)
	wg.Wait()

	return context.Cause(ctx)
}

const (
	retries   = 5
	firstWait = 5 * time.Second
	longWait  = 90 * time.Second

	// slowest is the rate below which a transfer counts as hanging, bytes/s.
	slowest = 64 << 10
)

// transfer sends one, and again where that may help. The API takes content by
// its digest, so sending it twice is sending it once. Where an answer was lost
// the last file may have arrived, and with it the deploy may become ready.
func (c *Client) transfer(ctx context.Context, t transfer) error {
	wait, following, unsure := firstWait, firstWait, false
	for try := 0; ; try++ {
		err := c.transferOnce(ctx, t)
		if err == nil {
			return nil
		}
		unsure = unsure || lost(err)
		if try == retries || !c.again(ctx, wait, err) {
			if unsure && !lost(err) {
				err = fmt.Errorf("%w: %w", err, schemas.ErrOutcomeUnknown)
			}
			return err
		}
		wait, following = following, min(wait+following, longWait)
	}
}

// again waits until a transfer is worth another try, and says whether it is.
func (c *Client) again(ctx context.Context, wait time.Duration, err error) bool {
	if kind := KindOf(err); kind != Unavailable && kind != Limited || ctx.Err() != nil {
		return false
	}
	pause := c.pause(wait, err)
	deadline, ok := ctx.Deadline()
	if pause > longWait || ok && time.Until(deadline) < pause {
		return false
	}

	return c.sleep(ctx, pause) == nil
}

// pause is how long to wait before a transfer is tried again: what Fibonacci
// says, and longer when the API said until when.
func (c *Client) pause(wait time.Duration, err error) time.Duration {
	var limited *Error
	if errors.As(err, &limited) && !limited.Until.IsZero() {
		wait = max(wait, limited.Until.Sub(c.now()))
	}

	return wait
}

// transferOnce sends one, which must be what it was when it was collected.
func (c *Client) transferOnce(ctx context.Context, t transfer) error {
	q := t.question
	body := &summed{sum: t.sum()}
	q.size = t.file.Size
	q.timeout = c.timeout() + time.Duration(t.file.Size/slowest)*time.Second
	q.stream = func() (io.ReadCloser, error) {
		f, size, err := openFile(t.file.Dir, t.file.Name)
		if err != nil {
			return nil, err
		}
		if size != t.file.Size {
			f.Close()
			return nil, errors.New("it has changed since it was collected; begin anew")
		}
		body.Reader, body.Closer = io.LimitReader(f, size), f
		return body, nil
	}
	if err := c.ask(ctx, q, nil); err != nil {
		return err
	}
	if t.file.Size > 0 && body.digest() != t.file.Sum {
		return q.fail(Invalid, "it changed while it was sent, or was not read to its end; begin anew")
	}

	return nil
}

// summed is the content of a file that is digested while it is read, which may
// go on for a moment after the answer has come.
type summed struct {
	io.Reader
	io.Closer

	mu  sync.Mutex
	sum hash.Hash
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.Write(p[:n])

	return n, err
}

// digest is that of what was read.
func (s *summed) digest() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return hex.EncodeToString(s.sum.Sum(nil))
}
