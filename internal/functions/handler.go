package functions

import (
	"context"
	"slices"
	"strings"
)

// conclude puts together what was learned of one function.
func (s *search) conclude(ctx context.Context, one *subject) {
	if one.Bundler != "" && one.Handler == "" {
		one.Handler = one.handles()
	}
	if one.Handler == "no" {
		one.problem(Problem{Line: 1, Column: 1, Kind: KindHandler, Severity: Error, Message: noHandler(one.MainFile)})
	}
	if one.unreadOK && one.bundled != nil {
		one.problem(Problem{Line: 1, Column: 1, Kind: KindConfig, Severity: Warning,
			Message: "Netlify cannot read what it exports (it takes no JSX and no decorators here): it is taken for a function of the first API, and its config is ignored"})
	}
	s.measure(ctx, one)
}

func noHandler(main string) string {
	if strings.HasSuffix(main, ".d.ts") {
		return "is a declaration file, and yet a function for Netlify, without anything to call; move it out of the functions directory"
	}

	return "exports neither handler nor default, so every call fails; export one, or move it out of the functions directory if it is no function"
}

// handles tells whether there is something to call.
func (one *subject) handles() string {
	if one.own == nil || one.own.handler == "yes" {
		if one.own == nil {
			return "unknown"
		}
		return "yes"
	}
	if one.own.esm && one.bundled != nil {
		if slices.Contains(one.bundled.exports, "handler") || slices.Contains(one.bundled.exports, "default") {
			return "yes"
		}
		if one.own.star && one.bundled.packages {
			return "unknown"
		}
		return "no"
	}

	return one.own.handler
}

// handler tells by the source alone whether there is something to call.
func (e *exports) handler() string {
	switch {
	case len(e.handlers) > 0 || e.fallback:
		return "yes"
	case e.esm || !e.cjs:
		return "no"
	}

	return e.commonJS()
}

// commonJS looks at everything that a CommonJS source does with exports.
func (e *exports) commonJS() string {
	answer := "no"
	for i := range e.list {
		if e.is(i-1, ".") || !e.is(i, "exports") && !(e.is(i, "module") && e.is(i+1, ".") && e.is(i+2, "exports")) {
			if e.is(i, "exports") && e.is(i-1, ".") && e.is(i-2, "module") {
				continue
			}
			if e.is(i, "module") && !e.is(i-1, ".") {
				answer = "unknown"
			}
			continue
		}
		next := i + 1
		if e.is(i, "module") {
			next = i + 3
		}
		switch used := e.use(next, i); used {
		case "yes":
			return used
		case "unknown":
			answer = used
		}
	}

	return answer
}

// use tells what one mention of exports says; next is the token behind it.
func (e *exports) use(next, first int) string {
	switch {
	case e.is(next, ".") && (e.is(next+1, "handler") || e.is(next+1, "default")) && e.assigns(next+2):
		return "yes"
	case e.is(next, ".") && e.isKind(next+1, word):
		return "no"
	case e.is(next, "[") && e.isKind(next+1, text):
		if name := unquote(e.at(next + 1)); name == "handler" {
			return "yes"
		}
		return "no"
	case e.assigns(next):
		return e.whole(next + 1)
	case e.is(first-1, "(") && e.is(first-2, "defineProperty") && e.is(next, ",") && e.isKind(next+1, text):
		if unquote(e.at(next+1)) == "handler" {
			return "yes"
		}
		return "no"
	}

	return "unknown"
}

// whole tells what module.exports = … says.
func (e *exports) whole(i int) string {
	v, _ := e.expression(i)
	if v.kind == nameNode && v.text != "exports" {
		if bound := e.bindings[v.text]; bound != nil {
			v = bound
		}
	}
	switch v.kind {
	case objectNode:
		for _, p := range v.props {
			if p.key == "handler" {
				return "yes"
			}
			if p.spread {
				return "unknown"
			}
		}
		return "no"
	case functionNode, arrowNode, textNode, numberNode, booleanNode, nullNode, arrayNode:
		return "no"
	case nameNode:
		if v.text == "exports" || v.text == "module" {
			return "no"
		}
	}
	if e.is(i, "module") && e.is(i+1, ".") && e.is(i+2, "exports") {
		return e.use(i+3, i)
	}

	return "unknown"
}
