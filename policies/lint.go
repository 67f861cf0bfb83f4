package policies

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// lint finds mistakes that the type checker does not see: names that are given
// as strings, words that a fact never is, conditions that hold when a fact is
// unknown.
func (e *Engine) lint(problems *problems) {
	for _, m := range e.modules {
		resolved := e.resolved[m.path]
		if resolved == nil || m.role != rolePolicy && m.role != roleTest || m.kind.name == "" {
			continue
		}
		for _, rule := range resolved.Rules {
			l := &linter{engine: e, module: m, rule: rule, aliases: aliases(rule), problems: problems}
			if m.role == roleTest {
				l.withTargets()
				continue
			}
			l.calls()
			l.negations()
			l.literals()
		}
	}
}

// linter looks at one rule.
type linter struct {
	engine   *Engine
	module   *module
	rule     *ast.Rule
	aliases  map[ast.Var]ast.Ref
	problems *problems
}

// aliases are the variables of a rule that stand for a path: p := input.process.
func aliases(rule *ast.Rule) map[ast.Var]ast.Ref {
	found := map[ast.Var]ast.Ref{}
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		if expr.IsAssignment() && len(expr.Operands()) == 2 {
			name, isVar := expr.Operand(0).Value.(ast.Var)
			ref, isRef := expr.Operand(1).Value.(ast.Ref)
			if isVar && isRef {
				found[name] = expand(found, ref)
			}
		}
		return false
	})

	return found
}

func expand(aliases map[ast.Var]ast.Ref, ref ast.Ref) ast.Ref {
	if name, ok := ref[0].Value.(ast.Var); ok {
		if full, ok := aliases[name]; ok {
			return full.Concat(ref[1:])
		}
	}

	return ref
}

// place is what the schema knows of a term, where it is a path or stands for
// one.
func (l *linter) place(term *ast.Term) (place, bool) {
	var ref ast.Ref
	switch v := term.Value.(type) {
	case ast.Ref:
		ref = expand(l.aliases, v)
	case ast.Var:
		ref = l.aliases[v]
	}
	schema, rest := l.engine.schema.of(l.module.kind, ref)
	if schema == nil {
		return place{}, false
	}

	return schema.find(rest), true
}

// calls looks at every call of a built-in function.
func (l *linter) calls() {
	look := func(operator *ast.Term, operands []*ast.Term) {
		switch operator.String() {
		case "equal", "eq", "neq":
			if len(operands) == 2 {
				l.compared(operands[0], operands[1])
				l.compared(operands[1], operands[0])
			}
		case "internal.member_2":
			l.member(operands[0], operands[1])
		case "object.get":
			l.got(operands[0], operands[1])
		}
	}
	visitor := ast.NewGenericVisitor(func(x any) bool {
		switch v := x.(type) {
		case *ast.Expr:
			if v.IsCall() {
				look(v.OperatorTerm(), v.Operands())
			}
		case *ast.Term:
			if call, ok := v.Value.(ast.Call); ok {
				look(call[0], call[1:])
			}
		}
		return false
	})
	visitor.Walk(l.rule)
}

// compared refuses a word that the fact never is: the condition would never
// hold, or with != always.
func (l *linter) compared(fact, literal *ast.Term) {
	word, ok := literal.Value.(ast.String)
	if !ok {
		return
	}
	at, known := l.place(fact)
	if words := at.schema.enum(); known && words != nil && !slices.Contains(words, string(word)) {
		l.problems.at(literal.Location, "%s is never %q; %s", fact, string(word), choices(string(word), words))
	}
}

// member is compared for each element of a set or an array.
func (l *linter) member(fact, collection *ast.Term) {
	each := func(word *ast.Term) { l.compared(fact, word) }
	switch v := l.constant(collection).(type) {
	case ast.Set:
		v.Foreach(each)
	case *ast.Array:
		v.Foreach(each)
	}
}

