package functions

import (
	"regexp"
	"strings"
)

// matchName tells whether a glob of netlify.toml means a function. Function
// names hold no slash, and a star does not match a leading dot.
func matchName(glob, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(glob, ".") {
		return false
	}
	pattern := compileGlob(glob)

	return pattern != nil && pattern.MatchString(name)
}

// compileGlob makes a regular expression of a glob with *, **, ?, [a-z] and
// {a,b}. It is nil for one that is not well formed, which matches nothing.
func compileGlob(glob string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^(?s:")
	depth := 0
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			if !strings.HasPrefix(glob[i:], "**") {
				b.WriteString("[^/]*")
				continue
			}
			for i+1 < len(glob) && glob[i+1] == '*' {
				i++
			}
			if strings.HasPrefix(glob[i+1:], "/") {
				i++
				b.WriteString("(?:.*/)?")
				continue
			}
			b.WriteString(".*")
		case '?':
			b.WriteString("[^/]")
		case '[':
			end := strings.IndexByte(glob[i+1:], ']')
			if end < 1 {
				b.WriteString(`\[`)
				continue
			}
			class := glob[i+1 : i+1+end]
			if class[0] == '!' {
				class = "^" + class[1:]
			}
			b.WriteString("[" + strings.NewReplacer(`\`, `\\`, "[", `\[`).Replace(class) + "]")
			i += end + 1
		case '{':
			depth++
			b.WriteString("(?:")
		case '}':
			if depth == 0 {
				b.WriteString(`\}`)
				continue
			}
			depth--
			b.WriteString(")")
		case ',':
			if depth == 0 {
				b.WriteString(",")
				continue
			}
			b.WriteString("|")
		case '\\':
			if i+1 < len(glob) {
				i++
			}
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		}
	}
	b.WriteString(")$")
	pattern, err := regexp.Compile(b.String())
	if err != nil {
		return nil
	}

	return pattern
}
