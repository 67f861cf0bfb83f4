package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rr/schemas"
)

// Backups takes a backup of sets, of all where none are named, and reads it
// again to see that it is whole. It returns a note on what it took.
type Backups interface {
	Backup(ctx context.Context, sets []string) (note string, err error)
}

// runPlan takes the plan as far as it goes in this turn: a step begins when the
// one before it has ended. A backup is left running: it is taken once the turn
// is on disk.
func (st *steering) runPlan() {
	plan := slices.Clone(st.standing.Emergency.Plan)
	st.standing.Emergency.Plan = plan
	for i := range plan {
		step := &plan[i]
		if step.Ended() {
			continue
		}
		if step.State == schemas.StepWaiting {
			step.State = schemas.StepRunning
			st.tell(schemas.EventStep, "", fmt.Sprintf("%d of %d begins: %s", i+1, len(plan), stepText(*step)))
		} else {
			step.SpentMS += st.elapsed
		}
		st.judgeStep(step)
		if !step.Ended() {
			return
		}
		st.tell(schemas.EventStep, "", fmt.Sprintf("%d of %d %s: %s", i+1, len(plan), step.State, stepText(*step)))
	}
	st.change(schemas.ModeRecovering, "every step of the plan has ended")
}

// judgeStep says how a step stands with what is seen now.
func (st *steering) judgeStep(step *schemas.Step) {
	if step.Recover == "" {
		if !st.backups {
			step.State, step.Note = schemas.StepSkipped, "no backups are configured"
		}
		return
	}
	bad, open, unknown, known := st.seen(step.Recover)
	busy := st.busy(*step)
	step.QuietMS += st.elapsed
	if busy {
		step.QuietMS = 0
	}
	switch spent := time.Duration(step.SpentMS) * time.Millisecond; {
	case known == 0 && len(unknown) == 0:
		step.State, step.Note = schemas.StepSkipped, "there is nothing of it"
	case len(bad) == 0 && len(unknown) == 0 && !busy:
		step.State, step.Note = schemas.StepDone, fmt.Sprintf("%d of %d at or above %d", known, known, st.config.Emergency.Leave)
	case len(bad) > 0 && len(open) == 0 && len(unknown) == 0 && !busy:
		step.State, step.Note = schemas.StepFailed, "their ladders have ended: "+list(bad)
	case spent >= time.Duration(step.TimeoutS)*time.Second:
		step.State, step.Note = schemas.StepFailed, fmt.Sprintf("not within %ds: %s", step.TimeoutS, list(append(bad, unknown...)))
	case step.QuietMS >= st.config.Settle.MS() && !busy:
		step.State, step.Note = schemas.StepFailed, "nothing more is asked for: "+list(append(bad, unknown...))
	default:
		step.Note = fmt.Sprintf("%d of %d at or above %d so far", known-len(bad), known, st.config.Emergency.Leave)
		if waits := append(bad, unknown...); len(waits) > 0 {
			step.Note += "; waits for " + list(waits)
		}
	}
}

// seen sorts what a step recovers: what is below leave, of that what may still
// be acted on, and sources of which nothing is known.
func (st *steering) seen(on string) (bad, open, unknown []string, known int) {
	for _, id := range st.snapshot.Subjects() {
		if !id.In(on) {
			continue
		}
		health := st.decision.Health.Subjects[id]
		switch {
		case health.Score == nil && st.snapshot.Sources[id.Source()].State == schemas.SourceOK:
			unknown = append(unknown, string(id))
		case health.Score != nil:
			known++
			if *health.Score < st.config.Emergency.Leave {
				bad = append(bad, string(id))
				if st.snapshot.Incidents[id].State != schemas.IncidentExhausted {
					open = append(open, string(id))
				}
			}
		}
	}
	for name, source := range st.snapshot.Sources {
		if source.State != schemas.SourceOK && (schemas.ID(name).In(on) || schemas.ID(on).In(name)) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)

	return bad, open, unknown, known
}

