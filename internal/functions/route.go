package functions

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// route is what Netlify makes of one path: literal where it has no pattern in
// it, else a regular expression, by the rules of URLPattern for path names.
func route(path string) (Route, error) {
	literal := true
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, ":") || strings.ContainsAny(part, "*{[(") {
			literal = false
		}
	}
	if literal {
		return Route{Pattern: path, Literal: path}, nil
	}
	expression, err := pathExpression(path)
	if err != nil {
		return Route{}, fmt.Errorf("%q is no path that Netlify takes: %w", path, err)
	}

	return Route{Pattern: path, Expression: "^" + expression + `\/?$`}, nil
}

// patternToken is one token of a path pattern. Its kind is 'c' for a character,
// 'e' for an escaped one, 'n' for :name, 'r' for (regular expression), '*', '?'
// for a modifier (+ or ?), '{', '}' and 0 for the end.
type patternToken struct {
	kind byte
	text string
	at   int
}

func patternTokens(s string) ([]patternToken, error) {
	var list []patternToken
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		t := patternToken{at: i, kind: 'c', text: s[i : i+size]}
		switch s[i] {
		case '*', '{', '}':
			t.kind = s[i]
		case '+', '?':
			t.kind = '?'
		case '\\':
			if i+1 == len(s) {
				return nil, errors.New("it ends in a backslash")
			}
			_, size = utf8.DecodeRuneInString(s[i+1:])
			t.kind, t.text = 'e', s[i+1:i+1+size]
			size++
		case ':':
			size = 1 + nameLength(s[i+1:])
			if size == 1 {
				return nil, fmt.Errorf("a colon without a name at %d", i)
			}
			t.kind, t.text = 'n', s[i+1:i+size]
		case '(':
			group, err := groupLength(s[i:])
			if err != nil {
				return nil, err
			}
			size = group
			t.kind, t.text = 'r', s[i+1:i+group-1]
		}
		list = append(list, t)
		i += size
	}

	return append(list, patternToken{at: len(s)}), nil
}

func nameLength(s string) int {
	for i, r := range s {
		start := r == '$' || r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !start && (i == 0 || !(unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Pc, r) || r == '\u200c' || r == '\u200d')) {
			return i
		}
	}

	return len(s)
}

// groupLength is how many bytes a group in parentheses takes.
func groupLength(s string) (int, error) {
	if strings.HasPrefix(s, "(?") {
		return 0, errors.New("a group cannot begin with ?")
	}
	depth := 1
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] >= utf8.RuneSelf:
			return 0, errors.New("a group holds ASCII only")
		case s[i] == '\\':
			i++
		case s[i] == '(':
			if !strings.HasPrefix(s[i:], "(?") {
				return 0, errors.New("a group within a group must begin with ?:")
			}
			depth++
		case s[i] == ')':
			if depth--; depth == 0 {
				if i == 1 {
					return 0, errors.New("an empty group")
				}
				return i + 1, nil
			}
		}
	}

	return 0, errors.New("a parenthesis is not closed")
}

// segment is what matches one part of a path.
const segment = `[^\/]+?`

// patternParser turns the tokens of a path into a regular expression.
type patternParser struct {
	list  []patternToken
	i     int
	out   strings.Builder
	fixed string // text that is not written yet
	names map[string]bool
}

// pathExpression is the regular expression of a path, without ^ and $.
func pathExpression(path string) (string, error) {
	list, err := patternTokens(path)
	if err != nil {
		return "", err
	}
	p := &patternParser{list: list, names: map[string]bool{}}
	for p.list[p.i].kind != 0 {
		if err := p.part(); err != nil {
			return "", err
		}
	}
	p.flush()

	return p.out.String(), nil
}

// take is the text of the next token where it is of one of these kinds.
func (p *patternParser) take(kinds string) (string, bool) {
	t := p.list[p.i]
	if t.kind == 0 || strings.IndexByte(kinds, t.kind) < 0 {
		return "", false
	}
	p.i++

	return t.text, true
}

