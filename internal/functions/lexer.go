package functions

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of JavaScript is.
type tokenKind int

const (
	word        tokenKind = iota // identifier or keyword, also #private
	punctuation                  // one byte of an operator, or =>, or ...
	text                         // "…" or '…'
	template                     // `…`, whole
	numeral
	regular // /…/flags
)

// token is one token and where it stands.
type token struct {
	kind       tokenKind
	start, end int // bytes
	depth      int // how many brackets are open around it
	lineStart  bool
}

// tokens are the tokens of a source in JavaScript.
type tokens struct {
	src  string
	list []token
}

// at is the text of a token, empty beyond the last.
func (t tokens) at(i int) string {
	if i < 0 || i >= len(t.list) {
		return ""
	}

	return t.src[t.list[i].start:t.list[i].end]
}

// is tells whether a token is this word or punctuation.
func (t tokens) is(i int, text string) bool {
	return i >= 0 && i < len(t.list) && t.list[i].kind <= punctuation && t.at(i) == text
}

func (t tokens) isKind(i int, kind tokenKind) bool {
	return i >= 0 && i < len(t.list) && t.list[i].kind == kind
}

// lexer splits JavaScript into tokens. It is made for what esbuild prints, which
// is well formed; of anything else it makes some tokens, and never fails.
type lexer struct {
	src   string
	i     int
	out   []token
	open  []opening
	lined bool // nothing but space stands before i on its line

	// statement is whether the bracket that was closed last was that of a
	// condition or of a block, behind which no value stands to be divided.
	statement bool
}

// opening is a bracket that is open.
type opening struct {
	control bool // ( behind if, while, for or with
	block   bool // { of statements
}

// lex splits a source into tokens.
func lex(src string) tokens {
	l := &lexer{src: src, lined: true}
	if strings.HasPrefix(src, "#!") {
		l.skipTo("\n", 0)
	}
	for l.space(); l.i < len(l.src); l.space() {
		l.token()
	}

	return tokens{src, l.out}
}

// space skips white space and comments.
func (l *lexer) space() {
	for l.i < len(l.src) {
		switch rest := l.src[l.i:]; {
		case rest[0] == '\n':
			l.lined = true
			l.i++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			if rest[0] != '\r' {
				l.lined = false
			}
			l.i++
		case strings.HasPrefix(rest, "//"):
			l.skipTo("\n", 0)
		case strings.HasPrefix(rest, "/*"):
			l.i += 2
			l.skipTo("*/", 2)
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if r < utf8.RuneSelf || !unicode.IsSpace(r) && r != '\ufeff' {
				return
			}
			l.i += size
		}
	}
}

func (l *lexer) skipTo(end string, with int) {
	n := strings.Index(l.src[l.i:], end)
	if n < 0 {
		l.i = len(l.src)
		return
	}
	l.i += n + with
}

func (l *lexer) token() {
	start := l.i
	kind := punctuation
	switch c := l.src[l.i]; {
	case c == '"' || c == '\'':
		kind = text
		l.quoted(c)
	case c == '`':
		kind = template
		l.template()
	case isDigit(c) || c == '.' && l.i+1 < len(l.src) && isDigit(l.src[l.i+1]):
		kind = numeral
		l.while(func(r rune) bool { return r == '.' || isWord(r) })
	case isWord(l.rune()) || c == '#' || c == '\\':
		kind = word
		l.i += len(string(l.rune()))
		l.while(func(r rune) bool {
			return isWord(r) || r == '\\' || r == '{' && l.src[l.i-1] == 'u' && l.i > 1 && l.src[l.i-2] == '\\'
		})
	case c == '/' && l.regexAllowed():
		kind = regular
		l.regex()
	case strings.HasPrefix(l.src[l.i:], "=>"):
		l.i += 2
	case strings.HasPrefix(l.src[l.i:], "..."):
		l.i += 3
	default:
		l.i += max(1, len(string(l.rune())))
	}
	l.i = min(l.i, len(l.src))
	l.add(token{kind: kind, start: start, end: l.i, lineStart: l.lined})
	l.lined = false
}

// add appends a token and keeps count of brackets. A closing bracket has the
// depth of its opening one.
func (l *lexer) add(t token) {
	c := byte(0)
	if t.kind == punctuation {
		c = l.src[t.start]
	}
	switch c {
	case ')', ']', '}':
		if len(l.open) > 0 {
			last := l.open[len(l.open)-1]
			l.statement = last.control || last.block
			l.open = l.open[:len(l.open)-1]
		}
	}
	t.depth = len(l.open)
	switch c {
	case '(':
		l.open = append(l.open, opening{control: l.previous("if", "while", "for", "with")})
	case '[':
		l.open = append(l.open, opening{})
	case '{':
		l.open = append(l.open, opening{block: len(l.out) == 0 || l.previous(")", "=>", ";", "{", "}", "else", "do", "try", "finally")})
	}
	l.out = append(l.out, t)
}

// previous tells whether the last token is one of these.
func (l *lexer) previous(texts ...string) bool {
	if len(l.out) == 0 {
		return false
	}
	last := l.out[len(l.out)-1]

	return last.kind <= punctuation && slices.Contains(texts, l.src[last.start:last.end])
}

// regexAllowed tells whether a slash begins a regular expression here and does
// not divide.
func (l *lexer) regexAllowed() bool {
	if len(l.out) == 0 {
		return true
	}
	last := l.out[len(l.out)-1]
	switch last.kind {
	case text, template, numeral, regular:
		return false
	case word:
		return l.previous("return", "typeof", "instanceof", "in", "of", "new", "delete", "void", "throw", "case", "do", "else", "yield", "await", "default")
	}
	switch l.src[last.start] {
	case ']':
		return false
	case ')', '}':
		return l.statement
	}

	return true
}

func (l *lexer) rune() rune {
	r, _ := utf8.DecodeRuneInString(l.src[l.i:])

	return r
}

func (l *lexer) while(is func(rune) bool) {
	for l.i < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[l.i:])
		if !is(r) {
			return
		}
		l.i += size
	}
}

// quoted skips a string.
func (l *lexer) quoted(quote byte) {
	for l.i++; l.i < len(l.src); l.i++ {
		switch l.src[l.i] {
		case '\\':
			l.i++
		case quote, '\n':
			l.i++
			return
		}
	}
}

// regex skips a regular expression and its flags.
func (l *lexer) regex() {
	class := false
	for l.i++; l.i < len(l.src); l.i++ {
		switch c := l.src[l.i]; {
		case c == '\\':
			l.i++
		case c == '\n':
			return
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			l.i++
			l.while(isWord)
			return
		}
	}
}

// template skips a template, and within its ${…} whatever a token may be.
func (l *lexer) template() {
	for l.i++; l.i < len(l.src); l.i++ {
		switch {
		case l.src[l.i] == '\\':
			l.i++
		case l.src[l.i] == '`':
			l.i++
			return
		case strings.HasPrefix(l.src[l.i:], "${"):
			l.i += 2
			inner := &lexer{src: l.src, i: l.i, out: []token{{kind: punctuation, start: l.i - 1, end: l.i}}, open: []opening{{}}}
			for inner.space(); inner.i < len(l.src) && len(inner.open) > 0; inner.space() {
				inner.token()
			}
			l.i = inner.i - 1
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\u200c' || r == '\u200d'
}
