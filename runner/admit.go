package runner

import (
	"cmp"
	"slices"

	"rr/schemas"
)

// admit turns each action into an outcome: begun where no guard refuses it,
// else withheld by every guard that does. Actions on one target collapse to
// the highest rung asked. The order is that of targets.
func admit(s schemas.Snapshot, actions []schemas.Action, c schemas.Config, dryRun bool) []schemas.Outcome {
	g := guarded{snapshot: s, config: c, dryRun: dryRun}
	outcomes := []schemas.Outcome{}
	for _, action := range collapse(actions) {
		withheld := g.refusals(action)
		if len(withheld) > 0 {
			outcomes = append(outcomes, schemas.Outcome{Action: action, Status: schemas.OutcomeWithheld, Withheld: withheld})
			continue
		}
		g.admitted++
		outcomes = append(outcomes, schemas.Outcome{Action: action, Status: schemas.OutcomeBegun})
	}

	return outcomes
}

// collapse keeps, of the actions on each target, the one of the highest rung;
// of equal ones the first. They come sorted by target.
func collapse(actions []schemas.Action) []schemas.Action {
	sorted := slices.Clone(actions)
	slices.SortStableFunc(sorted, func(a, b schemas.Action) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(b.Rung, a.Rung))
	})

	return slices.CompactFunc(sorted, func(a, b schemas.Action) bool { return a.Target == b.Target })
}
