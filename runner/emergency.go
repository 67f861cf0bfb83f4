package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rr/schemas"
)

// steering takes the mode one turn further. Policies ask for a mode; how long
// they must have asked, what a person has forced, and the order of the plan are
// decided here. It reads the snapshot, the decision and the configuration and
// nothing else, so that a turn is replayed as it was.
type steering struct {
	snapshot schemas.Snapshot
	decision schemas.Decision
	config   schemas.Config
	backups  bool // something can back up

	standing *schemas.Standing
	events   []schemas.Event
	elapsed  int64 // ms since the last look in which rr was not held back
}

// steer returns what happened. The standing is that of this turn, and is changed.
func (st *steering) steer() []schemas.Event {
	e := &st.standing.Emergency
	st.standing.Mode = cmp.Or(st.standing.Mode, schemas.ModeNormal)
	st.look()
	if e.ForcedUntilMS != nil && st.now() >= *e.ForcedUntilMS {
		e.ForcedUntilMS = nil
		st.tell(schemas.EventMode, "", "what "+e.By+" forced is over; health decides again")
	}
	switch st.standing.Mode {
	case schemas.ModeNormal:
		if e.ForcedUntilMS == nil && !st.heldBack() && st.heldFor(e.LowMS, st.config.Emergency.Hold) {
			st.enter()
		}
	case schemas.ModeEmergency:
		st.runPlan()
	}
	if st.standing.Mode == schemas.ModeRecovering && e.ForcedUntilMS == nil {
		if e.Once {
			st.change(schemas.ModeNormal, "the plan has ended")
		} else if st.heldFor(e.HighMS, st.config.Emergency.Settle) {
			st.change(schemas.ModeNormal, fmt.Sprintf("health was at or above %d for %s", st.config.Emergency.Leave, st.config.Emergency.Settle))
		}
	}

	return st.events
}

func (st *steering) now() int64 { return st.snapshot.Moment.ClockMS }

// look notes since when a mode has been asked for. Time in which nobody looked
// counts for nothing, and a score that is unknown asks for nothing.
func (st *steering) look() {
	e := &st.standing.Emergency
	gap := st.now() - e.LookedMS
	seen := e.LookedMS > 0 && !unwatched(gap, st.config)
	if seen && !st.heldBack() {
		st.elapsed = gap
	}
	e.LookedMS = st.now()
	wish := ""
	if st.decision.Wish != nil && st.decision.Health.Score != nil {
		wish = st.decision.Wish.Mode
	}
	e.LowMS = since(e.LowMS, wish == schemas.ModeEmergency, seen, st.now())
	e.HighMS = since(e.HighMS, wish == schemas.ModeNormal, seen, st.now())
}

// since is when something began that is so now.
func since(before *int64, is, seen bool, now int64) *int64 {
	switch {
	case !is:
		return nil
	case before != nil && seen:
		return before
	}

	return &now
}

func (st *steering) heldFor(since *int64, d schemas.Duration) bool {
	return since != nil && st.now()-*since >= d.MS()
}

// heldBack tells whether nothing may be done at all. Then no emergency begins,
// and the time of a plan stands still.
func (st *steering) heldBack() bool {
	o := st.standing.Operator
	return o.Frozen != nil || slices.ContainsFunc(o.Pauses, func(p schemas.Pause) bool { return p.On == "" }) ||
		slices.ContainsFunc(Windows(st.config, st.snapshot.Moment.At), func(w schemas.Window) bool { return w.Maintenance.On == "" })
}

func (st *steering) tell(kind, reason, note string) {
	st.events = append(st.events, event(st.snapshot.Moment, kind, "", reason, note))
}

// enter begins an emergency because health has been low for long enough.
func (st *steering) enter() {
	sources := make([]string, 0, len(st.snapshot.Sources))
	for source := range st.snapshot.Sources {
		sources = append(sources, source)
	}
	at := st.snapshot.Moment.At
	reason := st.decision.Wish.Reason
	st.standing.Emergency = schemas.Emergency{
		By: schemas.ByRR, Reason: reason, SinceAt: &at, LookedMS: st.now(), LowMS: st.standing.Emergency.LowMS, Plan: plan(st.config, sources),
	}
	st.standing.Mode = schemas.ModeNormal
	st.change(schemas.ModeEmergency, reason)
	st.runPlan()
}