// part reads one part of a path: text, a name, a group, a star, or braces.
func (p *patternParser) part() error {
	prefix, _ := p.take("c")
	name, named := p.take("n")
	group, grouped := p.group(named)
	if named || grouped {
		if prefix != "/" {
			p.fixed += prefix
			prefix = ""
		}
		p.flush()
		modifier, _ := p.take("?*")
		return p.add(prefix, name, group, "", modifier, named || grouped)
	}
	if prefix != "" {
		p.fixed += prefix
		return nil
	}
	if escaped, ok := p.take("e"); ok {
		p.fixed += escaped
		return nil
	}
	if _, ok := p.take("{"); ok {
		return p.braces()
	}

	return fmt.Errorf("unexpected %q at %d", p.list[p.i].text, p.list[p.i].at)
}

func (p *patternParser) braces() error {
	prefix := p.text()
	name, named := p.take("n")
	group, grouped := p.group(named)
	suffix := p.text()
	if _, closed := p.take("}"); !closed {
		return fmt.Errorf("a brace is not closed at %d", p.list[p.i].at)
	}
	modifier, _ := p.take("?*")

	return p.add(prefix, name, group, suffix, modifier, named || grouped)
}

// group reads a regular expression, or the star that stands for any. Behind a
// name a star is a modifier.
func (p *patternParser) group(named bool) (string, bool) {
	if group, ok := p.take("r"); ok {
		return group, true
	}
	if named {
		return "", false
	}
	if _, ok := p.take("*"); ok {
		return ".*", true
	}

	return "", false
}

// text is a run of characters.
func (p *patternParser) text() string {
	run := ""
	for {
		c, ok := p.take("ce")
		if !ok {
			return run
		}
		run += c
	}
}

func (p *patternParser) flush() {
	p.out.WriteString(escapePattern(encodePath(p.fixed)))
	p.fixed = ""
}

// add writes one part that matches something, or text in braces.
func (p *patternParser) add(prefix, name, group, suffix, modifier string, matches bool) error {
	if !matches && modifier == "" {
		p.fixed += prefix
		return nil
	}
	p.flush()
	if !matches {
		if prefix != "" {
			fmt.Fprintf(&p.out, "(?:%s)%s", escapePattern(encodePath(prefix)), modifier)
		}
		return nil
	}
	if name != "" && p.names[name] {
		return fmt.Errorf("the name :%s stands twice in it", name)
	}
	p.names[name] = true
	if group == "" {
		group = segment
	}
	group = escapeSlashes(group)
	before, after := escapePattern(encodePath(prefix)), escapePattern(encodePath(suffix))
	repeats := modifier == "*" || modifier == "+"
	switch {
	case before == "" && after == "" && repeats:
		fmt.Fprintf(&p.out, "((?:%s)%s)", group, modifier)
	case before == "" && after == "":
		fmt.Fprintf(&p.out, "(%s)%s", group, modifier)
	case !repeats:
		fmt.Fprintf(&p.out, "(?:%s(%s)%s)%s", before, group, after, modifier)
	default:
		fmt.Fprintf(&p.out, "(?:%s((?:%s)(?:%s%s(?:%s))*)%s)", before, group, after, before, group, after)
		if modifier == "*" {
			p.out.WriteString("?")
		}
	}

	return nil
}

// escapePattern escapes what means something in a regular expression.
func escapePattern(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`.+*?^${}()[]|/\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}

	return b.String()
}

// escapeSlashes escapes the slashes of a regular expression outside classes, as
// JavaScript prints it.
func escapeSlashes(s string) string {
	var b strings.Builder
	class := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			b.WriteByte(c)
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}

	return b.String()
}

// encodePath encodes what does not stand in the path of a URL as it is.
func encodePath(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte("\"#<>?`{}^", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}

	return b.String()
}
