package functions

import "strings"

// sdk is the package whose helpers Netlify knows by name.
const sdk = "@netlify/functions"

// exports is what a source exports, as Netlify's bundler reads it: only what
// stands at the top level, in the forms that it knows.
type exports struct {
	normal
	bindings map[string]*node  // top-level variables and functions
	helpers  map[string]string // local names of what is imported from sdk, to their names there
	handlers []*node           // exported as handler
	config   *node             // object exported as config; nil when there is none that Netlify reads
	rejected *node             // exported as config in a form that Netlify does not read
	fallback bool              // there is a default export
	defaults *node             // what it is, nil where that is not known
	esm      bool
	star     bool // export * from …
	cjs      bool // the words exports or module occur
}

// readExports reads the exports of a source.
func readExports(n normal) *exports {
	e := &exports{normal: n, bindings: map[string]*node{}, helpers: map[string]string{}}
	starts := n.statements()
	for _, i := range starts {
		e.bind(i)
	}
	for _, i := range starts {
		e.statement(i)
	}
	for i := range n.list {
		if (n.is(i, "exports") || n.is(i, "module")) && !n.is(i-1, ".") {
			e.cjs = true
		}
	}

	return e
}

// bind remembers what a top-level statement gives a name to.
func (e *exports) bind(i int) {
	if e.is(i, "export") {
		switch e.at(i + 1) {
		case "const", "let", "var":
			e.declarations(i+2, func(name string, value *node) { e.bindings[name] = value })
		}
		return
	}
	switch {
	case e.is(i, "const") || e.is(i, "let") || e.is(i, "var"):
		e.declarations(i+1, func(name string, value *node) { e.bindings[name] = value })
		e.require(i + 1)
	case e.is(i, "function"), e.is(i, "async") && e.is(i+1, "function"):
		for ; !e.is(i-1, "function") || e.is(i, "*"); i++ {
		}
		e.bindings[e.at(i)] = &node{kind: functionNode, at: i}
	case e.isKind(i, word) && e.assigns(i+1):
		e.bindings[e.at(i)], _ = e.expression(i + 2)
	case e.is(i, "import"):
		e.imports(i)
	}
}

// assigns tells whether a token is a single equals sign.
func (e *exports) assigns(i int) bool {
	return e.is(i, "=") && !(e.is(i+1, "=") && e.list[i].end == e.list[i+1].start)
}

// declarations calls f with each variable that gets a value.
func (e *exports) declarations(i int, f func(string, *node)) {
	for i < len(e.list) && !e.is(i, ";") && e.list[i].depth == 0 {
		if e.isKind(i, word) && e.assigns(i+1) {
			value, next := e.expression(i + 2)
			f(e.at(i), value)
			i = next + 1
			if !e.is(next, ",") {
				return
			}
			continue
		}
		i = e.end(i) + 1
		if !e.is(i-1, ",") {
			return
		}
	}
}

// imports reads import { schedule as s } from "@netlify/functions".
func (e *exports) imports(i int) {
	open := i + 1
	for open < len(e.list) && !e.is(open, "{") && !e.is(open, ";") {
		open++
	}
	last := e.close(open)
	if !e.is(open, "{") || !e.is(last+1, "from") || unquote(e.at(last+2)) != sdk {
		return
	}
	for at := open + 1; at < last; at++ {
		local := e.at(at)
		if e.is(at+1, "as") {
			local = e.at(at + 2)
		}
		e.helpers[local] = e.at(at)
		at = e.end(at)
	}
}

// require reads const { schedule: s } = require("@netlify/functions").
func (e *exports) require(i int) {
	last := e.close(i)
	if !e.is(i, "{") || !e.assigns(last+1) || !e.is(last+2, "require") || !e.is(last+3, "(") || !e.isKind(last+4, text) || unquote(e.at(last+4)) != sdk {
		return
	}
	pattern, _ := e.object(i)
	for _, p := range pattern.props {
		if p.value != nil && p.value.kind == nameNode {
			e.helpers[p.value.text] = p.key
		}
	}
}

