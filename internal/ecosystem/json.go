package ecosystem

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parseJSON reads JSON and what people write for it in files that PM2 evaluates
// as JavaScript: comments, trailing commas, keys without quotes, single quotes,
// undefined, hexadecimal numbers. It evaluates nothing: an expression is an
// error. Errors begin with line:col and hold nothing of the content but
// punctuation.
func parseJSON(content []byte) (value, error) {
	p := &jsonParser{src: strings.TrimPrefix(string(content), "\ufeff")}
	if !utf8.ValidString(p.src) {
		return value{}, p.errorf("not UTF-8 text")
	}
	root, err := p.document()
	if err != nil {
		return value{}, err
	}
	return root, nil
}

// maxDepth is how deeply values may be nested; an ecosystem file needs five.
const maxDepth = 100

type jsonParser struct {
	src   string
	i     int // of the next byte
	depth int
	open  bool // the text ends within a // comment

	// known is the position of the byte at knownAt, from which the next is
	// counted on.
	known   position
	knownAt int
}

func (p *jsonParser) document() (value, error) {
	if err := p.space(); err != nil {
		return value{}, err
	}
	if p.i == len(p.src) {
		return value{}, p.errorf("the file is empty; name the apps: {\"apps\": […]}")
	}
	root, err := p.value()
	if err != nil {
		return value{}, err
	}
	if err := p.space(); err != nil {
		return value{}, err
	}
	if p.i < len(p.src) {
		return value{}, p.unexpected("the end of the file")
	}
	if p.open {
		return value{}, p.errorf("PM2 puts the file in parentheses, and the comment on its last line hides the closing one; end the file with a new line")
	}
	return root, nil
}

func (p *jsonParser) value() (value, error) {
	if p.depth++; p.depth > maxDepth {
		return value{}, p.errorf("nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	at := p.position(p.i)
	v, err := p.bare()
	v.at = at

	return v, err
}

func (p *jsonParser) bare() (value, error) {
	switch c := p.peek(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"' || c == '\'' || c == '`':
		s, err := p.string()
		return value{kind: text, text: s}, err
	case c == '-' || c == '+' || c == '.' || isDigit(c):
		return p.number()
	}
	start := p.i
	switch p.word() {
	case "true":
		return value{kind: boolean, truth: true}, nil
	case "false":
		return value{kind: boolean}, nil
	case "null":
		return value{kind: null}, nil
	case "undefined":
		return value{}, nil
	}
	p.i = start
	return value{}, p.unexpected("a value")
}

func (p *jsonParser) object() (value, error) {
	v := value{kind: object, fields: settings{}}
	err := p.items('}', func() error {
		key, err := p.key()
		if err != nil {
			return err
		}
		if err := p.space(); err != nil {
			return err
		}
		if p.peek() != ':' {
			return p.unexpected("a colon")
		}
		p.i++
		if err := p.space(); err != nil {
			return err
		}
		v.fields[key], err = p.value()
		return err
	})
	return v, err
}

func (p *jsonParser) array() (value, error) {
	v := value{kind: list}
	err := p.items(']', func() error {
		item, err := p.value()
		v.list = append(v.list, item)
		return err
	})
	return v, err
}

// items reads what stands between brackets, separated by commas, the last of
// which may be one too many.
func (p *jsonParser) items(end byte, item func() error) error {
	p.i++
	for {
		if err := p.space(); err != nil {
			return err
		}
		if p.peek() == end {
			p.i++
			return nil
		}
		if err := item(); err != nil {
			return err
		}
		if err := p.space(); err != nil {
			return err
		}
		switch p.peek() {
		case ',':
			p.i++
		case end:
		default:
			return p.unexpected("a comma or " + string(end))
		}
	}
}

func (p *jsonParser) key() (string, error) {
	switch c := p.peek(); {
	case c == '"' || c == '\'':
		return p.string()
	case isDigit(c):
		n, err := p.number()
		return strconv.FormatFloat(n.number, 'g', -1, 64), err
	}
	if word := p.word(); word != "" {
		return word, nil
	}
	return "", p.unexpected("a key")
}

// word reads an identifier, "" where there is none.
func (p *jsonParser) word() string {
	start := p.i
	for p.i < len(p.src) {
		r, size := utf8.DecodeRuneInString(p.src[p.i:])
		if r != '_' && r != '$' && !unicode.IsLetter(r) && !(p.i > start && unicode.IsDigit(r)) {
			break
		}
		p.i += size
	}
	return p.src[start:p.i]
}

func (p *jsonParser) number() (value, error) {
	start := p.i
	sign := 1.0
	switch p.peek() {
	case '-':
		sign = -1
		p.i++
	case '+':
		p.i++
	}
	digits := p.i
	for p.i < len(p.src) && (isDigit(p.src[p.i]) || isLetter(p.src[p.i]) || p.src[p.i] == '.' || p.exponentSign(digits)) {
		p.i++
	}
	n, ok := parseNumber(p.src[digits:p.i])
	if !ok {
		p.i = start
		return value{}, p.errorf("not a number")
	}
	return value{kind: number, number: sign * n}, nil
}

// exponentSign says whether the next byte is the sign of an exponent.
func (p *jsonParser) exponentSign(digits int) bool {
	c := p.src[p.i]
	return (c == '-' || c == '+') && p.i > digits && (p.src[p.i-1] == 'e' || p.src[p.i-1] == 'E')
}

func parseNumber(s string) (float64, bool) {
	if len(s) > 2 && s[0] == '0' && strings.ContainsAny(s[1:2], "xXbBoO") {
		n, err := strconv.ParseUint(s, 0, 64)
		return float64(n), err == nil && !strings.Contains(s, "_")
	}
	if len(s) > 1 && s[0] == '0' && isDigit(s[1]) {
		return 0, false // octal to some, decimal to others
	}
	if strings.Trim(s, "0123456789.eE+-") != "" || s == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func (p *jsonParser) string() (string, error) {
	start, quote := p.i, p.src[p.i]
	p.i++
	var b strings.Builder
	for p.i < len(p.src) {
		switch c := p.src[p.i]; {
		case c == quote:
			p.i++
			return b.String(), nil
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
		case c == '\n' && quote != '`':
			return "", p.errorAt(start, "the text that begins here does not end on its line")
		case c == '$' && quote == '`' && strings.HasPrefix(p.src[p.i:], "${"):
			return "", p.errorf("an expression, which is not evaluated in JSON; rename the file to .config.cjs with module.exports = before its content")
		default:
			b.WriteByte(c)
			p.i++
		}
	}
	return "", p.errorAt(start, "the text that begins here does not end")
}

// escape reads what a backslash begins.
func (p *jsonParser) escape(b *strings.Builder) error {
	start := p.i
	p.i += 2
	if p.i > len(p.src) {
		return p.errorAt(start, "the file ends within a text")
	}
	switch c := p.src[p.i-1]; c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'v':
		b.WriteByte('\v')
	case '0':
		b.WriteByte(0)
	case '\n':
	case '\r':
		p.skip("\n")
	case 'x', 'u':
		return p.codePoint(b, start, c)
	default:
		b.WriteByte(c)
	}
	return nil
}

func (p *jsonParser) codePoint(b *strings.Builder, start int, c byte) error {
	r, ok := p.hex(map[byte]int{'x': 2, 'u': 4}[c])
	if !ok {
		return p.errorAt(start, "not an escape")
	}
	if high := r; c == 'u' && high >= 0xd800 && high < 0xdc00 && strings.HasPrefix(p.src[p.i:], `\u`) {
		at := p.i
		p.i += 2
		if low, ok := p.hex(4); ok && low >= 0xdc00 && low < 0xe000 {
			r = (high-0xd800)<<10 | (low - 0xdc00) + 0x10000
		} else {
			p.i = at
		}
	}
	b.WriteRune(r)
	return nil
}

func (p *jsonParser) hex(digits int) (rune, bool) {
	if p.i+digits > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.src[p.i:p.i+digits], 16, 32)
	p.i += digits
	return rune(n), err == nil
}

// space passes white space and comments.
func (p *jsonParser) space() error {
	for p.i < len(p.src) {
		rest := p.src[p.i:]
		switch r, size := utf8.DecodeRuneInString(rest); {
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				p.open = true
				end = len(rest)
			}
			p.i += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return p.errorf("the comment that begins here does not end")
			}
			p.i += end + 4
		case unicode.IsSpace(r) || r == '\ufeff':
			p.i += size
		default:
			return nil
		}
	}
	return nil
}

