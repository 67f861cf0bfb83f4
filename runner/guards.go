package runner

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"rr/schemas"
)

// guarded is what guards read: the snapshot that the decision was made on, what
// stands in this turn, the limits, and what has been admitted so far.
type guarded struct {
	snapshot schemas.Snapshot
	standing schemas.Standing
	windows  []schemas.Window          // of maintenance, that are open
	lacking  map[schemas.ID]schemas.ID // what a subject needs and is unhealthy
	config   schemas.Config
	admitted []schemas.ID // targets
}

// refusals asks every guard and returns all that refuse, in the order in which
// schemas lists them.
func (g guarded) refusals(a schemas.Action) []schemas.Withheld {
	var all []schemas.Withheld
	for _, guard := range []func(schemas.Action) *schemas.Withheld{
		g.sourceUnknown, g.frozen, g.paused, g.selfHarm, g.inFlight, g.needs, g.notLongEnough, g.cooldown, g.budgetTarget, g.budgetTotal, g.blastRadius,
		g.needsApproval, g.journalLost, g.shadow, g.dry,
	} {
		if w := guard(a); w != nil {
			all = append(all, *w)
		}
	}

	return all
}

// sourceUnknown refuses where the facts of the target, or of the subject that
// the action is for, are unknown or stale, or where there is no such target.
func (g guarded) sourceUnknown(a schemas.Action) *schemas.Withheld {
	for _, id := range []schemas.ID{a.Target, a.Subject} {
		source, watched := g.snapshot.Sources[id.Source()]
		switch {
		case !watched:
			return &schemas.Withheld{Guard: schemas.GuardSourceUnknown, Note: fmt.Sprintf("%s is not watched", id.Source())}
		case source.State != schemas.SourceOK:
			return &schemas.Withheld{Guard: schemas.GuardSourceUnknown, Note: fmt.Sprintf("%s: %s", id.Source(), source.Error)}
		case !g.snapshot.Has(id):
			return &schemas.Withheld{Guard: schemas.GuardSourceUnknown, Note: fmt.Sprintf("%s is not there", id)}
		}
	}

	return nil
}

// selfHarm refuses what would end rr itself: acting on the process that rr runs
// in, or on the daemon that started it.
func (g guarded) selfHarm(a schemas.Action) *schemas.Withheld {
	if !g.snapshot.RunsRR(a.Target) {
		return nil
	}

	what := "rr itself runs in this process"
	if a.Target.Kind() == "pm2/daemon" {
		what = "rr itself was started by this daemon"
	}

	return &schemas.Withheld{Guard: schemas.GuardSelfHarm, Note: what + ", and does nothing to it: do it with pm2, or run rr as a service of its own"}
}

// inFlight refuses a second action on a target before the first is verified.
func (g guarded) inFlight(a schemas.Action) *schemas.Withheld {
	for _, attempt := range g.snapshot.Attempts {
		if attempt.Action.Target != a.Target || attempt.State != schemas.AttemptPending || backupsEnded(attempt) {
			continue
		}
		since := attempt.BeganMS
		if attempt.EndedMS != nil {
			since = *attempt.EndedMS
		}

		held := schemas.Withheld{
			Guard: schemas.GuardInFlight, Note: fmt.Sprintf("%s of turn %s awaits its verification", attempt.Action.Verb, attempt.ID),
		}
		if attempt.EndedMS == nil {
			held.Note = fmt.Sprintf("%s of turn %s is still at work", attempt.Action.Verb, attempt.ID)
			return &held
		}
		if until := since + g.config.Settle.MS(); until > g.snapshot.Moment.ClockMS {
			held.Until = g.at(until)
		}

		return &held
	}

	return nil
}

