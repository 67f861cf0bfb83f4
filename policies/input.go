package policies

import (
	"fmt"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// subject is one thing of a snapshot, and what its policies are asked with.
type subject struct {
	id     schemas.ID
	kind   string
	input  *ast.Term
	config configStore
}

// reader makes the inputs of one snapshot. What many subjects share is made
// once.
type reader struct {
	engine   *Engine
	snapshot schemas.Snapshot
	kinds    map[string]kind
	attempts map[schemas.ID][]schemas.Attempt
	efficacy map[string]map[string]schemas.Efficacy // by kind and verb
	needs    *needed
	making   sync.Mutex                // subjects are judged at once
	beside   map[string][][2]*ast.Term // by kind and scope
	sources  map[string]*ast.Term
	untried  map[string]*ast.Term // attempts of a subject that was never acted on, by kind
	mode     *ast.Term
	takenAt  *ast.Term
}

func (e *Engine) reader(s schemas.Snapshot) (*reader, error) {
	r := &reader{
		engine:   e,
		snapshot: s,
		kinds:    map[string]kind{},
		attempts: map[schemas.ID][]schemas.Attempt{},
		efficacy: efficacy(s.Attempts),
		needs:    newNeeded(s, e.options.Config.Needs),
		beside:   map[string][][2]*ast.Term{},
		sources:  map[string]*ast.Term{},
		untried:  map[string]*ast.Term{},
		mode:     ast.StringTerm(s.Mode),
	}
	var err error
	if r.takenAt, err = term(s.Moment.At); err != nil {
		return nil, err
	}
	for _, attempt := range s.Attempts {
		r.attempts[attempt.Action.Subject] = append(r.attempts[attempt.Action.Subject], attempt)
	}
	for key, source := range s.Sources {
		if r.sources[key], err = term(source); err != nil {
			return nil, err
		}
	}
	for _, k := range kinds() {
		r.kinds[k.name] = k
		if r.untried[k.name], err = term(r.count("", k.name)); err != nil {
			return nil, err
		}
	}

	return r, nil
}

// subjects lists every subject whose source is ok, in order.
func (r *reader) subjects() []schemas.ID {
	all := slices.DeleteFunc(r.snapshot.Subjects(), func(id schemas.ID) bool { return !r.known(id) })

	return all
}

// one makes the question about one subject.
func (r *reader) one(id schemas.ID) (subject, error) {
	seen, _ := r.snapshot.Facts(id)
	facts, err := term(seen)
	if err != nil {
		return subject{}, err
	}
	k := r.kinds[id.Kind()]
	more, err := r.shared(k, id.Scope())
	if err != nil {
		return subject{}, err
	}

	return r.subject(id, k.subject, facts, more...)
}

// shared is what the inputs of one kind in one scope have in common.
func (r *reader) shared(k kind, scope string) ([][2]*ast.Term, error) {
	r.making.Lock()
	defer r.making.Unlock()
	key := k.name + "/" + scope
	if made, ok := r.beside[key]; ok {
		return made, nil
	}
	made := [][2]*ast.Term{}
	for _, b := range k.beside {
		value, ok := b.of(r.snapshot, scope)
		if !ok && b.field != "parent" {
			continue
		}
		if !ok { // never seen without one; if it ever is, each of its facts is undefined
			value = map[string]any{}
		}
		t, err := term(value)
		if err != nil {
			return nil, err
		}
		made = append(made, ast.Item(ast.StringTerm(b.field), t))
	}
	r.beside[key] = made

	return made, nil
}

// known says whether the facts about a subject are.
func (r *reader) known(id schemas.ID) bool {
	return r.snapshot.Sources[id.Source()].State == schemas.SourceOK
}

func (r *reader) subject(id schemas.ID, field string, facts *ast.Term, more ...[2]*ast.Term) (subject, error) {
	attempts, err := r.tried(id)
	if err != nil {
		return subject{}, err
	}
	config, ok := r.engine.stores[storeKey(id.System(), id.Scope())]
	if !ok {
		return subject{}, fmt.Errorf("%s: there is no configuration of %s %q", id, id.System(), id.Scope())
	}
	needs, err := r.needs.of(id)
	if err != nil {
		return subject{}, err
	}
	incident, open := r.snapshot.Incidents[id]
	input := append([][2]*ast.Term{
		ast.Item(ast.StringTerm("id"), ast.StringTerm(string(id))),
		ast.Item(ast.StringTerm(field), facts),
		ast.Item(ast.StringTerm("attempts"), attempts),
		ast.Item(ast.StringTerm("unhealthy_s"), ast.NumberTerm(number(unhealthyS(r.snapshot, id)))),
		ast.Item(ast.StringTerm("flaps"), ast.NumberTerm(number(int64(r.snapshot.Flaps[id])))),
		ast.Item(ast.StringTerm("exhausted"), ast.BooleanTerm(open && incident.State == schemas.IncidentExhausted)),
		ast.Item(ast.StringTerm("needs"), needs),
		ast.Item(ast.StringTerm("mode"), r.mode),
		ast.Item(ast.StringTerm("source"), r.sources[id.Source()]),
		ast.Item(ast.StringTerm("taken_at"), r.takenAt),
	}, more...)

	return subject{id: id, kind: id.Kind(), input: ast.ObjectTerm(input...), config: config}, nil
}

// tried is what was tried on a subject since it was last healthy, by verb.
func (r *reader) tried(id schemas.ID) (*ast.Term, error) {
	if len(r.attempts[id]) == 0 {
		return r.untried[id.Kind()], nil
	}

	return term(r.count(id, id.Kind()))
}

// count counts the attempts of a subject's incident. Every verb of the kind is
// there, with zeros where it was never tried: a count that is undefined would
// make a rule silently not fire.
func (r *reader) count(id schemas.ID, kind string) map[string]schemas.Attempts {
	counts := map[string]schemas.Attempts{}
	for _, verb := range r.engine.schema.verbs(kind) {
		counts[verb] = schemas.Attempts{Efficacy: r.efficacy[kind][verb]}
	}
	incident, open := r.snapshot.Incidents[id]
	if !open {
		return counts
	}
	newest := map[string]int64{}
	for _, attempt := range r.attempts[id] {
		verb := attempt.Action.Verb
		c, ofKind := counts[verb]
		if !ofKind || attempt.Incident != incident.ID || attempt.State == schemas.AttemptRefused || attempt.Status == schemas.OutcomeWithheld {
			continue
		}
		c.Tried++
		if attempt.Status == schemas.OutcomeUnknown || attempt.Status == schemas.OutcomeFailed {
			c.Unfinished++
		}
		switch attempt.State {
		case schemas.AttemptPending:
			c.Pending++
		case schemas.AttemptRecovered:
			c.Recovered++
		case schemas.AttemptFailed:
			c.Failed++
		}
		newest[verb] = max(newest[verb], attempt.BeganMS)
		c.LastS = max(0, r.snapshot.Moment.ClockMS-newest[verb]) / 1000
		counts[verb] = c
	}

	return counts
}

// verbs lists the verbs that may act on a kind: its schema closes them.
func (set *schemaSet) verbs(kind string) []string {
	attempts := set.byName[kind].Properties["attempts"]
	if attempts == nil {
		return nil
	}

	return sortedKeys(attempts.Properties)
}

// efficacy is how the attempts on all subjects turned out, by kind and verb.
func efficacy(attempts []schemas.Attempt) map[string]map[string]schemas.Efficacy {
	all := map[string]map[string]schemas.Efficacy{}
	for _, attempt := range attempts {
		if attempt.State == schemas.AttemptRefused || attempt.Status == schemas.OutcomeWithheld {
			continue
		}
		kind, verb := attempt.Action.Subject.Kind(), attempt.Action.Verb
		if all[kind] == nil {
			all[kind] = map[string]schemas.Efficacy{}
		}
		e := all[kind][verb]
		e.Tried++
		switch attempt.State {
		case schemas.AttemptRecovered:
			e.Recovered++
		case schemas.AttemptFailed:
			e.Failed++
		}
		all[kind][verb] = e
	}

	return all
}