// constant is the value of a term, or of the helper that it names.
func (l *linter) constant(term *ast.Term) ast.Value {
	ref, ok := term.Value.(ast.Ref)
	if !ok {
		return term.Value
	}
	for _, helper := range l.helpers(ref) {
		if helper.Head.Value != nil {
			return helper.Head.Value.Value
		}
	}

	return nil
}

// helpers are the rules of the same package that a path names.
func (l *linter) helpers(ref ast.Ref) []*ast.Rule {
	var found []*ast.Rule
	for _, m := range l.engine.modules {
		resolved := l.engine.resolved[m.path]
		if resolved == nil || m.pkg != l.module.pkg {
			continue
		}
		for _, rule := range resolved.Rules {
			if strings.HasPrefix(ruleName(rule), "_") && ref.HasPrefix(resolved.Package.Path.Append(ast.StringTerm(ruleName(rule)))) {
				found = append(found, rule)
			}
		}
	}

	return found
}

// got refuses a name that object.get never finds: it would always give its
// default.
func (l *linter) got(object, key *ast.Term) {
	at, known := l.place(object)
	if !known || at.schema == nil {
		return
	}
	path := ast.Ref{}
	switch v := key.Value.(type) {
	case ast.String:
		path = append(path, key)
	case *ast.Array:
		v.Foreach(func(part *ast.Term) { path = append(path, part) })
	}
	if found := at.schema.find(path); found.missing != "" {
		l.problems.at(key.Location, "%s has no %q, so that object.get always gives its default; %s", object, found.missing, choices(found.missing, found.names))
	}
}

// negations refuses not on a fact that can be unknown: absent is not false, so
// that the condition holds when rr does not know.
func (l *linter) negations() {
	known := map[string]bool{}
	for _, expr := range l.rule.Body {
		if !expr.Negated {
			ast.WalkRefs(expr, func(ref ast.Ref) bool {
				known[expand(l.aliases, ref).String()] = true
				return false
			})
		}
	}
	ast.WalkExprs(l.rule, func(expr *ast.Expr) bool {
		if !expr.Negated || l.asksForPresence(expr) {
			return false
		}
		ast.WalkRefs(expr, func(ref ast.Ref) bool {
			l.negated(expr, ref, known)
			return false
		})
		return false
	})
}

// asksForPresence says whether a condition is nothing but not input.process.pid:
// a number or a text is never false, so that it can only ask whether it is
// known.
func (l *linter) asksForPresence(expr *ast.Expr) bool {
	term, ok := expr.Terms.(*ast.Term)
	if !ok {
		return false
	}
	at, known := l.place(term)

	return known && at.optional && at.schema != nil && at.schema.Type != "boolean"
}

func (l *linter) negated(expr *ast.Expr, ref ast.Ref, known map[string]bool) {
	if l.unknowable(ref, known) {
		l.problems.at(expr.Location, "not holds also when %s is unknown; write the opposite condition, or add %s == %s before it", ref, ref, ref)
		return
	}
	for _, helper := range l.helpers(ref) {
		walkRefs(helper, func(inner ast.Ref, _ *ast.Location) {
			if l.unknowable(inner, known) {
				l.problems.warnAt(expr.Location, "not %s holds also when %s is unknown", ruleName(helper), inner)
			}
		})
	}
}

func (l *linter) unknowable(ref ast.Ref, known map[string]bool) bool {
	at, ok := l.place(ast.NewTerm(ref))

	return ok && at.optional && at.missing == "" && !known[expand(l.aliases, ref).String()]
}

// literals looks at what answers are written with.
func (l *linter) literals() {
	told := map[*ast.Term]bool{}
	ast.WalkTerms(l.rule, func(term *ast.Term) bool {
		object, ok := term.Value.(ast.Object)
		if ok && !strings.HasPrefix(ruleName(l.rule), "_") {
			l.answer(object, told)
		}
		return false
	})
	ast.WalkTerms(l.rule, func(term *ast.Term) bool {
		if fraction(term) && !told[term] {
			l.problems.warnAt(term.Location, "%s is a fraction, which makes policies slow; count in whole numbers", term)
		}
		return false
	})
}

