package githubapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-github/v62/github"
)

// JobLog reads the log of a job, at most the first limit bytes, and reports
// whether it is longer. GitHub answers with the address of another host, whose
// query is a secret for some minutes: it is asked without the token, not told
// in an error, and may not redirect any further.
func (c *Client) JobLog(ctx context.Context, owner, repo string, job, limit int64) (log []byte, longer bool, err error) {
	request, err := c.NewRequest(http.MethodGet, fmt.Sprintf("%s/actions/jobs/%d/logs", repository(owner, repo), job), nil)
	if err != nil {
		return nil, false, err
	}
	response, err := c.transport.call(request.WithContext(ctx))
	if err != nil {
		return nil, false, err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		return nil, false, github.CheckResponse(response)
	}
	location, err := url.Parse(response.Header.Get("Location"))
	if err != nil || response.StatusCode != http.StatusFound || location.Host == "" || location.User != nil {
		return nil, false, &UnavailableError{Status: response.StatusCode, Reason: "the answer does not say where the log is"}
	}
	if location.Scheme != "https" && (location.Scheme != "http" || !loopback(location.Hostname()) || !loopback(c.transport.base.Hostname())) {
		return nil, false, &RedirectError{Host: location.Hostname(), Reason: "logs are read over https"}
	}

	return c.transport.exchange.download(ctx, location, limit)
}

// download reads the beginning of what is at an address outside the API. The
// request is a new one and has nothing of rr's but its name.
func (e *exchange) download(ctx context.Context, from *url.URL, limit int64) (body []byte, longer bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return nil, false, &UnavailableError{Reason: "the answer does not say where the log is"}
	}
	request.Header.Set("User-Agent", "rr")
	response, err := e.carrier.RoundTrip(request.Clone(bounded))
	if err != nil {
		return nil, false, e.explain(request, bounded, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, false, &UnavailableError{Status: response.StatusCode, Reason: fmt.Sprintf("%s answered %d for a log", from.Hostname(), response.StatusCode)}
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, false, e.explain(request, bounded, err)
	}
	if int64(len(body)) > limit {
		return body[:limit], true, nil
	}

	return body, false, nil
}