// notLongEnough refuses what its policy has not asked for without a break for
// as long as it said.
func (g guarded) notLongEnough(a schemas.Action) *schemas.Withheld {
	since, asked := g.snapshot.Asked[askedKey(a)]
	if !asked {
		since.ClockMS = g.snapshot.Moment.ClockMS
	}
	due := since.ClockMS + a.ForS*1000
	if a.ForS == 0 || g.snapshot.Moment.ClockMS >= due {
		return nil
	}

	return &schemas.Withheld{
		Guard: schemas.GuardForS, Until: g.at(due),
		Note: fmt.Sprintf("asked for %s of %ds", g.since(since.ClockMS), a.ForS),
	}
}

// cooldown refuses an action too soon after the last one on its target. The
// pause doubles with each attempt of a verb in one incident, up to
// max_cooldown, and is lengthened by up to a tenth so that targets that failed
// together are not acted on together.
func (g guarded) cooldown(a schemas.Action) *schemas.Withheld {
	if onBackups(a) && a.Policy == schemas.PolicyOperator {
		return nil // who asks for a backup by hand gets one
	}
	last, tries := g.lastOn(a.Target)
	if last == nil {
		return nil
	}
	rung, known := g.config.Rung(last.Action.Verb, a.Target)
	if !known {
		return nil
	}
	pause := backoff(rung, tries, last.ID)
	due := last.BeganMS + pause.Milliseconds()
	if g.snapshot.Moment.ClockMS >= due {
		return nil
	}

	return &schemas.Withheld{
		Guard: schemas.GuardCooldown, Until: g.at(due),
		Note: fmt.Sprintf("%s was tried %s ago, pause is %s", last.Action.Verb, g.since(last.BeganMS), pause.Round(time.Second)),
	}
}

// lastOn returns the newest attempt on a target and how often its verb was
// tried on it in the same incident.
func (g guarded) lastOn(target schemas.ID) (last *schemas.Attempt, tries int) {
	for i, attempt := range g.snapshot.Attempts {
		if attempt.Action.Target == target {
			last = &g.snapshot.Attempts[i]
		}
	}
	if last == nil {
		return nil, 0
	}
	for _, attempt := range g.snapshot.Attempts {
		if attempt.Action.Target == target && attempt.Action.Verb == last.Action.Verb && attempt.Incident == last.Incident && attempt.State != schemas.AttemptRefused && !routineDone(attempt) {
			tries++
		}
	}

	return last, tries
}

// routineDone tells whether an attempt was upkeep that worked: the next is due at
// its time and not later for it.
func routineDone(a schemas.Attempt) bool {
	return schemas.Routine(a.Action.Verb) && a.State == schemas.AttemptRecovered
}

// backupsEnded tells whether an attempt was upkeep, or a restore by hand, that
// runs no more. Nothing of it awaits a verification, also where rr died in it:
// what it left is on disk for everybody to see, and is cleared up by what writes
// there next. A restore looks at each file before it replaces it, and where rr
// does not run nobody would ever verify it.
func backupsEnded(a schemas.Attempt) bool {
	return onBackups(a.Action) && a.EndedMS != nil
}

func backoff(rung schemas.Rung, tries int, seed string) time.Duration {
	pause := rung.Cooldown.Of()
	for range min(tries-1, 20) {
		pause *= 2
		if pause >= rung.MaxCooldown.Of() {
			pause = rung.MaxCooldown.Of()
			break
		}
	}
	h := fnv.New32a()
	h.Write([]byte(seed))

	return pause + pause*time.Duration(h.Sum32()%100)/1000
}

// budgetTarget refuses more actions on one target than its budget allows.
func (g guarded) budgetTarget(a schemas.Action) *schemas.Withheld {
	if schemas.Routine(a.Verb) {
		return nil
	}
	var began []int64
	for _, attempt := range g.snapshot.Attempts {
		if attempt.Action.Target == a.Target && !schemas.Routine(attempt.Action.Verb) {
			began = append(began, attempt.BeganMS)
		}
	}

	return g.spent(schemas.GuardBudgetTarget, "on this target", began, g.config.Budget.Target)
}