// busy tells whether something of a step is asked for that may be done, or
// awaits its verification. What would end rr itself is never done, nor is what
// is only to be told.
func (st *steering) busy(step schemas.Step) bool {
	asked := func(a schemas.Action) bool {
		return covers(step, a) && !st.snapshot.RunsRR(a.Target) && !picked(st.config.Shadow, a)
	}
	pending := func(a schemas.Attempt) bool {
		return a.State == schemas.AttemptPending && covers(schemas.Step{Recover: step.Recover}, a.Action)
	}

	return slices.ContainsFunc(st.decision.Actions, asked) || slices.ContainsFunc(st.snapshot.Attempts, pending)
}

// list names a few and counts the rest.
func list(names []string) string {
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}

	return strings.Join(names, ", ")
}

// stepText is what a step does, in a few words, and what came of it.
func stepText(s schemas.Step) string {
	text := "back up " + strings.Join(s.Backup, ", ")
	if len(s.Backup) == 0 {
		text = "back up everything"
	}
	if s.Recover != "" {
		text = "recover " + s.Recover
	}
	if len(s.Verbs) > 0 {
		text += " by " + strings.Join(s.Verbs, ", ")
	}
	if s.Note != "" {
		text += ": " + s.Note
	}

	return text
}

// beatEach is how often the watchdog is fed while a backup is taken.
const beatEach = 10 * time.Second

// backUp takes the backup that the plan has come to. The step was running on
// disk before; an rr that is killed here takes the backup again, which changes
// nothing where it was whole.
func (r *Runner) backUp(ctx context.Context, record *schemas.Record) []schemas.Event {
	standing := &record.Standing
	if standing.Mode != schemas.ModeEmergency || r.setup.Backups == nil || record.Snapshot.DryRun && !r.DryRun {
		return nil
	}
	plan := slices.Clone(standing.Emergency.Plan)
	i := slices.IndexFunc(plan, func(s schemas.Step) bool { return s.State == schemas.StepRunning })
	if i < 0 || plan[i].Recover != "" {
		return nil
	}
	step := &plan[i]
	switch note, err := r.takeBackup(ctx, *step); {
	case r.DryRun:
		step.State, step.Note = schemas.StepSkipped, "rr was told to act on nothing (--dry-run)"
	case err != nil:
		step.State, step.Note = schemas.StepFailed, err.Error()
	default:
		step.State, step.Note = schemas.StepDone, note
	}
	standing.Emergency.Plan, r.memory.standing.Emergency.Plan = plan, plan
	events := []schemas.Event{event(r.moment(), schemas.EventStep, "", "", fmt.Sprintf("%d of %d %s: %s", i+1, len(plan), step.State, stepText(*step)))}
	if err := r.Ledger.Keep(context.WithoutCancel(ctx), r.moment(), r.memory.standing, events); err != nil {
		r.Log.Error("backup not recorded", "kind", "journal", "note", err)
		r.memory.unsaved.merge(changes{Events: events})
	}
	for _, e := range events {
		r.tellEvent(e)
	}

	return events
}

// takeBackup waits for a backup for as long as its step allows, and no longer
// for one that does not heed that.
func (r *Runner) takeBackup(ctx context.Context, step schemas.Step) (string, error) {
	if r.DryRun {
		return "", nil
	}
	r.breakOff() // it would wait for what holds the store
	r.failpoint("backing_up")
	defer r.failpoint("backed_up")
	limit := time.Duration(step.TimeoutS) * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	type result struct {
		note string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		note, err := backUpSafely(ctx, r.setup.Backups, step.Backup)
		done <- result{note, err}
	}()
	beat := time.NewTicker(beatEach)
	defer beat.Stop()
	for {
		select {
		case got := <-done:
			return got.note, got.err
		case <-beat.C:
			if r.Beat != nil {
				r.Beat()
			}
		case <-ctx.Done():
			return "", fmt.Errorf("no backup within %s", limit)
		}
	}
}

// backUpSafely is the panic barrier of a backup.
func backUpSafely(ctx context.Context, b Backups, sets []string) (note string, err error) {
	defer func() {
		if p := recover(); p != nil {
			note, err = "", fmt.Errorf("the backup panicked: %v", p)
		}
	}()

	return b.Backup(ctx, sets)
}
