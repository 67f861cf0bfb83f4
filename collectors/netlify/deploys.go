package netlify

import (
	"time"

	"rr/internal/netlify"
	"rr/schemas"
)

// published makes the facts of the deploy that the site shows.
func published(facts *schemas.Site, d *netlify.Deploy, now time.Time) {
	facts.PublishedState = "none"
	if d == nil {
		return
	}
	facts.PublishedID, facts.PublishedState = d.ID, known(d.State)
	facts.Locked = d.Locked != nil && *d.Locked
	if at := d.PublishedAt; !at.IsZero() {
		facts.PublishedAgeS = seconds(now.Sub(at.Time))
	}
}

// newest makes the facts of the newest production deploys, newest first.
func newest(facts *schemas.Site, deploys []netlify.Deploy, shown *netlify.Deploy, now time.Time) {
	facts.LatestState = "none"
	for _, d := range deploys {
		if d.Draft || d.Skipped || d.Context != netlify.ContextProduction {
			continue
		}
		facts.LatestID, facts.LatestState, facts.LatestError = d.ID, known(d.State), d.Error
		if at := changed(d); !at.IsZero() {
			facts.LatestAgeS = seconds(now.Sub(at))
		}
		break
	}
	facts.Streak = netlify.FailureStreak(deploys)
	inWork(facts, deploys, now)
	if shown == nil {
		return
	}
	if target, ok := netlify.RollbackTarget(deploys, *shown); ok {
		facts.RollbackID = target.ID
	}
	if last, ok := netlify.LastReady(deploys); ok && last.ID != shown.ID && last.CreatedAt.After(shown.CreatedAt.Time) {
		facts.Unpublished = last.ID
	}
}

// inWork makes the facts of production deploys that are neither ready nor
// failed. Those that were begun before the newest ready one are nobody's any
// more: an upload that was given up stays so for ever.
func inWork(facts *schemas.Site, deploys []netlify.Deploy, now time.Time) {
	last, _ := netlify.LastReady(deploys)
	for _, d := range deploys {
		if d.Draft || d.Context != netlify.ContextProduction || d.Ended() || !d.CreatedAt.After(last.CreatedAt.Time) {
			continue
		}
		facts.InWork = true
		quiet, ok := d.Quiet(now)
		if stuck := seconds(quiet); ok && (facts.StuckS == nil || *stuck > *facts.StuckS) {
			facts.StuckS, facts.StuckID = stuck, d.ID
		}
	}
}

// changed is when a deploy last changed.
func changed(d netlify.Deploy) time.Time {
	if !d.UpdatedAt.IsZero() {
		return d.UpdatedAt.Time
	}

	return d.CreatedAt.Time
}

// known is a state, or unknown where Netlify gives none.
func known(state string) string {
	if state == "" {
		return "unknown"
	}

	return state
}
