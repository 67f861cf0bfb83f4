package functions

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// nodeKind is what an expression is, as far as rr tells them apart.
type nodeKind int

const (
	other nodeKind = iota
	objectNode
	arrayNode
	textNode
	numberNode
	booleanNode
	nullNode
	nameNode  // an identifier
	callNode  // name(…)
	arrowNode // (…) => …
	functionNode
)

// node is one expression.
type node struct {
	kind   nodeKind
	at     int // its first token
	text   string
	number float64
	truth  bool
	items  []*node    // of an array, nil for what is none; arguments of a call
	props  []property // of an object
}

// property is one entry of an object. A spread has no key.
type property struct {
	key    string
	at     int
	value  *node // nil for methods and spreads
	method bool
	spread bool
}

// statements are the first tokens of the top-level statements.
func (n normal) statements() []int {
	var starts []int
	for i, t := range n.list {
		if t.depth > 0 || !t.lineStart || t.kind == punctuation && strings.ContainsRune(")]}", rune(n.src[t.start])) {
			continue
		}
		if i == 0 || n.is(i-1, ";") || n.is(i-1, "}") {
			starts = append(starts, i)
		}
	}

	return starts
}

// end is the token behind an expression that begins at i: the comma, semicolon
// or closing bracket of its own depth.
func (n normal) end(i int) int {
	if i >= len(n.list) {
		return i
	}
	depth := n.list[i].depth
	for ; i < len(n.list); i++ {
		t := n.list[i]
		if t.depth < depth {
			return i
		}
		if t.depth == depth && t.kind == punctuation && (n.src[t.start] == ',' || n.src[t.start] == ';') {
			return i
		}
	}

	return i
}

// close is the token that closes the bracket at i.
func (n normal) close(i int) int {
	if i >= len(n.list) {
		return i
	}
	depth := n.list[i].depth
	for j := i + 1; j < len(n.list); j++ {
		if n.list[j].depth == depth {
			return j
		}
	}

	return len(n.list)
}

// expression reads what begins at token i and what token is behind it.
func (n normal) expression(i int) (*node, int) {
	end := n.end(i)
	v, next := n.primary(i, end)
	if next != end {
		v = &node{at: i}
		if n.isArrow(i, end) {
			v.kind = arrowNode
		}
	}

	return v, end
}

// isArrow tells whether an expression is an arrow function.
func (n normal) isArrow(i, end int) bool {
	if n.is(i, "async") && !n.is(i+1, "=>") {
		i++
	}
	switch {
	case i < end && n.isKind(i, word):
		i++
	case i < end && n.is(i, "("):
		i = n.close(i) + 1
	}

	return i < end && n.is(i, "=>")
}

// primary reads an expression without operators.
func (n normal) primary(i, end int) (*node, int) {
	v := &node{at: i}
	if i >= end {
		return v, i
	}
	switch t := n.list[i]; {
	case t.kind == text:
		v.kind, v.text = textNode, unquote(n.at(i))
		return v, i + 1
	case t.kind == numeral:
		v.kind, v.number = numberNode, parseNumber(n.at(i))
		return v, i + 1
	case n.is(i, "{"):
		return n.object(i)
	case n.is(i, "["):
		return n.array(i)
	case n.is(i, "(") && n.close(i) == end-1:
		if inner, next := n.expression(i + 1); next == end-1 {
			return inner, end
		}
	case n.is(i, "!") && n.isKind(i+1, numeral):
		v.kind, v.truth = booleanNode, parseNumber(n.at(i+1)) == 0
		return v, i + 2
	case t.kind == word:
		return n.word(i, end)
	}

	return v, i
}

// word reads an expression that begins with a word.
func (n normal) word(i, end int) (*node, int) {
	v := &node{at: i, kind: nameNode, text: n.at(i)}
	switch v.text {
	case "true", "false":
		v.kind, v.truth = booleanNode, v.text == "true"
		return v, i + 1
	case "null":
		v.kind = nullNode
		return v, i + 1
	case "function", "class", "async":
		if v.text != "async" || n.is(i+1, "function") {
			v.kind = functionNode
			return v, end
		}
	case "new", "typeof", "void", "await", "yield", "delete", "this", "import", "super":
		v.kind = other
	}
	if i+1 < end && n.is(i+1, "(") && v.kind == nameNode && n.close(i+1)+1 == end {
		v.kind = callNode
		for at := i + 2; at < end-1; at++ {
			var argument *node
			argument, at = n.expression(at)
			v.items = append(v.items, argument)
		}
		return v, end
	}

	return v, i + 1
}

