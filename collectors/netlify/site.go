package netlify

import (
	"context"
	"sync/atomic"
	"time"

	"rr/internal/gitrepo"
	"rr/internal/netlify"
	"rr/schemas"
)

// Site asks Netlify's API about one site. It remembers what is asked rarely, so
// use one for as long as rr runs.
type Site struct {
	Scope  string
	Client *netlify.Client
	Board  *Board
	// Refused is when Netlify last refused a deploy of rr for want of credits,
	// zero where it did not; nil where rr deploys nothing.
	Refused func() time.Time
	Now     func() time.Time

	here   *Source
	config atomic.Pointer[schemas.Netlify]
	asked  asked
}

// NewSite returns a collector of what Netlify tells, and compares it with the
// source. It sends nothing before the first look.
func NewSite(scope string, source *Source, config schemas.Netlify, client *netlify.Client, board *Board, refused func() time.Time, now func() time.Time) *Site {
	s := &Site{Scope: scope, Client: client, Board: board, Refused: refused, Now: now, here: source}
	s.Configure(config)

	return s
}

// Configure puts another configuration in force from the next look on.
func (s *Site) Configure(config schemas.Netlify) { s.config.Store(&config) }

// Collect asks what may have changed. An error means that nothing is known: the
// token is refused, a limit stands, Netlify does not answer.
func (s *Site) Collect(ctx context.Context) (schemas.Facts, error) {
	config := *s.config.Load()
	q := asker{client: s.Client, now: s.Now, asked: &s.asked}
	site, err := q.site(ctx, config.Site)
	if err != nil {
		return nil, err
	}
	deploys, err := q.deploys(ctx, site)
	if err != nil {
		return nil, err
	}
	now, probes := s.Now(), s.Board.probes()
	facts := schemas.Site{
		Site: config.Site, State: known(site.State), CommitDrift: "unknown", FunctionsMissing: []string{}, FunctionsExtra: []string{}, FunctionsLost: []string{},
		FunctionsInvalid: []string{}, FunctionsFailing: list(probes.wrong), SchedulesLost: []string{}, SourceKnown: "no", EnvMissing: []string{},
		Unreadable: []string{}, ProbesFailing: probes.all,
	}
	published(&facts, site.Published, now)
	newest(&facts, deploys, site.Published, now)
	if site.Published != nil {
		s.Board.setPublished(site.Published.PublishedAt.Time)
	} else {
		s.Board.setPublished(time.Time{})
	}
	facts.Blocked = s.blocked(deploys)
	s.compare(ctx, q, &facts, site, deploys, config)
	facts.CommitDrift = s.commitDrift(ctx, site.Published)
	s.certificate(ctx, q, &facts, site)
	s.limits(&facts)

	return schemas.SiteFacts{Scope: s.Scope, TakenAt: now.UTC(), Site: facts}, nil
}

// refusedFor is how long a refusal for want of credits stands where nothing else
// is heard: credits come with a new month, or are bought.
const refusedFor = 24 * time.Hour

// blocked tells whether Netlify refuses deploys for want of credits: a deploy
// failed of it, or one of rr's was not even begun, and none was ready since.
func (s *Site) blocked(deploys []netlify.Deploy) string {
	var since time.Time
	if s.Refused != nil {
		since = s.Refused()
	}
	for _, d := range deploys {
		switch {
		case d.Skipped || d.Draft || !d.Ended():
		case d.State == netlify.StateReady && d.CreatedAt.After(since):
			return "no"
		case d.State == netlify.StateError && netlify.OfCredits(d.Error):
			return "credits"
		}
	}
	if !since.IsZero() && s.Now().Sub(since) < refusedFor {
		return "credits"
	}

	return "no"
}

// commitDrift tells whether the published deploy is of another commit than the
// checkout. A deploy that no commit caused tells nothing.
func (s *Site) commitDrift(ctx context.Context, published *netlify.Deploy) string {
	if published == nil || published.CommitRef == "" {
		return "unknown"
	}
	repo, err := gitrepo.Open(ctx, s.here.Dir)
	if err != nil {
		return "unknown"
	}
	head, err := repo.Head(ctx)
	if err != nil {
		return "unknown"
	}

	return yesNo(head != published.CommitRef)
}

// certificate tells when the certificate of the site's own domains ends, where
// it has one.
func (s *Site) certificate(ctx context.Context, q asker, facts *schemas.Site, site netlify.Site) {
	certificate, err := q.certificate(ctx, site)
	if err != nil {
		unread(facts, err, "certificate")
		return
	}
	if !certificate.ExpiresAt.IsZero() {
		facts.CertExpiresS = seconds(certificate.ExpiresAt.Sub(s.Now()))
	}
}

// limits makes the facts of what the answers so far told of limits.
func (s *Site) limits(facts *schemas.Site) {
	l := s.Client.Limits()
	if !l.Known {
		return
	}
	remaining := int64(l.Remaining)
	facts.APIRemaining = &remaining
	facts.Limited = facts.Limited || l.Remaining == 0 && l.Reset.After(s.Now())
}
