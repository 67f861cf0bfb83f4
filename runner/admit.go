package runner

import (
	"cmp"
	"slices"

	"rr/schemas"
)

// admit turns each action into an outcome: begun where no guard refuses it,
// else withheld by every guard that does. Actions on one target collapse to
// the highest rung asked, of those whose time has come. Budgets are given first
// to what was acted on longest ago, so that no target starves another.
func admit(s schemas.Snapshot, d schemas.Decision, standing schemas.Standing, actions []schemas.Action, c schemas.Config) []schemas.Outcome {
	g := guarded{snapshot: s, standing: standing, windows: Windows(c, s.Moment.At), lacking: lacking(d, c), config: c}
	outcomes := []schemas.Outcome{}
	for _, action := range g.inTurn(g.collapse(actions)) {
		withheld := g.refusals(action)
		if onlyDryRun(withheld) && !schemas.Routine(action.Verb) {
			g.admitted = append(g.admitted, action.Target)
		}
		outcome := schemas.Outcome{Action: action, Status: schemas.OutcomeBegun}
		if len(withheld) > 0 {
			outcome.Status, outcome.Withheld = schemas.OutcomeWithheld, withheld
		}
		outcomes = append(outcomes, outcome)
	}

	return outcomes
}

// onlyDryRun tells whether an action would be begun, were rr to act at all, so
// that a dry run withholds what a run would.
func onlyDryRun(withheld []schemas.Withheld) bool {
	return !slices.ContainsFunc(withheld, func(w schemas.Withheld) bool { return w.Guard != schemas.GuardDryRun })
}

// collapse keeps one action for each target: of those that have been asked for
// long enough the one of the highest rung, of equal ones the first. What is only
// told displaces nothing that may be done: it is collapsed for itself.
func (g guarded) collapse(actions []schemas.Action) []schemas.Action {
	waits := func(a schemas.Action) int {
		if g.notLongEnough(a) != nil {
			return 1
		}
		return 0
	}
	shadow := func(a schemas.Action) int {
		if g.shadow(a) != nil {
			return 1
		}
		return 0
	}
	sorted := slices.Clone(actions)
	slices.SortStableFunc(sorted, func(a, b schemas.Action) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(shadow(a), shadow(b)), cmp.Compare(waits(a), waits(b)), cmp.Compare(b.Rung, a.Rung))
	})

	return slices.CompactFunc(sorted, func(a, b schemas.Action) bool { return a.Target == b.Target && shadow(a) == shadow(b) })
}

// inTurn orders actions by when their target was last acted on, then by target.
func (g guarded) inTurn(actions []schemas.Action) []schemas.Action {
	last := func(a schemas.Action) int64 {
		attempt, _ := g.lastOn(a.Target)
		if attempt == nil {
			return -1
		}
		return attempt.BeganMS
	}
	slices.SortStableFunc(actions, func(a, b schemas.Action) int { return cmp.Compare(last(a), last(b)) })

	return actions
}