// statement takes out what one top-level statement exports.
func (e *exports) statement(i int) {
	switch {
	case e.is(i, "import") && !e.is(i+1, "(") && !e.is(i+1, "."):
		e.esm = true
	case e.is(i, "export"):
		e.esm = true
		e.export(i + 1)
	case e.member(i, "handler") > 0:
		e.assigned(i, "handler", func(v *node) { e.handlers = append(e.handlers, v) })
	case e.member(i, "default") > 0:
		e.assigned(i, "default", func(v *node) { e.fallback, e.defaults = true, v })
	case e.member(i, "config") > 0:
		e.assigned(i, "config", e.configured)
	}
}

// member is the token behind exports.NAME or module.exports.NAME, 0 when
// something else begins at i.
func (e *exports) member(i int, name string) int {
	if e.is(i, "module") && e.is(i+1, ".") {
		i += 2
	}
	if e.is(i, "exports") && e.is(i+1, ".") && e.is(i+2, name) {
		return i + 3
	}

	return 0
}

func (e *exports) assigned(i int, name string, f func(*node)) {
	if next := e.member(i, name); e.assigns(next) {
		value, _ := e.expression(next + 1)
		f(value)
	}
}

// export reads what stands behind the word export.
func (e *exports) export(i int) {
	switch e.at(i) {
	case "*":
		e.star = true
	case "default":
		e.fallback = true
		e.defaults, _ = e.expression(i + 1)
	case "{":
		e.exportList(i)
	case "const", "let", "var":
		e.declarations(i+1, func(name string, value *node) {
			switch name {
			case "handler":
				e.handlers = append(e.handlers, value)
			case "config":
				e.configured(value)
			}
		})
	}
}

// exportList reads export { a as handler, b as default, c as config }. Of a
// list from elsewhere nothing is known but the names.
func (e *exports) exportList(i int) {
	last := e.close(i)
	elsewhere := e.is(last+1, "from")
	for at := i + 1; at < last; at++ {
		local, name := e.at(at), e.at(at)
		if e.is(at+1, "as") {
			name = strings.Trim(e.at(at+2), `"'`)
		}
		value := e.bindings[local]
		if elsewhere {
			value = nil
		}
		switch name {
		case "handler":
			if value != nil {
				e.handlers = append(e.handlers, value)
			}
		case "default":
			e.fallback, e.defaults = true, value
			if value != nil && value.kind == nameNode {
				e.defaults = nil // followed once, not twice
			}
		case "config":
			e.configured(value)
		}
		at = e.end(at)
	}
}

// configured takes what is exported as config, where Netlify can read it.
func (e *exports) configured(value *node) {
	if value == nil {
		return
	}
	if value.kind != objectNode || e.asserted(value) {
		e.rejected = value
		return
	}
	e.config, e.rejected = value, nil
}

// asserted tells whether an object is followed by satisfies or as, or preceded
// by <Type>, in the original. Then Netlify sees no object.
func (e *exports) asserted(v *node) bool {
	at := e.place(v.at)
	if at < 0 || at >= len(e.original) || e.original[at] != '{' {
		return false
	}
	if strings.HasSuffix(strings.TrimRight(e.original[:at], " \t\r\n"), ">") {
		return true
	}
	rest := lexer{src: e.original, i: at}
	for rest.token(); rest.i < len(rest.src) && len(rest.open) > 0; rest.token() {
		rest.space()
		if rest.i == len(rest.src) {
			return false
		}
	}
	for rest.space(); rest.i < len(rest.src) && rest.src[rest.i] == ')'; rest.space() {
		rest.i++
	}
	start := rest.i
	rest.while(isWord)
	next := e.original[start:rest.i]

	return next == "satisfies" || next == "as"
}

// resolve follows a name to what it was given.
func (e *exports) resolve(v *node) *node {
	if v != nil && v.kind == nameNode {
		return e.bindings[v.text]
	}

	return v
}

// inline is the config within the object that is exported by default.
func (e *exports) inline() *node {
	if object := e.resolve(e.defaults); object != nil && object.kind == objectNode {
		for _, p := range object.props {
			if p.key == "config" && p.value != nil && p.value.kind == objectNode && !e.asserted(p.value) {
				return p.value
			}
		}
	}

	return nil
}
