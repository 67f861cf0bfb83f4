package functions

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
)

// normal is a source as esbuild prints it: plain JavaScript without types and
// comments, each top-level statement beginning a line.
type normal struct {
	tokens
	original string
	mappings string // of the source map, from src to original
}

// normalise brings the source of one function into a form that is simple to
// read. As Netlify's bundler does, it takes every source for TypeScript without
// JSX, whatever its extension; where it is something else, it answers the
// errors.
func normalise(source string) (normal, []api.Message) {
	result := api.Transform(source, api.TransformOptions{
		Loader: api.LoaderTS, Target: api.ESNext, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone,
		TsconfigRaw: `{"compilerOptions":{"verbatimModuleSyntax":true}}`,
		Sourcemap:   api.SourceMapExternal, SourcesContent: api.SourcesContentExclude, LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		return normal{}, result.Errors
	}
	var sourceMap struct {
		Mappings string `json:"mappings"`
	}
	if err := json.Unmarshal(result.Map, &sourceMap); err != nil {
		sourceMap.Mappings = "" // then places are unknown, no more
	}

	return normal{tokens: lex(string(result.Code)), original: source, mappings: sourceMap.Mappings}, nil
}

// decorated tells whether there are decorators, which Netlify's bundler does
// not parse.
func (n normal) decorated() bool {
	return slices.ContainsFunc(n.list, func(t token) bool { return t.kind == punctuation && n.src[t.start] == '@' })
}

// tooDeep tells whether a source is nested deeper than any person writes. Its
// parser needs more than linear time and stack for such a one.
func tooDeep(source []byte) bool {
	const brackets, arrows, run = 400, 400, 4000
	depth, chain, same := 0, 0, 0
	for i, c := range source {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
			chain = 0
		case ';', ',':
			chain = 0
		case '>':
			if i > 0 && source[i-1] == '=' {
				chain++
			}
		}
		if i > 0 && c == source[i-1] && strings.IndexByte("!~+-", c) >= 0 {
			same++
		} else {
			same = 0
		}
		if depth > brackets || chain > arrows || same > run {
			return true
		}
	}

	return false
}

// place is where a token of the normal form stands in the original: an offset
// in bytes, -1 when the source map does not tell.
func (n normal) place(i int) int {
	if i < 0 || i >= len(n.list) {
		return -1
	}
	before := n.src[:n.list[i].start]
	line := strings.Count(before, "\n")
	column := utf16Length(before[strings.LastIndexByte(before, '\n')+1:])
	originalLine, originalColumn, found := mapped(n.mappings, line, column)
	if !found {
		return -1
	}
	at := 0
	for range originalLine {
		next := strings.IndexByte(n.original[at:], '\n')
		if next < 0 {
			return -1
		}
		at += next + 1
	}

	return at + utf16Bytes(n.original[at:], originalColumn)
}

// lineColumn is a place as people count, from 1, columns in bytes.
func lineColumn(source string, at int) (line, column int) {
	if at < 0 || at > len(source) {
		return 0, 0
	}
	before := source[:at]

	return strings.Count(before, "\n") + 1, at - strings.LastIndexByte(before, '\n')
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}

	return n
}

// utf16Bytes is how many bytes the first n UTF-16 units of a text take.
func utf16Bytes(s string, n int) int {
	i := 0
	for i < len(s) && n > 0 {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		n--
		if r > 0xffff {
			n--
		}
	}

	return i
}

// mapped looks a place up in a source map: the last segment at or before it on
// its line. Lines and columns count from 0, columns in UTF-16 units.
func mapped(mappings string, line, column int) (originalLine, originalColumn int, found bool) {
	var state [4]int // generated column, source, original line, original column
	at := 0
	for text := range strings.SplitSeq(mappings, ";") {
		state[0] = 0
		for segment := range strings.SplitSeq(text, ",") {
			fields := 0
			for field := 0; segment != "" && field < len(state); field++ {
				var delta int
				delta, segment = vlq(segment)
				state[field] += delta
				fields++
			}
			if at == line && fields == len(state) && state[0] <= column {
				originalLine, originalColumn, found = state[2], state[3], true
			}
		}
		if at == line {
			return originalLine, originalColumn, found
		}
		at++
	}

	return 0, 0, false
}

// vlq reads one number of a source map.
func vlq(s string) (value int, rest string) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	shift := 0
	for i := range len(s) {
		digit := strings.IndexByte(digits, s[i])
		if digit < 0 || shift > 30 {
			return 0, ""
		}
		value |= digit & 31 << shift
		shift += 5
		if digit&32 == 0 {
			if value&1 != 0 {
				return -(value >> 1), s[i+1:]
			}
			return value >> 1, s[i+1:]
		}
	}

	return 0, ""
}
