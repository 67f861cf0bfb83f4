package netlify

import (
	"context"
	"time"

	"rr/internal/netlify"
	"rr/schemas"
)

// How often each thing is asked. Everything else is asked in every look.
const (
	eachEnv         = 10 * time.Minute
	eachCertificate = time.Hour
	eachName        = time.Hour // the id of a site that is configured by its name
)

// pages is how many pages of deploys are asked for at the most when the newest
// hold none to go back to.
const pages = 5

// asked is what was answered, and when it was asked.
type asked struct {
	name        string // as configured
	id          string
	named       time.Time
	env         answer[[]netlify.EnvKey]
	certificate answer[netlify.Certificate]
}

// answer is what was answered, or that the token may not ask it.
type answer[T any] struct {
	at    time.Time
	value T
	err   error
}

// asker sends the requests of one look.
type asker struct {
	client *netlify.Client
	now    func() time.Time
	asked  *asked
}

// site asks for the site; by its id once that is known, which is one question
// less.
func (q asker) site(ctx context.Context, name string) (netlify.Site, error) {
	ask := name
	if q.asked.name == name && q.asked.id != "" && q.now().Sub(q.asked.named) < eachName {
		ask = q.asked.id
	}
	site, err := q.client.Site(ctx, ask)
	if netlify.KindOf(err) == netlify.NotFound {
		q.asked.id = "" // it may have been made anew
	}
	if err == nil && ask == name {
		q.asked.name, q.asked.id, q.asked.named = name, site.ID, q.now()
	}

	return site, err
}

// deploys asks for the newest production deploys, and for older ones where those
// hold none that could be gone back to.
func (q asker) deploys(ctx context.Context, site netlify.Site) ([]netlify.Deploy, error) {
	query := netlify.DeployQuery{Site: site.ID, Production: true, PerPage: 20}
	deploys, complete, err := q.client.Deploys(ctx, query)
	if err != nil || complete || site.Published == nil {
		return deploys, err
	}
	if _, found := netlify.RollbackTarget(deploys, *site.Published); found {
		return deploys, nil
	}
	query.State, query.Pages = netlify.StateReady, pages
	older, _, err := q.client.Deploys(ctx, query)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, d := range deploys {
		seen[d.ID] = true
	}
	for _, d := range older {
		if !seen[d.ID] {
			deploys = append(deploys, d)
		}
	}

	return deploys, nil
}

// env asks which variables the site has. No value of one is read.
func (q asker) env(ctx context.Context, site netlify.Site) ([]netlify.EnvKey, error) {
	account := site.AccountSlug
	if account == "" {
		account = site.AccountID
	}

	return once(q, &q.asked.env, eachEnv, func() ([]netlify.EnvKey, error) { return q.client.EnvKeys(ctx, account, site.ID) })
}

// certificate asks for the certificate; one that does not exist is none.
func (q asker) certificate(ctx context.Context, site netlify.Site) (netlify.Certificate, error) {
	return once(q, &q.asked.certificate, eachCertificate, func() (netlify.Certificate, error) {
		certificate, err := q.client.SSL(ctx, site.ID)
		if netlify.KindOf(err) == netlify.NotFound {
			return netlify.Certificate{}, nil
		}

		return certificate, err
	})
}

// once asks for something unless it was asked less than each ago. That the token
// may not ask it is remembered as an answer is; every other error is not, and
// what was known before stands meanwhile.
func once[T any](q asker, kept *answer[T], each time.Duration, ask func() (T, error)) (T, error) {
	if !kept.at.IsZero() && q.now().Sub(kept.at) < each {
		return kept.value, kept.err
	}
	value, err := ask()
	if err == nil || refused(err) {
		*kept = answer[T]{q.now(), value, err}
		return value, err
	}
	if !kept.at.IsZero() && kept.err == nil {
		return kept.value, nil
	}

	return value, err
}

// refused tells a lasting refusal from what may pass.
func refused(err error) bool {
	switch netlify.KindOf(err) {
	case netlify.Unauthorized, netlify.Forbidden, netlify.NotFound:
		return true
	}

	return false
}

// unread notes that something could not be read, and why.
func unread(facts *schemas.Site, err error, what string) {
	switch kind := netlify.KindOf(err); kind {
	case netlify.Limited:
		facts.Limited = true
		facts.Unreadable = append(facts.Unreadable, what+" (limited)")
	case netlify.Unauthorized, netlify.Forbidden, netlify.NotFound:
		facts.Unreadable = append(facts.Unreadable, what)
	default:
		facts.Unreadable = append(facts.Unreadable, what+" (no answer)")
	}
}
