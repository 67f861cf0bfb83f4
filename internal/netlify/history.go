package netlify

import "time"

// RollbackTarget is the deploy to go back to when one is bad: the newest ready
// production deploy that is older than the bad one and was published once. Older
// is by creation, since publishing it again changes when it was published: who
// goes back again and again goes back further, and never to and fro.
func RollbackTarget(deploys []Deploy, bad Deploy) (target Deploy, ok bool) {
	if bad.CreatedAt.IsZero() {
		return Deploy{}, false
	}
	for _, d := range deploys {
		switch {
		case d.ID == bad.ID, d.State != StateReady, d.Context != ContextProduction, d.Draft:
		case d.PublishedAt.IsZero(), d.CreatedAt.IsZero(), !d.CreatedAt.Before(bad.CreatedAt.Time):
		case !ok || d.CreatedAt.After(target.CreatedAt.Time):
			target, ok = d, true
		}
	}

	return target, ok
}

// Ended says that nothing becomes of a deploy any more by itself.
func (d Deploy) Ended() bool {
	switch d.State {
	case StateReady, StateError, StateRejected, StatePendingReview:
		return true
	}

	return false
}

// Quiet is for how long a deploy has been under way without a change; ok when
// it is under way and the API says since when.
func (d Deploy) Quiet(now time.Time) (quiet time.Duration, ok bool) {
	since := d.UpdatedAt
	if since.IsZero() {
		since = d.CreatedAt
	}
	if d.Ended() || since.IsZero() {
		return 0, false
	}

	return max(now.Sub(since.Time), 0), true
}

// FailureStreak is how many production deploys in a row failed, counted from
// the newest; the list is newest first, as the API gives it. Those under way,
// skipped or drafts say nothing either way.
func FailureStreak(deploys []Deploy) int {
	streak := 0
	for _, d := range deploys {
		switch {
		case d.Context != ContextProduction, d.Draft, d.Skipped, !d.Ended():
		case d.State == StateError:
			streak++
		default:
			return streak
		}
	}

	return streak
}

// LastReady is the newest production deploy that is ready.
func LastReady(deploys []Deploy) (last Deploy, ok bool) {
	for _, d := range deploys {
		if d.State == StateReady && d.Context == ContextProduction && !d.Draft && (!ok || d.CreatedAt.After(last.CreatedAt.Time)) {
			last, ok = d, true
		}
	}

	return last, ok
}
