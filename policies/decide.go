package policies

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"rr/schemas"
)

// Decide asks all policies about every subject whose source is ok, then
// policies.overall about the whole. A policy that fails is told in
// Decision.Errors and leaves its subject unknown; the answers of the others
// stand. The error is about rr, not about a policy.
func (e *Engine) Decide(ctx context.Context, s schemas.Snapshot) (schemas.Decision, error) {
	hash, err := schemas.Hash(s)
	if err != nil {
		return schemas.Decision{}, fmt.Errorf("decide: %w", err)
	}
	reader, err := e.reader(s)
	if err != nil {
		return schemas.Decision{}, fmt.Errorf("decide: %w", err)
	}
	d := schemas.Decision{
		Version:      schemas.SnapshotVersion,
		SnapshotHash: hash,
		PoliciesHash: e.hash,
		ConfigHash:   e.configHash,
		Mode:         s.Mode,
	}
	judged := e.judgeAll(ctx, reader)
	collect(&d, judged)
	e.decideOverall(ctx, s, judged, &d)
	if ctx.Err() != nil {
		return schemas.Decision{}, fmt.Errorf("decide: %w", context.Cause(ctx))
	}

	return d, nil
}

// judgement is what all policies of its kind say about one subject.
type judgement struct {
	id       schemas.ID
	health   schemas.SubjectHealth
	reason   string // of the worst finding
	findings []schemas.Finding
	actions  []schemas.Action
	alerts   []schemas.Alert
	errors   []schemas.PolicyError
}

// judgeAll judges every subject, several at a time, within the deadline of the
// turn. The order of the result is that of the subjects.
func (e *Engine) judgeAll(ctx context.Context, reader *reader) []judgement {
	turn, cancel := context.WithTimeoutCause(ctx, e.options.Limits.Turn,
		fmt.Errorf("%w: all policies together took longer than %s", errDeadline, e.options.Limits.Turn))
	defer cancel()
	asker, stop := e.asker(turn)
	defer stop()

	subjects := reader.subjects()
	judged := make([]judgement, len(subjects))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 1+len(subjects)/16) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(subjects); i = int(next.Add(1)) - 1 {
				judged[i] = asker.judge(turn, reader, subjects[i])
			}
		})
	}
	wg.Wait()

	return judged
}

// judge asks about one subject. A panic of the engine stays with it.
func (a *asker) judge(ctx context.Context, r *reader, id schemas.ID) (j judgement) {
	j = judgement{id: id, health: schemas.SubjectHealth{Status: schemas.StatusUnknown}}
	defer func() {
		if p := recover(); p != nil {
			j = judgement{id: id, health: schemas.SubjectHealth{Status: schemas.StatusUnknown}}
			j.errors = append(j.errors, policyError(id, kindPackage(id.Kind()), fmt.Errorf("the engine panicked: %v", p)))
		}
	}()
	s, err := r.one(id)
	if err != nil {
		j.errors = append(j.errors, policyError(id, kindPackage(id.Kind()), err))
		return j
	}
	for _, reply := range a.ask(ctx, s) {
		one, err := a.accept(reply, id, r.snapshot)
		if err != nil {
			j.errors = append(j.errors, policyError(id, reply.policy, err))
			continue
		}
		j.findings = append(j.findings, one.findings...)
		j.actions = append(j.actions, one.actions...)
		j.alerts = append(j.alerts, one.alerts...)
	}
	a.engine.rate(&j)

	return j
}

// rate tells a subject's health from its worst finding. A subject that a policy
// failed on is unknown.
func (e *Engine) rate(j *judgement) {
	score := 100
	for _, finding := range j.findings {
		if finding.Score < score {
			score, j.reason = finding.Score, finding.Reason
		}
	}
	if len(j.errors) > 0 {
		return
	}
	j.health = schemas.SubjectHealth{Score: &score, Status: e.status(score)}
}

// status says what a score is called.
func (e *Engine) status(score int) string {
	switch {
	case score >= e.options.Config.Health.Healthy:
		return schemas.StatusHealthy
	case score < e.options.Config.Health.Critical:
		return schemas.StatusCritical
	}

	return schemas.StatusWarning
}

// accept decodes what one policy answered about one subject: all of it, or
// nothing and an error.
func (a *asker) accept(r reply, id schemas.ID, snapshot schemas.Snapshot) (judgement, error) {
	var j judgement
	if r.err != nil {
		return j, r.err
	}
	total := 0
	for _, rule := range []string{"findings", "actions", "alerts"} {
		answers, err := r.list(rule)
		if err != nil {
			return j, err
		}
		if total += len(answers); total > a.engine.options.Limits.MaxAnswers {
			return j, fmt.Errorf("more than %d answers about one subject", a.engine.options.Limits.MaxAnswers)
		}
		for _, answer := range answers {
			if err := a.add(&j, answer, id, r.policy, snapshot); err != nil {
				return j, err
			}
		}
	}

	return j, nil
}

