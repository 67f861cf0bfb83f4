package netlify

import (
	"context"

	"rr/internal/netlify"
	"rr/schemas"
)

// subject is the site that a target belongs to, as it was seen.
func subject(id schemas.ID, seen schemas.Snapshot) (schemas.Site, error) {
	site, there := seen.Sites[schemas.NewID("netlify", id.Scope(), "site", id.Scope(), 0)]
	if !there {
		return site, refused("the site of %s was not seen", id)
	}

	return site, nil
}

// fresh is a fresh look at a site's deploys.
type fresh struct {
	site    netlify.Site
	deploys []netlify.Deploy // the newest production deploys
}

// look asks for the site and its newest production deploys.
func (s Site) look(ctx context.Context) (fresh, error) {
	site, err := s.Client.Site(ctx, s.Config.Site)
	if err != nil {
		return fresh{}, err
	}
	deploys, _, err := s.Client.Deploys(ctx, netlify.DeployQuery{Site: site.ID, Production: true, PerPage: 20})

	return fresh{site, deploys}, err
}

// published is the id of the deploy that the site shows, empty for none.
func (f fresh) published() string {
	if f.site.Published == nil {
		return ""
	}

	return f.site.Published.ID
}

// locked tells that the site stays at its published deploy.
func (f fresh) locked() bool {
	return f.site.Published != nil && f.site.Published.Locked != nil && *f.site.Published.Locked
}

// inWork is a production deploy that is neither ready nor failed, and newer than
// the newest ready one.
func (f fresh) inWork() (netlify.Deploy, bool) {
	last, _ := netlify.LastReady(f.deploys)
	for _, d := range f.deploys {
		if !d.Draft && d.Context == netlify.ContextProduction && !d.Ended() && d.CreatedAt.After(last.CreatedAt.Time) {
			return d, true
		}
	}

	return netlify.Deploy{}, false
}

// same refuses a site that is not what was seen: another deploy is published, it
// was locked, or a deploy has begun.
func (f fresh) same(before schemas.Site) error {
	if now := f.published(); now != before.PublishedID {
		return refused("another deploy is published than was seen: %s, and not %s", or(now, "none"), or(before.PublishedID, "none"))
	}
	if d, found := f.inWork(); found && !before.InWork {
		return refused("deploy %s has begun since, and is %s", d.ID, d.State)
	}

	return nil
}

// open refuses a site that takes no deploys: a person locked it, or there are no
// credits.
func (f fresh) open(before schemas.Site) error {
	if f.locked() {
		return refused("the site is locked at deploy %s", f.published())
	}
	if before.Blocked == "credits" {
		return refused("Netlify refuses deploys until credits are added")
	}

	return nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}

	return text
}