// budgetTotal refuses more actions than the whole budget allows, those admitted
// in this turn among them.
func (g guarded) budgetTotal(a schemas.Action) *schemas.Withheld {
	if schemas.Routine(a.Verb) {
		return nil
	}
	var began []int64
	for _, attempt := range g.snapshot.Attempts {
		if !schemas.Routine(attempt.Action.Verb) {
			began = append(began, attempt.BeganMS)
		}
	}
	for range g.admitted {
		began = append(began, g.snapshot.Moment.ClockMS)
	}

	return g.spent(schemas.GuardBudgetTotal, "altogether", began, g.config.Budget.Total)
}

// blastRadius refuses to have more subjects of one kind and scope in work at
// once than allowed: those of which an action is not yet verified, and those
// admitted in this turn. One is always allowed.
func (g guarded) blastRadius(a schemas.Action) *schemas.Withheld {
	if onBackups(a) { // a restore is asked for by a person, who sees what it replaces
		return nil
	}
	group := a.Target.Source()
	inWork := map[schemas.ID]bool{}
	for _, attempt := range g.snapshot.Attempts {
		if attempt.State == schemas.AttemptPending && attempt.Action.Target.Source() == group {
			inWork[attempt.Action.Target] = true
		}
	}
	for _, target := range g.admitted {
		if target.Source() == group {
			inWork[target] = true
		}
	}
	peers := 0
	for _, id := range g.snapshot.Subjects() {
		if id.Source() == group {
			peers++
		}
	}
	limit := g.config.Budget.BlastRadius
	allowed := max(1, min(limit.Max, peers*limit.Percent/100))
	if inWork[a.Target] || len(inWork) < allowed {
		return nil
	}

	return &schemas.Withheld{
		Guard: schemas.GuardBlastRadius,
		Note:  fmt.Sprintf("%d of %d subjects of %s are in work, at most %d may be at once", len(inWork), peers, group, allowed),
	}
}

func (g guarded) spent(guard, of string, began []int64, limit schemas.Limit) *schemas.Withheld {
	window := limit.Window.MS()
	began = slices.DeleteFunc(began, func(ms int64) bool { return ms <= g.snapshot.Moment.ClockMS-window })
	if len(began) < limit.Max {
		return nil
	}

	w := &schemas.Withheld{Guard: guard, Note: fmt.Sprintf("%d of %d actions %s within %s", len(began), limit.Max, of, limit.Window)}
	if limit.Max > 0 {
		slices.Sort(began)
		w.Until = g.at(began[len(began)-limit.Max] + window)
	}

	return w
}

// journalLost refuses everything for the longest window after a journal could
// not be read: what was done before is not known, so budgets are taken as spent.
func (g guarded) journalLost(schemas.Action) *schemas.Withheld {
	if g.snapshot.Moment.ClockMS >= g.snapshot.HeldUntilMS {
		return nil
	}

	return &schemas.Withheld{
		Guard: schemas.GuardJournal, Until: g.at(g.snapshot.HeldUntilMS),
		Note: "an earlier journal was lost, so its budgets count as spent",
	}
}

func (g guarded) dry(schemas.Action) *schemas.Withheld {
	if !g.snapshot.DryRun {
		return nil
	}

	return &schemas.Withheld{Guard: schemas.GuardDryRun, Note: "rr was told to act on nothing (--dry-run)"}
}

// at tells rr's clock as wall time.
func (g guarded) at(clockMS int64) *time.Time {
	at := g.snapshot.Moment.At.Add(time.Duration(clockMS-g.snapshot.Moment.ClockMS) * time.Millisecond).Truncate(time.Millisecond)

	return &at
}

func (g guarded) since(clockMS int64) time.Duration {
	return (time.Duration(g.snapshot.Moment.ClockMS-clockMS) * time.Millisecond).Round(time.Second)
}