// change takes another mode. The plan and the reason stay for whoever asks.
func (st *steering) change(mode, reason string) {
	was := st.standing.Mode
	st.standing.Mode = mode
	st.tell(schemas.EventMode, reason, was+" to "+mode)
	if mode == schemas.ModeNormal {
		at := st.snapshot.Moment.At
		e := &st.standing.Emergency
		e.By, e.Reason, e.SinceAt, e.Once, e.Plan = schemas.ByRR, reason, &at, false, nil
	}
}

// plan is what is done in an emergency: as configured, else a backup of
// everything, PM2's daemons, its processes, then every other system.
func plan(c schemas.Config, sources []string) []schemas.Step {
	var steps []schemas.Step
	for _, step := range c.Emergency.Plan {
		steps = append(steps, schemas.Step{
			Backup: step.Backup, Recover: step.Recover, Verbs: step.Verbs, TimeoutS: int64(step.Timeout.Of() / time.Second), State: schemas.StepWaiting,
		})
	}
	if len(steps) > 0 {
		return steps
	}
	var daemons, processes, others []string
	for _, source := range sources {
		system, rest, _ := strings.Cut(source, "/")
		switch {
		case system != "pm2":
			others = append(others, system)
		case strings.HasSuffix(rest, "/daemon"):
			daemons = append(daemons, source)
		case strings.HasSuffix(rest, "/process"):
			processes = append(processes, source)
		}
	}
	steps = append(steps, schemas.Step{TimeoutS: backupTimeoutS, State: schemas.StepWaiting})
	for _, parts := range [][]string{daemons, processes, others} {
		slices.Sort(parts)
		for _, part := range slices.Compact(parts) {
			steps = append(steps, schemas.Step{Recover: part, TimeoutS: stepTimeoutS, State: schemas.StepWaiting})
		}
	}

	return steps
}

// How long a step of the default plan may take, in seconds. A fleet that is down
// waits for its backup, which a disk may hold up.
const (
	backupTimeoutS = 120
	stepTimeoutS   = 600
)

// emergencyAlerts are what a person is to know of the mode.
func emergencyAlerts(standing schemas.Standing) []schemas.Alert {
	if standing.Mode == schemas.ModeNormal || standing.Mode == "" {
		return nil
	}
	e := standing.Emergency
	alerts := []schemas.Alert{{
		Policy: schemas.ByRR, Severity: schemas.SeverityCritical,
		Reason: fmt.Sprintf("emergency by %s: %s; ordinary actions are frozen", e.By, e.Reason),
	}}
	for i, step := range e.Plan {
		if step.State == schemas.StepFailed {
			alerts = append(alerts, schemas.Alert{
				Policy: schemas.ByRR, Severity: schemas.SeverityCritical, Exhausted: true,
				Reason: fmt.Sprintf("step %d of the emergency plan failed: %s", i+1, stepText(step)),
			})
		}
	}

	return alerts
}

// inPlan tells whether the plan lets an action pass: one that a step has come to
// that recovers its target, and in recovering every step.
func inPlan(standing schemas.Standing, a schemas.Action) bool {
	for _, step := range standing.Emergency.Plan {
		if step.State == schemas.StepWaiting {
			break
		}
		if covers(step, a) {
			return true
		}
	}

	return false
}

// placeInPlan says why a plan does not let an action pass: what it has not come
// to yet, or that it never does.
func placeInPlan(plan []schemas.Step, a schemas.Action) string {
	at := slices.IndexFunc(plan, func(s schemas.Step) bool { return !s.Ended() })
	for i, step := range plan {
		if step.State == schemas.StepWaiting && covers(step, a) && at >= 0 {
			return fmt.Sprintf("step %d of %d is to recover it, and step %d is %s: %s", i+1, len(plan), at+1, plan[at].State, stepText(plan[at]))
		}
		if covers(schemas.Step{Recover: step.Recover}, a) && len(step.Verbs) > 0 && !slices.Contains(step.Verbs, a.Verb) {
			return fmt.Sprintf("step %d of %d recovers it by %s alone", i+1, len(plan), strings.Join(step.Verbs, ", "))
		}
	}

	return "no step of the plan recovers it"
}

func covers(step schemas.Step, a schemas.Action) bool {
	return step.Recover != "" && (a.Target.In(step.Recover) || a.Subject.In(step.Recover)) &&
		(len(step.Verbs) == 0 || slices.Contains(step.Verbs, a.Verb))
}