func (p *jsonParser) peek() byte {
	if p.i < len(p.src) {
		return p.src[p.i]
	}
	return 0
}

func (p *jsonParser) skip(s string) {
	if strings.HasPrefix(p.src[p.i:], s) {
		p.i += len(s)
	}
}

// unexpected is the error of finding something else than was wanted. A word is
// not repeated: it may be a part of a secret.
func (p *jsonParser) unexpected(wanted string) error {
	rest := p.src[p.i:]
	switch r, _ := utf8.DecodeRuneInString(rest); {
	case rest == "":
		return p.errorf("the file ends where %s should stand", wanted)
	case strings.HasPrefix(rest, "<<<<<<<") || strings.HasPrefix(rest, "=======") || strings.HasPrefix(rest, ">>>>>>>"):
		return p.errorf("a merge was left unfinished; settle it and take its markers out")
	case unicode.IsPunct(r) || unicode.IsSymbol(r):
		return p.errorf("%q where %s should stand", r, wanted)
	case unicode.IsLetter(r):
		return p.errorf("a word where %s should stand; if it is meant to be evaluated, rename the file to .config.cjs with module.exports = before its content", wanted)
	}
	return p.errorf("something else where %s should stand", wanted)
}

func (p *jsonParser) errorf(format string, args ...any) error {
	return p.errorAt(p.i, format, args...)
}

func (p *jsonParser) errorAt(offset int, format string, args ...any) error {
	at := p.position(offset)
	return fmt.Errorf("%d:%d: %s", at.line, at.col, fmt.Sprintf(format, args...))
}

func (p *jsonParser) position(offset int) position {
	if p.known.line == 0 || offset < p.knownAt {
		p.known, p.knownAt = position{1, 1}, 0
	}
	for _, r := range p.src[p.knownAt:min(offset, len(p.src))] {
		p.known.col++
		if r == '\n' {
			p.known = position{p.known.line + 1, 1}
		}
	}
	p.knownAt = offset

	return p.known
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
