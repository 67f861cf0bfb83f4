package policies

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"rr/schemas"
)

// asker asks the questions of one decision.
type asker struct {
	engine *Engine
	watch  *watch

	mu   sync.Mutex
	slow map[string]int // times that a policy was over its limits
}

// asker returns one that is watched until stop is called.
func (e *Engine) asker(ctx context.Context) (a *asker, stop func()) {
	watch, stop := startWatch(ctx, e.options.Limits)

	return &asker{engine: e, watch: watch, slow: map[string]int{}}, stop
}

// slowTimes is how often a policy may be over its limits before it is asked no
// more within one decision: a policy that loops would cost a deadline for each
// subject.
const slowTimes = 3

// reply is what one policy answered, by public rule, or why it did not.
type reply struct {
	policy  string
	answers ast.Object
	err     error
}

// ask asks all policies of a subject's kind in one query. Where that fails, one
// of them spoiled it for all, so that each is asked alone.
func (a *asker) ask(ctx context.Context, s subject) []reply {
	q := a.engine.questions[s.kind]
	if !a.anySlow(q.policies) {
		if all, err := a.eval(ctx, q.all, s); err == nil {
			return split(q.policies, all)
		}
	}

	replies := make([]reply, len(q.policies))
	for i, policy := range q.policies {
		if ctx.Err() != nil {
			return []reply{{policy: kindPackage(s.kind), err: context.Cause(ctx)}}
		}
		replies[i] = a.askOne(ctx, policy, q.each[policy], s)
	}

	return replies
}

func split(policies []string, all ast.Object) []reply {
	replies := make([]reply, len(policies))
	for i, policy := range policies {
		replies[i] = reply{policy: policy}
		if answers := all.Get(ast.StringTerm(policy)); answers != nil {
			replies[i].answers, _ = answers.Value.(ast.Object)
		}
	}

	return replies
}

func (a *asker) askOne(ctx context.Context, policy string, body ast.Body, s subject) reply {
	if a.isSlow(policy) {
		return reply{policy: policy, err: fmt.Errorf("not asked: it was over its limits %d times in this turn", slowTimes)}
	}
	all, err := a.eval(ctx, body, s)
	if err != nil {
		a.note(policy, err)
		return reply{policy: policy, err: err}
	}

	return split([]string{policy}, all)[0]
}

// eval answers one query. Built-in functions that err end it: in Rego they
// would be undefined, and a rule would silently not fire.
func (a *asker) eval(ctx context.Context, body ast.Body, s subject) (ast.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	running := a.watch.begin()
	query := topdown.NewQuery(body).
		WithCompiler(a.engine.running).
		WithStore(s.config.store).
		WithTransaction(s.config.txn).
		WithInput(s.input).
		WithCancel(running.cancel).
		WithMetrics(metrics.NoOp()).
		WithStrictBuiltinErrors(true)

	var answers ast.Object
	err := query.Iter(ctx, func(result topdown.QueryResult) error {
		if found, ok := result[answerVar]; ok {
			answers, _ = found.Value.(ast.Object)
		}
		return nil
	})
	if ended := a.watch.finish(running); ended != nil && err != nil {
		return nil, ended
	}
	if err == nil && answers == nil {
		err = errors.New("no answer")
	}

	return answers, err
}

func (a *asker) note(policy string, err error) {
	if !errors.Is(err, errDeadline) && !errors.Is(err, errMemory) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.slow[policy]++
}

func (a *asker) isSlow(policy string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()

	return a.slow[policy] >= slowTimes
}

func (a *asker) anySlow(policies []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, policy := range policies {
		if a.slow[policy] >= slowTimes {
			return true
		}
	}

	return false
}

// policyError tells an error of a policy with the place that OPA names.
func policyError(id schemas.ID, policy string, err error) schemas.PolicyError {
	told := schemas.PolicyError{Subject: id, Policy: policy, Error: err.Error()}
	var rego *topdown.Error
	var answer *answerError
	switch {
	case errors.As(err, &rego):
		told.Error = rego.Message
		if rego.Location != nil {
			told.At = fmt.Sprintf("%s:%d:%d", rego.Location.File, rego.Location.Row, rego.Location.Col)
		}
	case errors.As(err, &answer):
		told.At, told.Error = answer.at, answer.message
	}

	return told
}
