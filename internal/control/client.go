package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"syscall"

	"rr/schemas"
)

// Client asks the rr that runs on a state directory.
type Client struct{ Dir string }

// Status asks how it is; ErrNotRunning where none runs.
func (c Client) Status(ctx context.Context) (Status, error) {
	var status Status
	err := c.ask(ctx, http.MethodGet, "/status", nil, &status)

	return status, err
}

// Act asks for one action and waits until it is done or withheld;
// ErrNotRunning where none runs.
func (c Client) Act(ctx context.Context, request ActRequest) (schemas.Outcome, error) {
	var outcome schemas.Outcome
	err := c.ask(ctx, http.MethodPost, "/act", request, &outcome)

	return outcome, err
}

// Order asks for what Act does not; ErrNotRunning where none runs.
func (c Client) Order(ctx context.Context, request OrderRequest) (OrderResult, error) {
	var result OrderResult
	err := c.ask(ctx, http.MethodPost, "/order", request, &result)

	return result, err
}

func (c Client) ask(ctx context.Context, method, path string, question, result any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("ask rr: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://rr"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask rr: %w", err)
	}
	transport := &http.Transport{DialContext: c.dial}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
			return ErrNotRunning
		}
		return fmt.Errorf("ask the rr that runs: %w", err)
	}
	defer response.Body.Close()

	decoder := json.NewDecoder(response.Body)
	if response.StatusCode != http.StatusOK {
		var why refusal
		if err := decoder.Decode(&why); err != nil {
			return fmt.Errorf("ask the rr that runs: %s", response.Status)
		}
		if why.Usage {
			return fmt.Errorf("%w: %s", ErrUsage, why.Error)
		}
		return errors.New(why.Error)
	}
	if err := decoder.Decode(result); err != nil {
		return fmt.Errorf("understand the rr that runs, is it another version: %w", err)
	}

	return nil
}

func (c Client) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return shortened(c.Dir, func(path string) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "unix", path) })
}
