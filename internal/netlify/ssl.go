package netlify

import "context"

// Certificate is the certificate of a site's own domains.
type Certificate struct {
	State     string   `json:"state"`
	Domains   []string `json:"domains"`
	ExpiresAt Time     `json:"expires_at"`
}

// SSL asks for the certificate of a site; NotFound when it has none.
func (c *Client) SSL(ctx context.Context, site string) (Certificate, error) {
	var certificate Certificate
	op := "ask for the certificate of site " + line(site, 100)
	if err := c.get(ctx, op, segments("sites", site, "ssl"), nil, &certificate); err != nil {
		return Certificate{}, err
	}
	if certificate.State == "" && certificate.ExpiresAt.IsZero() {
		return Certificate{}, &Error{Op: op, Kind: Unavailable, Text: "the answer has neither state nor end"}
	}

	return certificate, nil
}