func (l *linter) answer(object ast.Object, told map[*ast.Term]bool) {
	_, elsewhere := field(object, "target")
	object.Foreach(func(key, value *ast.Term) {
		word, isWord := value.Value.(ast.String)
		switch name := termText(key); {
		case fraction(value) && slices.Contains([]string{"score", "for_s", "weight", "confidence"}, name):
			told[value] = true
			l.problems.at(value.Location, "%s: %s, want a whole number", name, value)
		case isWord && name == "severity" && !slices.Contains(severities(), string(word)):
			l.problems.at(value.Location, "severity: no such value %q; %s", string(word), choices(string(word), severities()))
		case isWord && name == "verb" && ruleName(l.rule) == "actions":
			l.verb(value, string(word), elsewhere)
		}
	})
}

// verb refuses a verb that rr does not have, or not for this kind, or that only
// a person may ask for.
func (l *linter) verb(value *ast.Term, word string, elsewhere bool) {
	names := slices.Concat(l.engine.verbsOf(l.module.kind.name), l.engine.schema.verbs(l.module.kind.schema))
	if elsewhere {
		names = append(names, sortedKeys(l.engine.verbs)...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); !slices.Contains(names, word) {
		l.problems.at(value.Location, "verb: %q is nothing that rr does to a %s; %s", word, l.module.kind.name, choices(word, names))
	} else if l.engine.verbs[word].ByHand {
		l.problems.at(value.Location, "verb: %s is for a person to ask for: rr act %s", word, word)
	}
}

func field(object ast.Object, name string) (*ast.Term, bool) {
	value := object.Get(ast.StringTerm(name))

	return value, value != nil
}

func fraction(term *ast.Term) bool {
	number, ok := term.Value.(ast.Number)

	return ok && strings.ContainsAny(string(number), ".eE")
}

// withTargets holds what a test replaces, and the objects it writes for
// data.config, against the schema: a misspelt one replaces nothing.
func (l *linter) withTargets() {
	ast.WalkWiths(l.rule, func(with *ast.With) bool {
		ref, ok := with.Target.Value.(ast.Ref)
		if !ok {
			return false
		}
		root, rest := l.engine.schema.of(l.module.kind, ref)
		if root == nil {
			return false
		}
		found := root.find(rest)
		if found.missing != "" {
			l.problems.at(with.Target.Location, "%s: there is no %q, so that the test replaces nothing; %s", ref, found.missing, choices(found.missing, found.names))
			return false
		}
		if ref[0].Equal(ast.DefaultRootDocument) {
			l.written(found.schema, with.Value)
		}
		return false
	})
}

// written looks at an object, or at those that object.union puts together.
func (l *linter) written(s *schema, value *ast.Term) {
	switch v := value.Value.(type) {
	case ast.Object:
		l.keys(s, v)
	case ast.Call:
		if v[0].String() == "object.union" {
			for _, part := range v[1:] {
				l.written(s, part)
			}
		}
	case ast.Var:
		ast.WalkExprs(l.rule, func(expr *ast.Expr) bool {
			if expr.IsAssignment() && expr.Operand(0).Equal(value) {
				l.written(s, expr.Operand(1))
			}
			return false
		})
	}
}

func (l *linter) keys(s *schema, object ast.Object) {
	object.Foreach(func(key, value *ast.Term) {
		found := s.find(ast.Ref{key})
		if found.missing != "" {
			l.problems.at(key.Location, "data.config has no %q here; %s", found.missing, choices(found.missing, found.names))
			return
		}
		if inner, ok := value.Value.(ast.Object); ok && found.schema != nil {
			l.keys(found.schema, inner)
		}
	})
}