func (a *asker) add(j *judgement, answer answer, id schemas.ID, policy string, snapshot schemas.Snapshot) error {
	switch answer.rule {
	case "findings":
		f, err := answer.finding()
		if err != nil {
			return err
		}
		j.findings = append(j.findings, schemas.Finding{
			Subject: id, Policy: policy, At: answer.at, Score: f.Score, Severity: f.Severity, Reason: f.Reason, Cause: f.Cause, InWork: f.InWork,
		})
	case "actions":
		action, err := a.action(answer, id, snapshot)
		if err != nil {
			return err
		}
		action.Policy, action.At = policy, answer.at
		j.actions = append(j.actions, action)
	case "alerts":
		alert, err := answer.alert()
		if err != nil {
			return err
		}
		j.alerts = append(j.alerts, schemas.Alert{
			Subject: id, Policy: policy, At: answer.at, Severity: alert.Severity, Reason: alert.Reason, Exhausted: alert.Exhausted,
		})
	}

	return nil
}

// action completes an action: its target is the subject unless said, its rung
// is its verb's place in the ladder of the target's kind.
func (a *asker) action(answer answer, id schemas.ID, snapshot schemas.Snapshot) (schemas.Action, error) {
	asked, err := answer.action()
	if err != nil {
		return schemas.Action{}, err
	}
	if _, ok := a.engine.verbs[asked.Verb]; !ok {
		return schemas.Action{}, answer.wrong("verb: no such verb %q; %s", asked.Verb, choices(asked.Verb, sortedKeys(a.engine.verbs)))
	}
	if a.engine.verbs[asked.Verb].ByHand {
		return schemas.Action{}, answer.wrong("verb: %s is for a person to ask for: rr act %s", asked.Verb, asked.Verb)
	}
	target := cmp.Or(asked.Target, id)
	if !snapshot.Has(target) {
		return schemas.Action{}, answer.wrong("target: there is no %s; %s", target, choices(string(target), near(snapshot, target)))
	}
	rung, ok := a.engine.rung(asked.Verb, target)
	if !ok {
		return schemas.Action{}, answer.wrong("verb: %s does not act on a %s; %s", asked.Verb, target.Kind(), choices(asked.Verb, a.engine.verbsOf(target.Kind())))
	}

	return schemas.Action{Verb: asked.Verb, Target: target, Subject: id, Rung: rung, Reason: asked.Reason, ForS: asked.ForS}, nil
}

// verbsOf lists the verbs that may act on a kind.
func (e *Engine) verbsOf(kind string) []string {
	var names []string
	for name, verb := range e.verbs {
		if _, ok := verb.Rungs[kind]; ok {
			names = append(names, name)
		}
	}

	return slices.Sorted(slices.Values(names))
}

// near lists at most 20 subjects of the same source, so that an error stays
// readable.
func near(s schemas.Snapshot, id schemas.ID) []string {
	var names []string
	for _, known := range s.Subjects() {
		if known.Source() == id.Source() && len(names) < 20 {
			names = append(names, string(known))
		}
	}

	return names
}

// collect puts all judgements into the decision, by subject, then policy, then
// position.
func collect(d *schemas.Decision, judged []judgement) {
	d.Findings, d.Actions = []schemas.Finding{}, []schemas.Action{}
	d.Alerts, d.Errors = []schemas.Alert{}, []schemas.PolicyError{}
	d.Health.Subjects = map[schemas.ID]schemas.SubjectHealth{}
	for _, j := range judged {
		d.Findings = append(d.Findings, j.findings...)
		d.Actions = append(d.Actions, j.actions...)
		d.Alerts = append(d.Alerts, j.alerts...)
		d.Errors = append(d.Errors, j.errors...)
		d.Health.Subjects[j.id] = j.health
	}
}

// comparePlaces orders file:line:col by file, then by number.
func comparePlaces(a, b string) int {
	fileA, rowA, colA := cutPlace(a)
	fileB, rowB, colB := cutPlace(b)

	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(rowA, rowB), cmp.Compare(colA, colB))
}

func cutPlace(at string) (file string, row, col int) {
	rest, last := cutLast(at)
	file, middle := cutLast(rest)
	// What is not a number sorts first; it is never written.
	row, _ = strconv.Atoi(middle)
	col, _ = strconv.Atoi(last)

	return file, row, col
}

func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, ""
	}

	return s[:i], s[i+1:]
}

// unknownSubjects are subjects of a snapshot that nothing was asked about.
func unknownSubjects(d *schemas.Decision, s schemas.Snapshot) {
	for _, id := range s.Subjects() {
		if _, ok := d.Health.Subjects[id]; !ok {
			d.Health.Subjects[id] = schemas.SubjectHealth{Status: schemas.StatusUnknown}
		}
	}
}