func (n normal) array(i int) (*node, int) {
	v := &node{at: i, kind: arrayNode}
	last := n.close(i)
	for at := i + 1; at < last; at++ {
		if n.is(at, ",") {
			v.items = append(v.items, nil)
			continue
		}
		item, next := n.expression(at)
		if n.is(at, "...") {
			item = nil
		}
		v.items = append(v.items, item)
		at = next
	}

	return v, last + 1
}

func (n normal) object(i int) (*node, int) {
	v := &node{at: i, kind: objectNode}
	last := n.close(i)
	for at := i + 1; at < last; at++ {
		end := min(n.end(at), last)
		v.props = append(v.props, n.property(at, end))
		at = end
	}

	return v, last + 1
}

// property reads one entry of an object. Of a computed key the name counts, as
// for Netlify.
func (n normal) property(i, end int) property {
	p := property{at: i}
	if n.is(i, "...") {
		p.spread = true
		return p
	}
	key := i
	if n.is(i, "[") {
		key, i = i+1, n.close(i)
	}
	p.key = n.at(key)
	if n.isKind(key, text) {
		p.key = unquote(n.at(key))
	}
	switch {
	case n.is(i+1, ":"):
		p.value, _ = n.expression(i + 2)
	case i+1 == end && n.isKind(key, word):
		p.value = &node{at: key, kind: nameNode, text: n.at(key)} // shorthand
	default:
		p.method = true
		if (n.is(i, "async") || n.is(i, "get") || n.is(i, "set") || n.is(i, "*")) && !n.is(i+1, "(") {
			for i++; i < end && !n.isKind(i, word) && !n.isKind(i, text); i++ {
			}
			p.key = n.at(i)
		}
	}

	return p
}

// get is the last entry of an object with a name.
func (v *node) get(key string) *node {
	if v == nil || v.kind != objectNode {
		return nil
	}
	for i := len(v.props) - 1; i >= 0; i-- {
		if v.props[i].key == key && v.props[i].value != nil {
			return v.props[i].value
		}
	}

	return nil
}

func parseNumber(s string) float64 {
	s = strings.ReplaceAll(s, "_", "")
	if whole, err := strconv.ParseInt(s, 0, 64); err == nil {
		return float64(whole)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}

	return f
}

// unquote is the value of a string of JavaScript.
func unquote(quoted string) string {
	if len(quoted) < 2 {
		return ""
	}
	s := quoted[1 : len(quoted)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if plain := strings.IndexByte("nrtbfv0", s[i]); plain >= 0 {
			b.WriteByte("\n\r\t\b\f\v\x00"[plain])
			continue
		}
		r, size := escape(s[i:])
		if r >= 0 {
			b.WriteRune(r)
		}
		i += size - 1
	}

	return b.String()
}

// escape reads what stands behind a backslash; a line end stands for nothing.
func escape(s string) (rune, int) {
	switch {
	case s[0] == '\n':
		return -1, 1
	case s[0] == 'x' && len(s) >= 3:
		return hex(s[1:3]), 3
	case strings.HasPrefix(s, "u{"):
		if end := strings.IndexByte(s, '}'); end > 0 {
			return hex(s[2:end]), end + 1
		}
	case s[0] == 'u' && len(s) >= 5:
		r := hex(s[1:5])
		if utf16.IsSurrogate(r) && len(s) >= 11 && s[5:7] == `\u` {
			return utf16.DecodeRune(r, hex(s[7:11])), 11
		}
		return r, 5
	}
	r, size := utf8.DecodeRuneInString(s)

	return r, size
}

func hex(s string) rune {
	n, err := strconv.ParseUint(s, 16, 21)
	if err != nil {
		return utf8.RuneError
	}

	return rune(n)
}
