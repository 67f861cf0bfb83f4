package policies

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkReads holds every policy to what it may read: input, data.config, its
// own helpers and policies.lib. A policy that read another would change with
// it, and one error would spread to both.
func (e *Engine) checkReads(problems *problems) {
	for _, m := range e.modules {
		resolved := e.resolved[m.path]
		if resolved == nil {
			continue
		}
		for _, rule := range resolved.Rules {
			walkRefs(rule, func(ref ast.Ref, loc *ast.Location) { m.checkRead(ref, loc, problems) })
		}
	}
}

// walkRefs calls f with every path that a rule reads, its own name not among
// them.
func walkRefs(rule *ast.Rule, f func(ast.Ref, *ast.Location)) {
	visit := func(x any) bool {
		switch v := x.(type) {
		case *ast.Term:
			if ref, ok := v.Value.(ast.Ref); ok {
				f(ref, v.Location)
			}
		case *ast.Rule:
			for _, term := range []*ast.Term{v.Head.Key, v.Head.Value} {
				if term != nil {
					ast.WalkTerms(term, func(t *ast.Term) bool {
						if ref, ok := t.Value.(ast.Ref); ok {
							f(ref, t.Location)
						}
						return false
					})
				}
			}
		}
		return false
	}
	for r := rule; r != nil; r = r.Else {
		visit(r)
		ast.NewGenericVisitor(visit).Walk(r.Body)
	}
}

func (m *module) checkRead(ref ast.Ref, loc *ast.Location, problems *problems) {
	if ref[0].Equal(ast.InputRootDocument) && (m.role == roleLib || m.role == roleFixture) {
		problems.at(loc, "package %s reads input; what is shared takes values as arguments, because input differs by kind", m.pkg)
		return
	}
	if !ref[0].Equal(ast.DefaultRootDocument) {
		return
	}

	name := strings.TrimPrefix(ground(ref).String(), "data.")
	if m.mayRead(name) {
		return
	}
	switch {
	case under(name, m.pkg):
		problems.at(loc, "%s: a policy does not read its own answers; put what they share into a helper, as in _down", ref)
	case under(name, "policies.fixtures"):
		problems.at(loc, "%s: fixtures are for tests; they are not there when rr runs", ref)
	case name == "config" || strings.HasPrefix(name, "config."):
		problems.at(loc, "%s: what is shared takes values as arguments, because data.config differs by kind", ref)
	case under(name, "policies") && len(ground(ref)) < len(ref) || name == "policies" || name == "data":
		problems.at(loc, "%s: a policy does not read policies as data; name what it reads", ref)
	case under(name, "policies"):
		problems.at(loc, "%s: a policy does not read another policy; put what they share into a helper in package policies.lib", ref)
	default:
		problems.at(loc, "%s: there is no such data; a policy reads input, data.config, its own helpers and policies.lib", ref)
	}
}

// mayRead says whether a module may read what begins with name.
func (m *module) mayRead(name string) bool {
	parts := strings.Split(name, ".")
	isConfig := parts[0] == "config"
	isLib := under(name, "policies.lib") && name != "policies.lib"
	switch m.role {
	case roleTest:
		return isConfig || isLib || under(name, "policies.fixtures") || under(name, m.tested) || under(name, m.pkg)
	case roleLib:
		return isLib
	case roleFixture:
		return under(name, "policies.fixtures")
	}
	own := strings.Split(m.pkg, ".")
	isHelper := under(name, m.pkg) && len(parts) > len(own) && strings.HasPrefix(parts[len(own)], "_")

	return isConfig || isLib || isHelper
}

// ground is the part of a path before the first variable.
func ground(ref ast.Ref) ast.Ref {
	i := slices.IndexFunc(ref[1:], func(t *ast.Term) bool { _, ok := t.Value.(ast.String); return !ok })
	if i < 0 {
		return ref
	}

	return ref[:i+1]
}
